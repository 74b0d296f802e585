"""A small OpenID Connect provider in a process of its own: discovery, keys, code flow with PKCE, signed ID tokens.

Run as a program it prints its address and serves until it is ended. `POST /next` says what the next login will be:
who it is, and what a faulty or hostile provider would do with the token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "ruhrvote", "a secret between two servers"


class Provider(BaseHTTPRequestHandler):
    """The endpoints; what is issued lives in the server's own memory."""

    key, stranger = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
    plan: ClassVar[dict[str, Any]] = {}
    issued: ClassVar[dict[str, dict[str, str]]] = {}

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        asked = {name: values[0] for name, values in query.items()}
        if path == "/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": self.plan.get("calls_itself", self.issuer),
                    "authorization_endpoint": f"{self.issuer}/authorise",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
                    "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }
            )
        elif path == "/keys":
            self.answer({"keys": [self.key.as_dict(private=False)]})
        elif path == "/authorise" and asked.get("client_id") == CLIENT_ID and asked["code_challenge_method"] == "S256":
            if "error" in self.plan:
                back = {"error": self.plan["error"], "state": asked["state"]}
            else:
                code = secrets.token_urlsafe(16)
                self.issued[code] = asked
                back = {"code": code, "state": self.plan.get("state", asked["state"]), "iss": self.issuer}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
            self.end_headers()
        else:
            self.answer({"error": "invalid_request"}, 400)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/next":
            type(self).plan = json.loads(body)
            return self.answer({})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.issued.pop(form["code"], None)  # a code works once
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers["Authorization"] != expected:
            return self.answer({"error": "invalid_client"}, 401)
        if asked is None or not self.proves(asked, form):
            return self.answer({"error": "invalid_grant"}, 400)
        return self.answer(
            {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": self.token(asked)}
        )

    def proves(self, asked: dict[str, str], form: dict[str, str]) -> bool:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "anna", "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], "email": "anna@firma.example"} | self.plan.get("claims", {})
        signed_by = self.plan.get("signed_by")
        if signed_by == "nobody":
            return ".".join([encoded({"alg": "none"}), encoded(claims), ""])
        return jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims, self.stranger if signed_by == "a stranger" else self.key
        )

    def answer(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@contextmanager
def provider_process() -> Iterator[str]:
    """The address of a provider that runs during the block."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-m", "tests.openid_provider"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def plan(issuer: str, **what: object) -> None:
    """Tell the provider what its next logins are to be."""
    urlopen(Request(f"{issuer}/next", json.dumps(what).encode()), timeout=10).close()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
