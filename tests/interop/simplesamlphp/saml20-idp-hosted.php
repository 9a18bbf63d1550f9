<?php

$interop = json_decode(file_get_contents(dirname(__DIR__) . '/interop.json'), true);

$metadata[$interop['entity_id']] = [
    'host' => '__DEFAULT__',
    'auth' => 'person',
    'privatekey' => 'idp.key.pem',
    'certificate' => 'idp.crt.pem',
    // With this, its metadata has the certificate of TLS as one more key for signatures.
    'https.certificate' => 'tls.crt.pem',
    'SingleSignOnService' => $interop['plain'] . '/simplesaml/saml2/idp/SSOService.php',
    'SingleSignOnServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'SingleLogoutService' => $interop['plain'] . '/simplesaml/saml2/idp/SingleLogoutService.php',
    'SingleLogoutServiceBinding' => [
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
        'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ],
    'saml20.sendartifact' => true,
    'validate.authnrequest' => true,
    'validate.logout' => true,
    'sign.logout' => true,
    'redirect.sign' => true,
    'redirect.validate' => true,
    'NameIDFormat' => ['urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'],
    'authproc' => [
        1 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'number',
            'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
        ],
        2 => ['class' => 'saml:AuthnContextClassRef', 'AuthnContextClassRef' => $interop['level']],
    ],
];
