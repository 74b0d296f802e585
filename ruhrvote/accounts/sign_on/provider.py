"""The OpenID Connect client: sending the browser to the provider, and checking the provider's answer.

Its libraries are imported where they are used: most installations have no provider, and loading them takes 0.1 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request, session
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.models import LONGEST_NAME
from ruhrvote.config import Settings
from ruhrvote.services import services

NAME = "provider"
PATIENCE = 10  # seconds for each answer of the provider
LEEWAY = 60  # seconds by which the provider's clock may be wrong
# Asymmetric signatures only: neither "none" nor HMAC with the client's secret.
SIGNATURES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class NotProven(Exception):
    """The provider could not be reached, has refused, or its answer does not prove the person's identity."""


@dataclass(frozen=True)
class Person:
    """The person in the provider's answer: issuer and subject identify, the label is only shown to the person."""

    issuer: str
    subject: str
    label: str


def init_provider(app: Flask, settings: Settings) -> None:
    """Register the provider that the settings name, if they name one."""
    if not settings.oidc_issuer:
        return
    from authlib.integrations.flask_client import OAuth

    oauth = OAuth(app)
    oauth.register(
        NAME,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
    services(app).add(oauth)


def go_to_provider(return_address: str) -> BaseResponse:
    """Redirect the browser to the provider, with state, nonce and PKCE kept in its session. Raises NotProven."""
    from authlib.common.errors import AuthlibBaseError
    from requests import RequestException

    for name in [name for name in session if name.startswith(f"_state_{NAME}_")]:
        del session[name]  # of an earlier attempt that was not finished
    try:
        response: BaseResponse = _provider().authorize_redirect(return_address)
    except (AuthlibBaseError, RequestException, RuntimeError, ValueError) as error:
        raise NotProven("the provider cannot be reached") from error
    return response


def person_returned() -> Person:
    """The person in the provider's answer to this browser's request. Raises NotProven."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    settings = services().settings
    issuer = settings.oidc_issuer
    if request.args.get("iss", issuer) != issuer:
        raise NotProven("the answer is from another issuer")
    expected = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    try:
        token = _provider().authorize_access_token(claims_options=expected, leeway=LEEWAY)
    except (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise NotProven(f"{type(error).__name__}: {error}") from error
    claims: dict[str, Any] = token.get("userinfo") or {}
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_NAME:
        raise NotProven("the answer names nobody")
    label = claims.get("email") or claims.get("preferred_username") or claims.get("name") or ""
    return Person(issuer, subject, str(label)[:200])


def _provider() -> Any:
    """The registered provider; raises NotProven if its metadata have another issuer than the settings."""
    from authlib.integrations.flask_client import OAuth

    provider = services().of(OAuth).create_client(NAME)
    metadata = provider.load_server_metadata()
    if metadata.get("issuer") != services().settings.oidc_issuer:
        provider.server_metadata.pop("_loaded_at", None)  # load it again next time: it may be corrected by then
        raise NotProven(f"the provider calls itself {metadata.get('issuer')!r}")
    metadata["id_token_signing_alg_values_supported"] = SIGNATURES
    return provider
