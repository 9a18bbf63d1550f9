"""lasso, through python3-lasso of the system."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "shared"))

import lasso
from protocol import ACS, PORTAL, serve

METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{portal}">
<SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true"
 protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}
</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<AssertionConsumerService isDefault="true" index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
 Location="{acs}"/></SPSSODescriptor></EntityDescriptor>"""


def server(world):
    certificate = "".join(world.text("portal.crt.pem").splitlines()[1:-1])
    metadata = METADATA.format(portal=PORTAL, acs=ACS, certificate=certificate)
    made = lasso.Server.newFromBuffers(metadata, world.text("portal.key.pem"), None, None)
    made.signatureMethod = lasso.SIGNATURE_METHOD_RSA_SHA256
    made.addProviderFromBuffer(lasso.PROVIDER_ROLE_IDP, world.text("broker-metadata.xml"))
    return made


def prepare(world, case):
    ours = server(world)
    if case == "metadata-one":
        text = world.text("broker-metadata.xml")

        def read():
            lasso.Server().addProviderFromBuffer(lasso.PROVIDER_ROLE_IDP, text)

        return read
    if case.endswith("-request"):
        method = lasso.HTTP_METHOD_POST if case == "post-request" else lasso.HTTP_METHOD_REDIRECT

        def ask():
            login = lasso.Login(ours)
            login.initAuthnRequest(list(ours.providers.keys())[0], method)
            login.buildAuthnRequestMsg()

        return ask

    def accepts(_request, base64):
        login = lasso.Login(ours)
        try:
            login.processAuthnResponseMsg(base64)
            login.acceptSso()
        except lasso.Error as error:
            return f"{type(error).__name__} {error}"
        return None

    if case == "rejected-early-audience":
        raise ValueError("it leaves the audience to its caller")
    return world.validate(case, accepts)


serve(prepare)
