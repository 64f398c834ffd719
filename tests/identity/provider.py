"""A small OpenID provider as a process of its own: everybody signs in by a click, and some of its words are wrong.

`python -m tests.identity.provider PORT`
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "tellusonce", "a-secret-of-the-tests"
_TOKEN_SECONDS = 300

# Their claims. Where a name begins with "wrong" the token is.
PEOPLE: dict[str, dict[str, Any]] = {
    "ines": {"preferred_username": "Ines Okafor", "groups": ["everybody", "registrars-holmshire"]},
    "sam": {"preferred_username": "Sam Price", "groups": ["service-desk", "registrars-holmshire"]},
    "olwen": {"preferred_username": "Olwen Rees", "groups": ["canteen"]},
    "wrong-issuer": {"iss": "https://elsewhere.example.org"},
    "wrong-audience": {"aud": "another-service"},
    "wrong-party": {"aud": [CLIENT_ID, "another-service"], "azp": "another-service"},
    "wrong-nonce": {"nonce": "of another attempt"},
    "wrong-time": {"iat": 1_000_000_000, "exp": 1_000_000_300},
    "wrong-groups": {"groups": "service-desk"},
    "wrong-key": {"groups": ["service-desk"]},
    "wrong-algorithm": {"groups": ["service-desk"]},
}


class _Provider:
    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self._strange_key = RSAKey.generate_key(2048, {"kid": "one"})
        self._codes: dict[str, dict[str, str]] = {}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/authorize", self.authorize),
                Route("/approve", self.approve),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
            ]
        )

    def metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    def authorize(self, request: Request) -> Response:
        """Who is there?"""
        asked = request.query_params
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        links = (f'<p><a href="/approve?{urlencode({**asked, "person": each})}">{each}</a></p>' for each in PEOPLE)
        return HTMLResponse("<!doctype html><title>Your organisation</title>" + "".join(links))

    def approve(self, request: Request) -> Response:
        asked, code = dict(request.query_params), secrets.token_urlsafe()
        self._codes[code] = asked
        query = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", status_code=302)

    async def token(self, request: Request) -> Response:
        """A token for a code, once, for the client that knows its secret and the verifier of the attempt."""
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(sent["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).decode()
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {known}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if (
            asked is None
            or challenge.rstrip("=") != asked["code_challenge"]
            or sent["redirect_uri"] != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([self._key]).as_dict(private=False))

    def _id_token(self, asked: dict[str, str]) -> str:
        person, now = asked["person"], int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": f"subject-of-{person}",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + _TOKEN_SECONDS,
            "nonce": asked["nonce"],
            "preferred_username": person,
            "groups": ["service-desk"],
        } | PEOPLE[person]
        if person == "wrong-algorithm":
            parts = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."
        key = self._strange_key if person == "wrong-key" else self._key
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)


if __name__ == "__main__":
    uvicorn.run(_Provider(int(sys.argv[1])).application(), port=int(sys.argv[1]), log_level="warning")
