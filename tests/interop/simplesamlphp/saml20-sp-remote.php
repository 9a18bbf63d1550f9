<?php

$interop = json_decode(file_get_contents(dirname(__DIR__) . '/interop.json'), true);

foreach ($interop['portals'] as $entityId => $portal) {
    $metadata[$entityId] = $portal['options'] + [
        'AssertionConsumerService' => [
            ['index' => 0, 'isDefault' => true, 'Binding' => $portal['binding'], 'Location' => $portal['consumer']],
        ],
        'SingleLogoutService' => $portal['logout'],
        'certData' => $portal['certificate'],
        'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    ];
}
