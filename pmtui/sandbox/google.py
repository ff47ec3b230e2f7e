"""Google's sign-in: the authorization endpoint, its pages, keys and discovery. Tokens are in google_tokens.py.

Documents followed (developers.google.com/identity/...):
[web]      protocols/oauth2/web-server     request parameters, answers, "Authorization errors"
[native]   protocols/oauth2/native-app     loopback addresses, PKCE
[openid]   openid-connect/openid-connect   discovery document, prompt, nonce, keys
[granular] protocols/oauth2/resources/granular-permissions   two pages, boxes that may be left empty
[scopes]   protocols/oauth2/scopes
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox import google_pages as pages
from pmtui.sandbox.google_grants import KNOWN_SCOPES, SIGN_IN_SCOPES, Client, Flow, Refusal, long_names, tickable
from pmtui.sandbox.microsoft import base_url
from pmtui.sandbox.people import DOMAIN, ORGANISATION, Person
from pmtui.sandbox.world import World

PREFIX = "/google"
_PROMPTS = ("none", "consent", "select_account")
_REFUSALS: dict[Refusal, tuple[int, str]] = {
    "org_internal": (403, "The app is restricted to users within its organization."),
    "admin_policy_enforced": (400, f"The administrator of {ORGANISATION} has blocked access to this app."),
    "access_not_configured": (400, f"An administrator of {ORGANISATION} needs to review the app first."),
}


class GoogleSignInPages:
    """The endpoints a browser visits."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        return [
            Route(PREFIX + "/o/oauth2/v2/auth", self.authorize, methods=["GET"]),
            Route(PREFIX + "/pick", self.pick, methods=["POST"]),
            Route(PREFIX + "/identity", self.identity, methods=["POST"]),
            Route(PREFIX + "/consent", self.consent, methods=["POST"]),
            Route(PREFIX + "/oauth2/v3/certs", self.keys, methods=["GET"]),
            Route(PREFIX + "/.well-known/openid-configuration", self.configuration, methods=["GET"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """[web] "Redirect to Google's OAuth 2.0 server": check the request, then show the accounts."""
        asked = request.query_params
        client = self._world.google.sign_ins.clients.get(asked.get("client_id", ""))
        # [web] "Authorization errors": who asks and where the answer goes is checked first, and said on the page only.
        if client is None:
            return pages.blocked(401, "invalid_client", "The OAuth client was not found.")
        redirect = asked.get("redirect_uri", "")
        if not client.allows(redirect):
            return pages.blocked(400, "redirect_uri_mismatch", _mismatch(client, redirect))
        flow = Flow(
            id="",
            client_id=client.client_id,
            redirect=redirect,
            scopes=long_names(asked.get("scope", "")),
            state=asked.get("state"),
            nonce=asked.get("nonce"),
            challenge=asked.get("code_challenge", ""),
            prompts=tuple(asked.get("prompt", "").split()),
            offline=asked.get("access_type", "online") == "offline",
            include_granted=asked.get("include_granted_scopes") == "true",
            login_hint=asked.get("login_hint"),
        )
        return self._wrong(flow, request) or self._show_accounts(self._world.google.sign_ins.start_flow(flow))

    def _wrong(self, flow: Flow, request: Request) -> Response | None:
        """What is wrong with a request whose redirect address is proven."""
        asked = request.query_params
        issuer = issuer_of(request)
        if asked.get("response_type") != "code":
            return _tell_app(flow, issuer, "unsupported_response_type")
        if asked.get("access_type", "online") not in ("online", "offline"):
            return pages.blocked(400, "invalid_request", "Invalid parameter value for access_type.")
        if not set(flow.prompts) <= set(_PROMPTS) or ("none" in flow.prompts and len(flow.prompts) > 1):
            return pages.blocked(400, "invalid_request", "Invalid parameter value for prompt.")
        if not flow.challenge or asked.get("code_challenge_method") != "S256":
            # [native] The real service also takes plain challenges and none; this product must always send S256.
            return _tell_app(flow, issuer, "invalid_request")
        if not flow.scopes or not set(flow.scopes) <= set(KNOWN_SCOPES):
            return _tell_app(flow, issuer, "invalid_scope")
        if "none" in flow.prompts:
            return _tell_app(flow, issuer, "login_required")  # [openid] nobody is ever signed in here
        return None

    def _show_accounts(self, flow: Flow) -> Response:
        accounts = [person for person in self._world.people.values() if person.has_google]
        return pages.choose_an_account(flow, accounts, f"{PREFIX}/pick")

    async def pick(self, request: Request) -> Response:
        """The answer of "Choose an account": on to the consent pages, or straight back to the app."""
        flow, action, form = await self._answer(request)
        if flow is None:
            return _lost()
        if action == "cancel":
            return self._cancelled(flow, request)
        person = self._world.people.get(str(form.get("account", "")))
        if person is None or not person.has_google:
            return pages.blocked(400, "invalid_request", "Couldn't find this Google Account.")
        flow = replace(flow, account=person.email)
        sign_ins = self._world.google.sign_ins
        sign_ins.flows[flow.id] = flow
        if sign_ins.refusal is not None:
            return pages.blocked(_REFUSALS[sign_ins.refusal][0], sign_ins.refusal, _REFUSALS[sign_ins.refusal][1])
        if not sign_ins.needs_consent(flow, person.email):
            return self._done(flow, request, person, flow.scopes, agreed=False)
        # [granular] The sign-in scopes are agreed to on a page of their own, and only once.
        if set(flow.scopes) & set(SIGN_IN_SCOPES) - sign_ins.consents.get(person.email, frozenset()):
            return pages.sign_in_to(flow, person, f"{PREFIX}/identity")
        return self._ask_access(flow, request, person)

    async def identity(self, request: Request) -> Response:
        """The answer of "Sign in to ..."."""
        flow, action, _ = await self._answer(request)
        if flow is None or flow.account is None:
            return _lost()
        if action != "continue":
            return self._cancelled(flow, request)
        return self._ask_access(flow, request, self._world.people[flow.account])

    def _ask_access(self, flow: Flow, request: Request, person: Person) -> Response:
        if set(flow.scopes) <= set(SIGN_IN_SCOPES):
            return self._agreed(flow, request, person, flow.scopes)
        return pages.wants_access(flow, person, f"{PREFIX}/consent")

    async def consent(self, request: Request) -> Response:
        """[granular] The answer of "... wants access": what was left empty is not granted, and the app must look."""
        flow, action, form = await self._answer(request)
        if flow is None or flow.account is None:
            return _lost()
        if action != "accept":
            return self._cancelled(flow, request)
        ticked, choice = form.getlist("scope"), tickable(flow.scopes)
        granted = tuple(scope for scope in flow.scopes if scope not in choice or scope in ticked)
        if not granted:
            return self._cancelled(flow, request)
        return self._agreed(flow, request, self._world.people[flow.account], granted)

    def _agreed(self, flow: Flow, request: Request, person: Person, granted: tuple[str, ...]) -> Response:
        consents = self._world.google.sign_ins.consents
        consents[person.email] = consents.get(person.email, frozenset()) | set(granted)
        return self._done(flow, request, person, granted, agreed=True)

    async def keys(self, request: Request) -> Response:
        """[openid] The public half of the signing key."""
        return JSONResponse({"keys": [self._world.google.sign_ins.key.as_dict(private=False)]})

    async def configuration(self, request: Request) -> Response:
        """[openid] "The Discovery document"."""
        at = issuer_of(request)
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/o/oauth2/v2/auth",
                "token_endpoint": f"{at}/token",
                "revocation_endpoint": f"{at}/revoke",
                "jwks_uri": f"{at}/oauth2/v3/certs",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def _answer(self, request: Request) -> tuple[Flow | None, str | None, FormData]:
        form = await request.form()
        action = form.get("action")
        flow = self._world.google.sign_ins.flows.get(str(form.get("flow", "")))
        return flow, action if isinstance(action, str) else None, form

    def _done(
        self, flow: Flow, request: Request, person: Person, granted: tuple[str, ...], *, agreed: bool
    ) -> Response:
        """[web] "Handle the OAuth 2.0 server response": the code, and around it what Google also says."""
        now = self._world.now()
        code = self._world.google.sign_ins.new_code(flow, person.email, granted, now, agreed=agreed)
        answer = {"code": code, "scope": " ".join(granted), "authuser": "0", "hd": DOMAIN}
        return _redirect(flow, issuer_of(request), answer | {"prompt": "consent" if agreed else "none"})

    def _cancelled(self, flow: Flow, request: Request) -> Response:
        """[web] The person refused."""
        self._world.google.sign_ins.flows.pop(flow.id, None)
        return _tell_app(flow, issuer_of(request), "access_denied")


def issuer_of(request: Request) -> str:
    """[openid] `iss` of every id_token, in the real world https://accounts.google.com."""
    return base_url(request) + PREFIX


def _mismatch(client: Client, redirect: str) -> str:
    wanted = "one of those registered" if client.kind == "web" else "on the loopback interface"
    return f"The redirect address of this request is not {wanted}: redirect_uri={redirect}"


def _tell_app(flow: Flow, issuer: str, error: str) -> Response:
    """[web] An error answer: Google sends no description."""
    return _redirect(flow, issuer, {"error": error})


def _redirect(flow: Flow, issuer: str, answer: dict[str, str]) -> Response:
    answer = {"iss": issuer} | answer
    if flow.state is not None:
        answer = {"state": flow.state} | answer
    joint = "&" if "?" in flow.redirect else "?"
    return RedirectResponse(flow.redirect + joint + urlencode(answer), 302, {"Cache-Control": "no-store"})


def _lost() -> Response:
    return pages.blocked(400, "invalid_request", "The page was already used or is too old. Start again from the app.")
