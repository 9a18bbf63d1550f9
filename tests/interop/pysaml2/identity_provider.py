"""An identity provider made of pysaml2's own Server; only HTTP, the login form and the choice of algorithms are here.

Usage: identity_provider.py FOLDER, with interop.json, the keys, and the metadata of the portals in it.
Prints one line of JSON with its URL when it listens, and ends when its standard input does.
"""

import base64
import hashlib
import html
import http.server
import json
import os
import secrets
import ssl
import sys
import threading
import traceback
from urllib.parse import parse_qs, urlencode, urlsplit

import saml2.entity
from saml2 import BINDING_HTTP_ARTIFACT, BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP
from saml2 import class_name, saml, samlp, xmldsig
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor, sign_entity_descriptor
from saml2.s_utils import error_status_factory, success_status_factory
from saml2.server import Server
from saml2.sigver import pre_signature_part
from saml2.time_util import instant

FOLDER = sys.argv[1]
with open(f"{FOLDER}/interop.json", encoding="utf-8") as file:
    INTEROP = json.load(file)
PERSON = INTEROP["person"]
SIGNED_WITH = {"sign_alg": xmldsig.SIG_RSA_SHA256, "digest_alg": xmldsig.DIGEST_SHA256}

LOGINS = {}
ARTIFACTS = {}
# What the portal that is answered at the moment is to get; the port for browsers serves one request at a time.
options = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, format, *arguments):
        print(self.path.split("?")[0], format % arguments, file=sys.stderr)

    def do_GET(self):
        self.answer(parse_qs(urlsplit(self.path).query))

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(parse_qs(self.body))

    def answer(self, query):
        query = {name: values[0] for name, values in query.items()}
        try:
            ROUTES[urlsplit(self.path).path](self, query)
        except Exception as error:
            traceback.print_exc()
            self.page(f"<p>{type(error).__name__}: {html.escape(str(error))}</p>", status=500)

    def page(self, body, status=200, content_type="text/html; charset=utf-8"):
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, location):
        self.send_response(302)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def metadata(self, _):
        _, signed = sign_entity_descriptor(entity_descriptor(CONFIG), None, PROVIDER.sec, **SIGNED_WITH)
        self.page(signed, content_type="application/samlmetadata+xml")

    def single_sign_on(self, query):
        if self.command == "GET":
            signature = {"relay_state": query.get("RelayState"), "sigalg": query.get("SigAlg"), "signature": query.get("Signature")}
            request = PROVIDER.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT, **signature)
        else:
            request = PROVIDER.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_POST)
        login = secrets.token_hex(8)
        LOGINS[login] = (request.message, query.get("RelayState"))
        self.page(
            f'<form method="post" action="/login"><input type="hidden" name="login" value="{login}">'
            '<input name="username"><input type="password" name="password"><button>Log in</button></form>'
        )

    def login(self, query):
        request, relay_state = LOGINS.pop(query["login"])
        arguments = PROVIDER.response_args(request, [BINDING_HTTP_POST, BINDING_HTTP_ARTIFACT])
        binding = arguments.pop("binding")
        to = {"in_response_to": arguments["in_response_to"], "destination": arguments["destination"]}
        refused = None
        if "cancel" in query:
            refused = (samlp.STATUS_AUTHN_FAILED, "Authentication cancelled")
        elif not reaches_level(request):
            refused = (samlp.STATUS_NO_AUTHN_CONTEXT, "level not reached")
        elif (query["username"], query["password"]) != (PERSON["user"], PERSON["password"]):
            return self.page("<p>wrong password</p>", status=403)
        if refused:
            response = PROVIDER.create_error_response(**to, info=refused, sign=True, **SIGNED_WITH)
        else:
            options.clear()
            options.update(INTEROP["portals"][arguments["sp_entity_id"]]["options"])
            response = PROVIDER.create_authn_response(
                {"displayName": [PERSON["display_name"]]},
                **to,
                userid=PERSON["user"],
                name_id=saml.NameID(format=saml.NAMEID_FORMAT_UNSPECIFIED, text=PERSON["name_id"]),
                sp_entity_id=arguments["sp_entity_id"],
                authn={"class_ref": INTEROP["level"], "authn_auth": INTEROP["entity_id"]},
                sign_assertion="assertion" in options["sign"],
                sign_response="response" in options["sign"],
                encrypt_assertion="content" in options,
                encrypt_assertion_self_contained=True,
                sign_alg=options.get("signature", xmldsig.SIG_RSA_SHA256),
                digest_alg=options.get("digest", xmldsig.DIGEST_SHA256),
            )
        self.send_back(binding, to["destination"], response, relay_state)

    def send_back(self, binding, destination, response, relay_state):
        fields = {} if relay_state is None else {"RelayState": relay_state}
        if binding == BINDING_HTTP_ARTIFACT:
            artifact = PROVIDER.use_artifact(response, 1) if options.get("own_artifact") else standard_artifact()
            ARTIFACTS[artifact] = response
            return self.redirect(f"{destination}?{urlencode({'SAMLart': artifact, **fields})}")
        fields["SAMLResponse"] = base64.b64encode(str(response).encode()).decode()
        inputs = "".join(f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items())
        self.page(f'<form method="post" action="{html.escape(destination)}">{inputs}<button>Continue</button></form>')

    def single_logout(self, query):
        request = PROVIDER.parse_logout_request(query["SAMLRequest"], BINDING_HTTP_POST).message
        is_known = request.name_id.text == PERSON["name_id"]
        status = success_status_factory() if is_known else error_status_factory((samlp.STATUS_UNKNOWN_PRINCIPAL, None))
        to = PROVIDER.response_args(request, [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST])
        by_post = to["binding"] == BINDING_HTTP_POST
        response = PROVIDER.create_logout_response(request, [to["binding"]], status, sign=by_post, **SIGNED_WITH)
        if by_post:
            return self.send_back(BINDING_HTTP_POST, to["destination"], response, query.get("RelayState"))
        sent = PROVIDER.apply_binding(
            BINDING_HTTP_REDIRECT, str(response), to["destination"], "", response=True, sign=True, sigalg=xmldsig.SIG_RSA_SHA256
        )
        self.redirect(dict(sent["headers"])["Location"])

    def resolve_artifact(self, _):
        if not isinstance(self.connection, ssl.SSLSocket):
            return self.page("<p>only with a client certificate</p>", status=403)
        request = PROVIDER.parse_artifact_resolve(self.body)
        # pysaml2 writes a message anew when it takes it out of its envelope, with other prefixes, so that no signature holds;
        # xmlsec1 checks it where it stands.
        element = "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResolve"
        if not PROVIDER.sec.verify_signature(self.body, f"{FOLDER}/keys/portal.crt.pem", node_name=element, node_id=request.id):
            return self.page("<p>bad signature</p>", status=403)
        response = ARTIFACTS.pop(request.artifact.text, None)
        answer = samlp.ArtifactResponse(
            id=f"_{secrets.token_hex(20)}",
            version="2.0",
            issue_instant=instant(),
            in_response_to=request.id,
            issuer=saml.Issuer(text=INTEROP["entity_id"]),
            status=success_status_factory(),
        )
        answer.signature = pre_signature_part(answer.id, PROVIDER.sec.my_cert, 1, **SIGNED_WITH)
        text = without_declaration(answer)
        if response is not None:
            end = text.rindex("</")
            text = text[:end] + without_declaration(response) + text[end:]
        text = without_declaration(PROVIDER.sec.sign_statement(text, class_name(answer), node_id=answer.id))
        envelope = '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>' + text + "</S:Body></S:Envelope>"
        self.page(envelope, content_type="text/xml; charset=utf-8")


