"""An OpenID Connect provider, run as a process of its own on loopback: it signs real tokens.

Whoever signs in chooses a user, and a fault that the ID token then has. It holds callers to what
the code flow asks of them: registered address, state, nonce, PKCE with S256, secret, a code that
is used once.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from contextlib import contextmanager

import httpx
from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import WSGIRequestHandler, run_simple

from local import processes
from tests.conftest import environment, free_port

CLIENT, SECRET = "loanscore", "canary-secret-of-the-client"
#: User -> groups.
USERS = {
    "anna": ["staff", "lending"],
    "rita": "lending-risk",
    "adam": ["lending", "platform", "lending-risk"],
    "max": ["staff"],
    "zoe": None,
}
ROLES = "lending=adviser,lending-risk=risk,platform=admin"
FAULTS = (
    "signature",
    "none",
    "shared-secret",
    "nonce",
    "no-nonce",
    "audience",
    "audience-for-us",
    "audience-and-us",
    "issuer",
    "expired",
    "of-the-future",
    "no-subject",
    "odd-subject",
    "at-hash",
    "no-token",
    "broken",
)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header, claims):
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"


class Keys:
    """The key that signs now, and all that are published."""

    def __init__(self):
        self.published = []
        self.rotate()

    def rotate(self):
        self.now = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})
        self.published = [self.now]

    def jwks(self):
        return KeySet(self.published).as_dict(private=False)


def token(keys, claims, fault):
    """The ID token, with its fault if it has one."""
    header = {"alg": "RS256", "kid": keys.now.kid}
    if fault == "signature":
        return jwt.encode(header, claims, RSAKey.generate_key(2048))
    if fault == "none":
        return unsigned({"alg": "none"}, claims) + "."
    if fault == "shared-secret":  # signed with what everybody knows, by a symmetric algorithm
        text = unsigned({"alg": "HS256", "kid": keys.now.kid}, claims)
        public = keys.now.as_pem(private=False)
        return f"{text}.{encoded(hmac.digest(public, text.encode(), 'sha256'))}"
    return "no.token.at-all" if fault == "broken" else jwt.encode(header, claims, keys.now)


def faulty(claims, fault):
    """Change the claims by a fault."""
    changes = {
        "nonce": {"nonce": "of another sign-in"},
        "audience": {"aud": "another-service"},
        "audience-for-us": {"aud": ["another-service"], "azp": CLIENT},
        "audience-and-us": {"aud": [CLIENT, "another-service"], "azp": "another-service"},
        "issuer": {"iss": "https://elsewhere.example"},
        "expired": {"exp": claims["iat"] - 120},
        "of-the-future": {"nbf": claims["iat"] + 3_600},
        "odd-subject": {"sub": "anna\n2026 forged"},
        "at-hash": {"at_hash": encoded(b"0" * 16)},
    }
    missing = {"no-nonce": "nonce", "no-subject": "sub"}.get(fault)
    changed = claims | changes.get(fault, {})
    return {name: value for name, value in changed.items() if name != missing}


def provider(issuer, registered):
    app, keys, codes = Flask("provider"), Keys(), {}

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            # as careless as providers are found to be: what is believed is the caller's own matter
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }

    @app.get("/jwks")
    def jwks():
        return keys.jwks()

    @app.post("/rotate")
    def rotate():
        keys.rotate()
        return ""

    @app.get("/authorize")
    def authorize():
        asked = request.args
        good = (
            asked["client_id"] == CLIENT
            and asked["redirect_uri"] in registered
            and asked["response_type"] == "code"
            and "openid" in asked["scope"].split()
            and asked["code_challenge_method"] == "S256"
            and min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) == 43
        )
        if not good:
            return "refused", 400
        users = "".join(f"<button name=user value={user}>{user}</button>" for user in USERS)
        head = "<!doctype html><title>Provider</title><link rel=icon href=data:,>"
        return f"{head}<form method=post>{users}</form>"

    @app.post("/authorize")
    def authorized():
        asked, code = request.args, secrets.token_urlsafe(8)
        user = request.form["user"]
        told = f"state={request.form.get('state', asked['state'])}"
        if user not in USERS:
            return redirect(f"{asked['redirect_uri']}?error=access_denied&{told}")
        codes[code] = (asked, user, request.form.get("fault", ""))
        iss = request.form.get("iss", issuer)
        return redirect(f"{asked['redirect_uri']}?code={code}&{told}&iss={iss}")

    @app.post("/token")
    def exchange():
        given = request.form
        asked, user, fault = codes.pop(given["code"], (None, "", ""))
        credentials = request.authorization
        known = credentials and (credentials.username, credentials.password) == (CLIENT, SECRET)
        challenge = encoded(hashlib.sha256(given["code_verifier"].encode()).digest())
        if (
            not known
            or asked is None
            or given["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return {"error": "invalid_grant"}, 400
        now = int(time.time())
        claims = {
            "iss": issuer,
            "sub": f"{user}-0001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "name": f"{user.title()} Dupont",
            "groups": USERS[user],
        }
        answer = {"access_token": "canary-access-token", "token_type": "Bearer", "expires_in": 300}
        if fault != "no-token":
            answer["id_token"] = token(keys, faulty(claims, fault), fault)
        return answer

    return app


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        """Say nothing."""


@contextmanager
def running(folder, back):
    """Run one while the block does; gives its issuer.

    Args:
        folder: gets its log.
        back: the address that it may send browsers back to.
    """
    port = free_port()
    command = [sys.executable, "-m", "tests.oidc_provider", str(port), back]
    process = processes.start("provider", command, environment(), folder)
    issuer = f"http://127.0.0.1:{port}"
    try:
        while not _answers(issuer):
            process.check()
        yield issuer
    finally:
        process.stop()


def _answers(issuer):
    try:
        return httpx.get(f"{issuer}/jwks").status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    port, *addresses = sys.argv[1:]
    app = provider(f"http://127.0.0.1:{port}", addresses)
    run_simple("127.0.0.1", int(port), app, threaded=True, request_handler=Quiet)
