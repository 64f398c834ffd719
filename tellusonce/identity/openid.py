"""An OpenID provider, by OpenID Connect Core 1.0: authorization code with a proof key (RFC 7636), state and nonce."""

import time
from collections.abc import Mapping
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from tellusonce.services.provider_sign_in import Attempt, NotSignedIn, Person, ProviderUnreachable

_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")  # none by a shared secret, and none without a signature
_LEEWAY_SECONDS = 60
_METADATA_SECONDS = 600
_NAME_CHARACTERS_AT_MOST = 200


class OpenIdProvider:
    """The port `Provider`. Where it is reached is read from its `/.well-known/openid-configuration` (Discovery 1.0)."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        return_to: str,
        *,
        scope: str,
        groups_claim: str,
        name_claim: str,
        wait_seconds: float,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._return_to = return_to
        self._scope = scope
        self._groups_claim = groups_claim
        self._name_claim = name_claim
        self._wait_seconds = wait_seconds
        self._known: tuple[float, Mapping[str, Any]] | None = None

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to say who is there. Raises ProviderUnreachable."""
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._metadata(client)["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address)

    def person(self, code: str, attempt: Attempt) -> Person:
        """Who was there, for the code that the browser brought. Raises NotSignedIn, ProviderUnreachable."""
        with self._client() as client:
            metadata = self._metadata(client)
            try:
                answered = client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
            except OAuthError:
                raise NotSignedIn("the code is not in force") from None
            except (RequestException, ValueError) as failed:
                raise ProviderUnreachable(type(failed).__name__) from None
            keys = self._read(client, metadata["jwks_uri"])
        return self._described(self._claims(answered.get("id_token"), keys, attempt.nonce))

    def _claims(self, token: object, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        try:
            signed = jwt.decode(str(token), KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "exp": {"essential": True},
                    "sub": {"essential": True},
                    "nonce": {"essential": True, "value": nonce},
                },
                {"nonce": nonce, "client_id": self._client_id},
            )
            claims.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as wrong:
            raise NotSignedIn(type(wrong).__name__) from None
        return dict(claims)

    def _described(self, claims: Mapping[str, Any]) -> Person:
        name, groups = claims.get(self._name_claim) or claims["sub"], claims.get(self._groups_claim) or []
        if not isinstance(name, str) or not isinstance(groups, list) or len(name) > _NAME_CHARACTERS_AT_MOST:
            raise NotSignedIn("the claims are of other types")
        return Person(claims["sub"], name, frozenset(each for each in groups if isinstance(each, str)))

    def _metadata(self, client: OAuth2Session) -> Mapping[str, Any]:
        if self._known is None or time.monotonic() - self._known[0] > _METADATA_SECONDS:
            metadata = self._read(client, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if metadata.get("issuer") != self.issuer:
                raise ProviderUnreachable("it names another issuer")
            if not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= metadata.keys():
                raise ProviderUnreachable("it does not say where it is reached")
            self._known = time.monotonic(), metadata
        return self._known[1]

    def _read(self, client: OAuth2Session, address: str) -> Mapping[str, Any]:
        try:
            answer = client.get(address, withhold_token=True, timeout=self._wait_seconds, allow_redirects=False)
            answer.raise_for_status()
            document = answer.json()
        except (RequestException, ValueError) as failed:
            raise ProviderUnreachable(type(failed).__name__) from None
        if not isinstance(document, dict):
            raise ProviderUnreachable("it answers with something else")
        return document

    def _client(self) -> OAuth2Session:
        client = OAuth2Session(
            self._client_id,
            self._client_secret,
            scope=self._scope,
            redirect_uri=self._return_to,
            code_challenge_method="S256",
            default_timeout=self._wait_seconds,
        )
        client.trust_env = False
        return client