ROUTES = {
    "/metadata": Handler.metadata,
    "/sso": Handler.single_sign_on,
    "/login": Handler.login,
    "/ars": Handler.resolve_artifact,
    "/slo": Handler.single_logout,
}


def reaches_level(request):
    """Tells whether the one level that is here is at least one of those asked for."""
    levels = ["PasswordProtectedTransport", "MobileTwoFactorContract", "Smartcard", "SmartcardPKI"]
    asked = request.requested_authn_context
    rank = lambda uri: levels.index(uri.split(":")[-1])
    return asked is None or any(rank(asked_for.text) <= rank(INTEROP["level"]) for asked_for in asked.authn_context_class_ref)


def standard_artifact():
    """Makes an artifact with the index in two bytes (SAML Bindings 3.6.4.2); pysaml2 writes it in two digits of text."""
    source = hashlib.sha1(INTEROP["entity_id"].encode()).digest()
    return base64.b64encode(b"\x00\x04\x00\x01" + source + os.urandom(20)).decode()


def without_declaration(xml):
    text = str(xml)
    return text[text.index("?>") + 2 :].lstrip() if text.startswith("<?xml") else text


def choose_encryption():
    """Encrypts with what the portal is to get: pysaml2 itself has no setting for it, and asks for a key of Triple DES."""
    template = saml2.entity.pre_encryption_part
    encrypt = PROVIDER.sec.crypto.encrypt_assertion

    def chosen_template(**arguments):
        return template(**arguments, msg_enc=options["content"], key_enc=options["key"])

    def encrypted(statement, enc_key, part, key_type="des-192", *rest, **more):
        kinds = {"aes128": "aes-128", "aes256": "aes-256", "tripledes": "des-192"}
        key_type = next(kind for name, kind in kinds.items() if name in options["content"])
        return encrypt(statement, enc_key, part, key_type, *rest, **more)

    saml2.entity.pre_encryption_part = chosen_template
    PROVIDER.sec.crypto.encrypt_assertion = encrypted


