"""Google's token and revocation endpoints.

Documents followed (developers.google.com/identity/...):
[web] protocols/oauth2/web-server   "Exchange authorization code", "Refreshing an access token", "Revoking a token"
[native] protocols/oauth2/native-app   the same for desktop apps, with code_verifier and the secret that is none
[openid] openid-connect/openid-connect   what an id_token carries
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from urllib.parse import unquote_plus

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.google import PREFIX, issuer_of
from pmtui.sandbox.google_grants import EMAIL, PROFILE, Client, Code, Grant, long_names
from pmtui.sandbox.people import DOMAIN, Person
from pmtui.sandbox.world import World

_NO_STORE = {"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "Pragma": "no-cache"}


class TokenRefused(Exception):
    """An answer in Google's error form."""

    def __init__(self, error: str, description: str = "Bad Request", status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


class GoogleTokenEndpoint:
    """POST `/google/token` and `/google/revoke`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where both live."""
        return [
            Route(PREFIX + "/token", self.token, methods=["POST"]),
            Route(PREFIX + "/revoke", self.revoke, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """[web] Both grants this product uses; any other is refused by name."""
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            client = self._client(form, request)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                answer = self._redeem(client, form, request)
            elif grant_type == "refresh_token":
                answer = self._refresh(client, form, request)
            else:
                raise TokenRefused("unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        except TokenRefused as refused:
            document = {"error": refused.error, "error_description": refused.description}
            return JSONResponse(document, refused.status, _NO_STORE)
        return JSONResponse(answer, headers=_NO_STORE)

    def _client(self, form: dict[str, str], request: Request) -> Client:
        """[web], [native] Id and secret, in the form or as HTTP Basic; a wrong one is the operator's alarm."""
        client_id, secret = form.get("client_id", ""), form.get("client_secret")
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
            except ValueError:
                raise TokenRefused("invalid_client", "Unauthorized", 401) from None
            client_id, secret = unquote_plus(client_id), unquote_plus(secret)
        client = self._world.google.sign_ins.clients.get(client_id)
        if client is None:
            raise TokenRefused("invalid_client", "The OAuth client was not found.", 401)
        if secret is None:
            raise TokenRefused("invalid_request", "client_secret is missing.")
        if secret != client.secret:
            raise TokenRefused("invalid_client", "The provided client secret is invalid.", 401)
        return client

    def _redeem(self, client: Client, form: dict[str, str], request: Request) -> dict[str, object]:
        sign_ins = self._world.google.sign_ins
        code = sign_ins.codes.get(form.get("code", ""))
        if code is None or code.grant.client_id != client.client_id:
            raise TokenRefused("invalid_grant", "Malformed auth code.")
        self._check_code(code, form)
        sign_ins.codes[form["code"]] = replace(code, redeemed=True)
        answer = self._answer(code.grant, request)
        if code.refresh:
            answer["refresh_token"] = sign_ins.new_refresh(code.grant, self._world.now())
            if sign_ins.testing:
                answer["refresh_token_expires_in"] = 604799
        return answer

    def _check_code(self, code: Code, form: dict[str, str]) -> None:
        if code.redeemed or code.grant.expires_at <= self._world.now():
            raise TokenRefused("invalid_grant")
        if form.get("redirect_uri") != code.redirect:
            raise TokenRefused("redirect_uri_mismatch")
        if "code_verifier" not in form:
            raise TokenRefused("invalid_grant", "Missing code verifier.")
        if _challenge(form["code_verifier"]) != code.challenge:
            raise TokenRefused("invalid_grant", "Invalid code verifier.")

    def _refresh(self, client: Client, form: dict[str, str], request: Request) -> dict[str, object]:
        """[web] "Refreshing an access token": no new refresh token; whatever ended one, the answer is the same."""
        token = form.get("refresh_token", "")
        grant = self._world.google.sign_ins.refresh.get(token)
        if grant is None or grant.client_id != client.client_id or grant.expires_at <= self._world.now():
            raise TokenRefused("invalid_grant")
        wanted = long_names(form["scope"]) if "scope" in form else grant.scopes
        if not set(wanted) <= set(grant.scopes):
            raise TokenRefused("invalid_scope")
        self._world.google.sign_ins.used(token, self._world.now())
        return self._answer(replace(grant, scopes=wanted, nonce=None), request)

    def _answer(self, grant: Grant, request: Request) -> dict[str, object]:
        """[web] The token answer; its `scope` is what was granted, which may be less than what was asked."""
        sign_ins, now = self._world.google.sign_ins, self._world.now()
        access_token = sign_ins.new_access(grant, now)
        answer: dict[str, object] = {
            "access_token": access_token,
            "expires_in": sign_ins.access_seconds,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }
        if "openid" in grant.scopes:
            answer["id_token"] = self._id_token(grant, access_token, request)
        return answer

    def _id_token(self, grant: Grant, access_token: str, request: Request) -> str:
        """[openid] "An ID token's payload"; `email` and `name` need their scopes, `nonce` comes with the code only."""
        person = self._world.people[grant.email]
        issued = int(self._world.now().timestamp())
        claims: dict[str, object] = {
            "iss": issuer_of(request),
            "azp": grant.client_id,
            "aud": grant.client_id,
            "sub": person.google_id,
            "hd": DOMAIN,
            "at_hash": base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16])
            .rstrip(b"=")
            .decode(),
            "iat": issued,
            "exp": issued + 3600,
            **_profile(person, grant.scopes),
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        key = self._world.google.sign_ins.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)

    async def revoke(self, request: Request) -> Response:
        """[web] "Revoking a token": either kind of token ends everything this person ever agreed to."""
        token = (await request.form()).get("token") or request.query_params.get("token")
        sign_ins, now = self._world.google.sign_ins, self._world.now()
        grant = sign_ins.refresh.get(str(token)) or sign_ins.access.get(str(token))
        if grant is None or grant.expires_at <= now:
            document = {"error": "invalid_token", "error_description": "Token expired or revoked"}
            return JSONResponse(document, 400)
        sign_ins.revoke(grant.email)
        return JSONResponse({})


def _profile(person: Person, scopes: tuple[str, ...]) -> dict[str, object]:
    claims: dict[str, object] = {}
    if EMAIL in scopes:
        claims |= {"email": person.email, "email_verified": True}
    if PROFILE in scopes:
        first, _, last = person.name.partition(" ")
        claims |= {"name": person.name, "given_name": first, "family_name": last}
    return claims


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
