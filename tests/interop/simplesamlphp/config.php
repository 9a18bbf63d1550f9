<?php

$interop = json_decode(file_get_contents(dirname(__DIR__) . '/interop.json'), true);

// Artifacts are resolved on the port that wants a client certificate. What SimpleSAMLphp announces for that follows from its
// base URL alone, so its metadata is made as if all of it were there; the other endpoints are named in saml20-idp-hosted.php.
$isMetadata = strpos($_SERVER['REQUEST_URI'] ?? '', '/saml2/idp/metadata.php') !== false;

$config = [
    'baseurlpath' => ($isMetadata ? $interop['secure'] : $interop['plain']) . '/simplesaml/',
    'certdir' => $interop['folder'] . '/keys/',
    'loggingdir' => $interop['folder'] . '/log/',
    'datadir' => $interop['folder'] . '/data/',
    'tempdir' => $interop['folder'] . '/tmp/',
    'metadatadir' => $interop['folder'] . '/metadata/',
    'attributenamemapdir' => '/etc/simplesamlphp/attributemap/',
    'secretsalt' => $interop['salt'],
    'auth.adminpassword' => $interop['salt'],
    'technicalcontact_name' => 'Interoperability',
    'technicalcontact_email' => 'na@example.org',
    'timezone' => 'UTC',
    'admin.checkforupdates' => false,
    'showerrors' => true,
    'errorreporting' => false,
    'logging.handler' => 'file',
    'logging.logfile' => 'simplesamlphp.log',
    'enable.saml20-idp' => true,
    'enable.http_post' => true,
    'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
    'session.cookie.secure' => false,
    'session.phpsession.cookiename' => 'SimpleSAML',
    'language.default' => 'en',
    'production' => true,
    'metadata.sources' => [['type' => 'flatfile']],
    'metadata.sign.enable' => true,
    'metadata.sign.privatekey' => 'idp.key.pem',
    'metadata.sign.certificate' => 'idp.crt.pem',
    'metadata.sign.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    // Artifacts are kept in a data store.
    'store.type' => 'sql',
    'store.sql.dsn' => 'sqlite:' . $interop['folder'] . '/data/store.sq3',
];