PLAIN = http.server.HTTPServer(("127.0.0.1", 0), Handler)
SECURE = http.server.HTTPServer(("127.0.0.1", 0), Handler)
URL = f"http://127.0.0.1:{PLAIN.server_port}"
CONFIG = IdPConfig().load(
    {
        "entityid": INTEROP["entity_id"],
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": f"{FOLDER}/keys/idp.key.pem",
        "cert_file": f"{FOLDER}/keys/idp.crt.pem",
        "metadata": {"local": [portal["metadata"] for portal in INTEROP["portals"].values()]},
        "service": {
            "idp": {
                "want_authn_requests_signed": True,
                "signing_algorithm": xmldsig.SIG_RSA_SHA256,
                "digest_algorithm": xmldsig.DIGEST_SHA256,
                "endpoints": {
                    "single_sign_on_service": [(f"{URL}/sso", BINDING_HTTP_REDIRECT), (f"{URL}/sso", BINDING_HTTP_POST)],
                    "single_logout_service": [(f"{URL}/slo", BINDING_HTTP_POST)],
                    "artifact_resolution_service": [(f"https://127.0.0.1:{SECURE.server_port}/ars", BINDING_SOAP)],
                },
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": saml.NAME_FORMAT_BASIC}},
                "name_id_format": [saml.NAMEID_FORMAT_UNSPECIFIED],
            }
        },
    }
)
PROVIDER = Server(config=CONFIG)
choose_encryption()

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{FOLDER}/keys/tls.crt.pem", f"{FOLDER}/keys/tls.key.pem")
context.load_verify_locations(f"{FOLDER}/keys/portal-tls.crt.pem")
context.verify_mode = ssl.CERT_REQUIRED
SECURE.socket = context.wrap_socket(SECURE.socket, server_side=True)

for server in (PLAIN, SECURE):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"metadata": f"{URL}/metadata"}), flush=True)
sys.stdin.read()
