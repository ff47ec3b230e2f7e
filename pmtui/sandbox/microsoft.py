"""Microsoft's sign-in: the authorize endpoint and the pages behind it. Tokens are in tokens.py, device codes in
microsoft_device.py, an administrator's consent in microsoft_admin.py, keys and discovery in microsoft_discovery.py.

Documents followed (learn.microsoft.com/entra/identity-platform/...):
[flow]    v2-oauth2-auth-code-flow    request parameters, redirect answers, error forms, localhost redirects
[errors]  reference-error-codes       the AADSTS numbers
[device]  v2-oauth2-device-code       the same pages for an app without a browser
[claims]  claims-challenge            `claims` to bring along after an interaction_required
[consent] (entra/identity/enterprise-apps) configure-admin-consent-workflow   approval required, request sent
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox import pages
from pmtui.sandbox.grants import (
    GRAPH_SCOPES,
    OPENID_SCOPES,
    TENANT_ID,
    App,
    ApprovalRequest,
    Flow,
    plain_scope,
)
from pmtui.sandbox.people import DOMAIN, Person
from pmtui.sandbox.times import seconds_z
from pmtui.sandbox.world import World

PREFIX = "/microsoft"
TENANTS = (TENANT_ID, DOMAIN, "organizations", "common")
_SENT_TEXT = "An administrator was asked to approve the app."
# Microsoft's own consent policy since November 2025: these need an administrator where approval is on.
_NEED_APPROVAL = ("Calendars.Read", "Calendars.ReadWrite")


class SignInPages:
    """The endpoints a browser visits."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        at = PREFIX + "/{tenant}"
        return [
            Route(at + "/oauth2/v2.0/authorize", self.authorize, methods=["GET"]),
            Route(at + "/pick", self.pick, methods=["POST"]),
            Route(at + "/sure", self.sure, methods=["POST"]),
            Route(at + "/consent", self.consent, methods=["POST"]),
            Route(at + "/approval", self.approval, methods=["POST"]),
            Route(at + "/admin-consent-requests", self.consent_requests, methods=["GET", "POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """[flow] "Request an authorization code": check the request, then show the picker."""
        asked = request.query_params
        app = self._world.sign_ins.apps.get(asked.get("client_id", ""))
        tenant = request.path_params["tenant"]
        # [flow], [errors]: who asks and where the answer goes is checked first; nothing is sent to an unproven address.
        if tenant not in TENANTS:
            return pages.refused(90002, f"Tenant '{tenant}' not found.")
        if app is None:
            return pages.refused(700016, "Application was not found in the directory 'Acme'.")
        redirect = asked.get("redirect_uri", "")
        if not app.allows(redirect):
            return pages.refused(50011, f"The redirect URI '{redirect}' does not match the ones of the application.")
        flow = Flow(
            id="",
            tenant=tenant,
            client_id=app.client_id,
            redirect=redirect,
            scopes=tuple(asked.get("scope", "").split()),
            state=asked.get("state"),
            nonce=asked.get("nonce"),
            challenge=asked.get("code_challenge", ""),
            prompt=asked.get("prompt"),
            login_hint=asked.get("login_hint"),
            claims=asked.get("claims"),
        )
        if self._world.sign_ins.approval == "blocked":
            return pages.refused(7000112, disabled(app))
        return self._wrong(flow, request) or self.show_picker(self._world.sign_ins.start_flow(flow))

    def _wrong(self, flow: Flow, request: Request) -> Response | None:
        """What is wrong with a request whose redirect address is proven: told to the app, not to the person."""
        asked = request.query_params
        if asked.get("response_type") != "code":
            return _tell_app(flow, "unsupported_response_type", 700054, "response_type is not enabled.")
        if asked.get("response_mode", "query") != "query":
            return _tell_app(flow, "invalid_request", 900144, "response_mode must be 'query' in the sandbox.")
        if not flow.challenge or asked.get("code_challenge_method") != "S256":
            # The real service also takes plain challenges and none; this product must always send S256.
            return _tell_app(flow, "invalid_request", 9002325, "Proof Key for Code Exchange (S256) is required.")
        unknown = unknown_scopes(flow.scopes)
        if unknown is not None:
            return _tell_app(flow, "invalid_scope", 70011, unknown)
        if flow.prompt == "none":
            return _tell_app(
                flow, "login_required", 50058, "A silent sign-in request was sent but nobody is signed in."
            )
        return None

    def show_picker(self, flow: Flow) -> Response:
        """The first page of every sign-in."""
        accounts = [person for person in self._world.people.values() if person.has_outlook]
        return pages.pick_an_account(flow, accounts, f"{PREFIX}/{flow.tenant}/pick")

    async def pick(self, request: Request) -> Response:
        """The answer of "Pick an account": on to approval, consent, or straight back to the app; or no further."""
        flow, action, form = await self._answer(request)
        if flow is None:
            return _lost()
        if action == "cancel":
            return self._cancelled(flow)
        person = self._world.people.get(form.get("account", ""))
        if person is None or not person.has_outlook:
            return pages.refused(50034, "The user account does not exist in the directory.")
        flow = replace(flow, account=person.email)
        sign_ins = self._world.sign_ins
        sign_ins.flows[flow.id] = flow
        told = sign_ins.refusal("redirect", person.email) if flow.device is None else None
        if told is not None:
            sign_ins.flows.pop(flow.id)
            more = {} if told.suberror is None else {"error_subcode": told.suberror}
            return _tell_app(flow, told.error, told.number, told.text, **more)
        stays = sign_ins.refusal("page", person.email)
        if stays is not None:
            return pages.refused(stays.number, stays.text)
        if flow.device is not None:
            return pages.are_you_sure(flow, person, sign_ins.apps[flow.client_id].name, f"{PREFIX}/{flow.tenant}/sure")
        return self._next_page(flow, person)

    async def sure(self, request: Request) -> Response:
        """[device] The answer of "Are you trying to sign in to ...?", which only device codes lead to."""
        flow, action, _ = await self._answer(request)
        if flow is None or flow.account is None:
            return _lost()
        if action != "continue":
            return self._cancelled(flow)
        if self._world.sign_ins.device_flow == "blocked":
            return pages.refused(53003, "Access has been blocked by Conditional Access policies.")
        return self._next_page(flow, self._world.people[flow.account])

    def _next_page(self, flow: Flow, person: Person) -> Response:
        sign_ins = self._world.sign_ins
        app = sign_ins.apps[flow.client_id]
        if not sign_ins.needs_consent(flow, person) and flow.prompt != "consent":
            return self._done(flow, person)
        if sign_ins.approval != "not-required" and any(plain_scope(one) in _NEED_APPROVAL for one in flow.scopes):
            asks = sign_ins.approval == "required"
            return pages.approval_required(flow, person, app.name, f"{PREFIX}/{flow.tenant}/approval", asks=asks)
        return pages.permissions_requested(flow, person, app.name, f"{PREFIX}/{flow.tenant}/consent")

    async def consent(self, request: Request) -> Response:
        """The answer of "Permissions requested"."""
        flow, action, _ = await self._answer(request)
        if flow is None or flow.account is None:
            return _lost()
        if action != "accept":
            return self._cancelled(flow)
        person = self._world.people[flow.account]
        if self._world.sign_ins.approval != "not-required":
            return self._next_page(flow, person)  # it was switched on while the page stood open
        self._world.sign_ins.consent(flow, person.email)
        return self._done(flow, person)

    async def approval(self, request: Request) -> Response:
        """[consent] The answer of "Approval required": the request is sent and the browser stays where it is.

        Whether and how the app hears of it, no document says: see `ApprovalReturn`.
        """
        flow, action, form = await self._answer(request)
        sign_ins = self._world.sign_ins
        back = sign_ins.approval_return
        if flow is None or flow.account is None:
            return _lost()
        if action == "return":
            sign_ins.flows.pop(flow.id)
            return self._ended(flow, "access_denied", 90095, _SENT_TEXT)
        if action != "request":
            sign_ins.flows.pop(flow.id)
            subcode = {} if back.subcode is None else {"error_subcode": back.subcode}
            return self._ended(flow, back.error, back.number, "Approval is required.", **subcode)
        request_made = ApprovalRequest(flow.account, form.get("justification", ""), self._world.now())
        sign_ins.approval_requests.append(request_made)
        if back.after_request:
            return pages.request_sent(flow, f"{PREFIX}/{flow.tenant}/approval")
        sign_ins.flows.pop(flow.id)
        return pages.request_sent()

    async def consent_requests(self, request: Request) -> Response:
        """[consent] The administrator's list of requests, in the real world a page of the Entra admin center."""
        sign_ins = self._world.sign_ins
        if request.method == "POST":
            answer = (await request.form()).get("answer")
            if answer == "approved":
                sign_ins.answer_requests("approved")
            elif answer == "denied":
                sign_ins.answer_requests("denied")
            elif answer == "blocked":
                sign_ins.answer_requests("blocked")
        return pages.consent_requests(sign_ins.approval_requests, sign_ins.approval, request.url.path)

    async def _answer(self, request: Request) -> tuple[Flow | None, str | None, dict[str, str]]:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        return self._world.sign_ins.flows.get(form.get("flow", "")), form.get("action"), form

    def _done(self, flow: Flow, person: Person) -> Response:
        """[flow] "Successful response": the code and the state, nothing else the app relies on."""
        sign_ins, now = self._world.sign_ins, self._world.now()
        if flow.claims is not None:
            sign_ins.met(flow.claims, person.email)
        if flow.device is not None:
            sign_ins.end_device(flow, person.email, now)
            return pages.device_signed_in(sign_ins.apps[flow.client_id].name)
        return _redirect(flow, {"code": sign_ins.new_code(flow, person.email, now)})

    def _cancelled(self, flow: Flow) -> Response:
        """The person went back. `error_subcode=cancel` is what is seen in practice; no document promises it."""
        self._world.sign_ins.flows.pop(flow.id, None)
        text = "User declined to consent to access the app."
        return self._ended(flow, "access_denied", 65004, text, error_subcode="cancel")

    def _ended(self, flow: Flow, error: str, number: int, text: str, **more: str) -> Response:
        """Told to the app; to one that polls with a device code only that it was declined."""
        if flow.device is None:
            return _tell_app(flow, error, number, text, **more)
        self._world.sign_ins.end_device(flow, None, self._world.now())
        return pages.device_declined()


def base_url(request: Request) -> str:
    """Where the sandbox was reached: `http://127.0.0.1:8765`."""
    return str(request.base_url).rstrip("/")


def issuer(request: Request) -> str:
    """[openid] `iss` of every id_token of this organisation."""
    return f"{base_url(request)}{PREFIX}/{TENANT_ID}/v2.0"


def unknown_scopes(scopes: tuple[str, ...]) -> str | None:
    """What is wrong with the scopes asked for, if anything is."""
    unknown = [one for one in scopes if plain_scope(one) not in (*OPENID_SCOPES, *GRAPH_SCOPES)]
    return f"The scope {' '.join(unknown)} is not valid." if unknown or not scopes else None


def disabled(app: App) -> str:
    """[errors] 7000112 in words."""
    return f"Application '{app.client_id}'({app.name}) is disabled."


def describe(number: int, text: str, world: World) -> str:
    """[errors] The three-line `error_description`; trace ids are zeros, there is nothing to trace."""
    zeros = "00000000-0000-0000-0000-000000000000"
    stamp = seconds_z(world.now()).replace("T", " ")
    return f"AADSTS{number}: {text} Trace ID: {zeros} Correlation ID: {zeros} Timestamp: {stamp}"


def app_of(world: World, client_id: str) -> App | None:
    """The registration of that client, if there is one."""
    return world.sign_ins.apps.get(client_id)


def _tell_app(flow: Flow, error: str, number: int, text: str, **more: str) -> Response:
    """[flow] "Error response" of the authorize endpoint."""
    return _redirect(
        flow,
        {
            "error": error,
            **more,
            "error_description": f"AADSTS{number}: {text}",
            "error_uri": f"https://login.microsoftonline.com/error?code={number}",
        },
    )


def _redirect(flow: Flow, answer: dict[str, str]) -> Response:
    if flow.state is not None:
        answer["state"] = flow.state
    joint = "&" if "?" in flow.redirect else "?"
    return RedirectResponse(flow.redirect + joint + urlencode(answer), 302, {"Cache-Control": "no-store"})


def _lost() -> Response:
    return pages.refused(165000, "The page was already used or is too old. Start again from the application.")
