"""Microsoft's token endpoint: codes and refresh tokens in, access, refresh and id tokens out.

Documents followed (learn.microsoft.com/entra/identity-platform/...):
[flow]   v2-oauth2-auth-code-flow   "Redeem a code for an access token", "Refresh the access token"
[errors] reference-error-codes      the AADSTS numbers and the error document
[device] v2-oauth2-device-code      polling with a device code; RFC 8628, 3.5 for slow_down, which it leaves out
[claims] id-token-claims-reference  what an id_token carries; claims-challenge: `claims` of an interaction_required
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.grants import TENANT_ID, App, Code, Grant, plain_scope
from pmtui.sandbox.microsoft import PREFIX, app_of, describe, disabled, issuer
from pmtui.sandbox.people import Person, made_up_id
from pmtui.sandbox.refusals import Where
from pmtui.sandbox.times import seconds_z
from pmtui.sandbox.world import World

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class TokenError(Exception):
    """An answer in Microsoft's error form: error, AADSTS number, text, perhaps a suberror and claims to bring along."""

    def __init__(
        self,
        error: str,
        number: int,
        text: str,
        suberror: str | None = None,
        status: int = 400,
        claims: str | None = None,
    ) -> None:
        super().__init__(text)
        self.error, self.number, self.text, self.suberror, self.status = error, number, text, suberror, status
        self.claims = claims


