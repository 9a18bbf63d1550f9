"""python3-saml, through its toolkit classes."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "shared"))

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from protocol import ACS, BROKER, PORTAL, serve

REQUEST = {"https": "on", "http_host": "portal.example.nl", "script_name": "/saml/acs", "get_data": {}, "post_data": {}}


def settings(world):
    post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
    redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    return OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": PORTAL,
                "assertionConsumerService": {"url": ACS, "binding": post},
                "x509cert": world.text("portal.crt.pem"),
                "privateKey": world.text("portal.key.pem"),
            },
            "idp": {
                "entityId": BROKER,
                "singleSignOnService": {"url": BROKER + "/login", "binding": redirect},
                "x509cert": world.text("broker.crt.pem"),
            },
            "security": {
                "authnRequestsSigned": True,
                "wantAssertionsSigned": True,
                "signatureAlgorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "digestAlgorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                "rejectDeprecatedAlgorithm": True,
                "wantAttributeStatement": False,
            },
        }
    )


def prepare(world, case):
    if case == "metadata-one":
        text = world.text("broker-metadata.xml")
        return lambda: OneLogin_Saml2_IdPMetadataParser.parse(text)
    if case == "post-request":
        raise ValueError("it sends requests by HTTP-Redirect only")
    ours = settings(world)
    if case == "redirect-request":
        return lambda: OneLogin_Saml2_Auth(REQUEST, ours).login()

    def accepts(request, base64):
        response = OneLogin_Saml2_Response(ours, base64)
        return None if response.is_valid(REQUEST, request) else response.get_error()

    return world.validate(case, accepts)


serve(prepare)
