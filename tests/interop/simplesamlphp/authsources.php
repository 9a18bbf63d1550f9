<?php

$interop = json_decode(file_get_contents(dirname(__DIR__) . '/interop.json'), true);
$person = $interop['person'];

$config = [
    'person' => [
        'exampleauth:UserPass',
        $person['user'] . ':' . $person['password'] => [
            'uid' => [$person['user']],
            'number' => [$person['name_id']],
            'displayName' => [$person['display_name']],
        ],
    ],
];