class TokenEndpoint:
    """POST `/{tenant}/oauth2/v2.0/token`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """The one route."""
        return [Route(PREFIX + "/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"])]

    async def token(self, request: Request) -> Response:
        """[flow], [device] The grants this product uses; any other is refused by name."""
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            app = self._client(form)
            grant_type = form.get("grant_type")
            if grant_type == "authorization_code":
                grant = self._redeem(app, form)
            elif grant_type == "refresh_token":
                grant = self._refresh(app, form)
            elif grant_type == DEVICE_GRANT:
                grant = self._poll(app, form)
            else:
                raise TokenError("unsupported_grant_type", 70003, f"The grant type '{grant_type}' is not supported.")
        except TokenError as error:
            return refused(error, self._world)
        answer = self._answer(grant, request)
        if form.get("client_info") == "1":
            answer["client_info"] = _client_info(self._world.people[grant.email])
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _client(self, form: dict[str, str]) -> App:
        """[flow] `client_id`, and the secret where one is sent; a wrong one is the operator's alarm."""
        app = app_of(self._world, form.get("client_id", ""))
        if app is None:
            raise TokenError("unauthorized_client", 700016, "Application was not found in the directory 'Acme'.")
        if "client_secret" in form and form["client_secret"] != app.secret:
            raise TokenError("invalid_client", 7000215, "Invalid client secret provided.", status=401)
        if "client_secret" in form and app.secret_expired:
            raise TokenError("invalid_client", 7000222, "The provided client secret keys are expired.", status=401)
        if self._world.sign_ins.approval == "blocked":
            raise TokenError("unauthorized_client", 7000112, disabled(app))
        return app

    def _refuse(self, where: Where, email: str) -> None:
        """[errors] What the sandbox was told to say to this person's requests."""
        told = self._world.sign_ins.refusal(where, email)
        if told is not None:
            raise TokenError(told.error, told.number, told.text, told.suberror, told.status, told.claims)

    def _redeem(self, app: App, form: dict[str, str]) -> Grant:
        code = self._world.sign_ins.codes.get(form.get("code", ""))
        if code is None or code.grant.client_id != app.client_id:
            raise TokenError("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        self._refuse("code", code.grant.email)
        self._check_code(code, form)
        self._world.sign_ins.codes[form["code"]] = replace(code, redeemed=True)
        return code.grant

    def _check_code(self, code: Code, form: dict[str, str]) -> None:
        if code.redeemed:
            raise TokenError("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
        if code.grant.expires_at <= self._world.now():
            raise TokenError("invalid_grant", 70008, "The provided authorization code has expired.")
        if form.get("redirect_uri") != code.redirect:
            raise TokenError("invalid_grant", 500112, "The reply address does not match the one of the request.")
        if code.redirect.startswith("https://"):
            _require_secret(form)
        if _challenge(form.get("code_verifier", "")) != code.challenge:
            raise TokenError("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")

    def _poll(self, app: App, form: dict[str, str]) -> Grant:
        """[device] "Expected errors", and the grant once the person agreed; good for one set of tokens."""
        sign_ins, now = self._world.sign_ins, self._world.now()
        if sign_ins.device_flow == "not-enabled":
            _require_secret(form)  # the app does not allow public client flows
        device = sign_ins.devices.get(form.get("device_code", ""))
        if device is None or device.client_id != app.client_id or device.outcome == "used":
            raise TokenError("bad_verification_code", 70018, "Invalid verification code.")
        if device.outcome == "declined":
            raise TokenError("authorization_declined", 70017, "The user declined the authorization request.")
        if device.expires_at <= now:
            raise TokenError("expired_token", 70020, "This device code has expired.")
        hurried = device.hurried(now)
        if device.outcome == "pending":
            pending = "The request has not yet been authorized by the user."
            raise TokenError("slow_down" if hurried else "authorization_pending", 70016, pending)
        self._refuse("code", device.outcome.email)
        grant, device.outcome = device.outcome, "used"
        return grant

    def _refresh(self, app: App, form: dict[str, str]) -> Grant:
        """[flow] "Refresh the access token": a new refresh token each time, the old one is not revoked by it."""
        token = form.get("refresh_token", "")
        grant = self._world.sign_ins.refresh.get(token)
        if grant is None or grant.client_id != app.client_id:
            raise TokenError("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
        number = self._world.sign_ins.revoked.get(token)
        if number is not None:
            suberror = "consent_required" if number == 65001 else "bad_token"
            raise TokenError("invalid_grant", number, "The provided grant has been revoked.", suberror)
        self._refuse("refresh", grant.email)
        if grant.expires_at <= self._world.now():
            raise TokenError("invalid_grant", 700082, "The refresh token has expired due to inactivity.", "bad_token")
        wanted = tuple(form["scope"].split()) if "scope" in form else grant.scopes
        if not {plain_scope(one) for one in wanted} <= {plain_scope(one) for one in grant.scopes}:
            raise TokenError("invalid_grant", 65001, "The user has not consented to it.", "consent_required")
        return replace(grant, scopes=wanted, nonce=None)

    def _answer(self, grant: Grant, request: Request) -> dict[str, object]:
        """[flow] "Successful response". `offline_access` asks for a refresh token and is never listed as granted."""
        sign_ins, now = self._world.sign_ins, self._world.now()
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "scope": " ".join(one for one in grant.scopes if one != "offline_access"),
            "expires_in": sign_ins.access_seconds,
            "ext_expires_in": sign_ins.access_seconds,
            "access_token": sign_ins.new_access(grant, now),
        }
        if "offline_access" in grant.scopes:
            answer["refresh_token"] = sign_ins.new_refresh(grant, now)
        if "openid" in grant.scopes:
            answer["id_token"] = self._id_token(grant, request)
        return answer

    def _id_token(self, grant: Grant, request: Request) -> str:
        """[claims] `sub` differs from app to app, `oid` does not; address claims need their scopes."""
        person = self._world.people[grant.email]
        issued = int(self._world.now().timestamp())
        claims: dict[str, object] = {
            "iss": issuer(request),
            "aud": grant.client_id,
            "iat": issued,
            "nbf": issued,
            "exp": issued + self._world.sign_ins.access_seconds,
            "sub": made_up_id("subject", grant.client_id, person.email),
            "tid": TENANT_ID,
            "ver": "2.0",
            **_profile(person, grant.scopes),
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        key = self._world.sign_ins.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)


def refused(error: TokenError, world: World) -> Response:
    """[errors] The error document; `suberror` and `claims` only where there are some."""
    zeros = "00000000-0000-0000-0000-000000000000"
    document: dict[str, object] = {
        "error": error.error,
        "error_description": describe(error.number, error.text, world),
        "error_codes": [error.number],
        "timestamp": seconds_z(world.now()).replace("T", " "),
        "trace_id": zeros,
        "correlation_id": zeros,
        "error_uri": f"https://login.microsoftonline.com/error?code={error.number}",
    }
    if error.suberror is not None:
        document["suberror"] = error.suberror
    if error.claims is not None:
        document["claims"] = error.claims
    return JSONResponse(document, error.status, {"Cache-Control": "no-store"})


def _require_secret(form: dict[str, str]) -> None:
    """[flow] What an app that is no public client has to send."""
    if "client_secret" not in form:
        text = "The request body must contain 'client_assertion' or 'client_secret'."
        raise TokenError("invalid_client", 7000218, text, status=401)


def _profile(person: Person, scopes: tuple[str, ...]) -> dict[str, object]:
    claims: dict[str, object] = {}
    if "profile" in scopes:
        claims |= {"name": person.name, "preferred_username": person.email, "oid": person.object_id}
    if "email" in scopes:
        claims["email"] = person.email
    return claims


def _client_info(person: Person) -> str:
    """What Microsoft's own clients ask for, to tell accounts apart in their cache: the account and its directory."""
    known = json.dumps({"uid": person.object_id, "utid": TENANT_ID})
    return base64.urlsafe_b64encode(known.encode()).rstrip(b"=").decode()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
