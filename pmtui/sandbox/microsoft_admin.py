"""An administrator's consent for the whole organisation, by the link an app makes.

Documents followed (learn.microsoft.com/entra/...):
[admin]   identity-platform/v2-admin-consent   the link, its parameters, both answers
[consent] identity/enterprise-apps/grant-admin-consent   who may, and that nobody is asked afterwards
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox import pages
from pmtui.sandbox.grants import GRAPH_SCOPES, OPENID_SCOPES, TENANT_ID, Flow, whole_scope
from pmtui.sandbox.microsoft import PREFIX, TENANTS, disabled, unknown_scopes
from pmtui.sandbox.world import World

_DEFAULT = (".default", "https://graph.microsoft.com/.default")


class AdminConsent:
    """GET `/{tenant}/v2.0/adminconsent` and its two pages."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        at = PREFIX + "/{tenant}"
        return [
            Route(at + "/v2.0/adminconsent", self.ask, methods=["GET"]),
            Route(at + "/adminconsent/pick", self.pick, methods=["POST"]),
            Route(at + "/adminconsent/answer", self.answer, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """[admin] "Request the permissions from a directory admin": anybody may open the link."""
        asked, tenant = request.query_params, request.path_params["tenant"]
        app = self._world.sign_ins.apps.get(asked.get("client_id", ""))
        if tenant not in TENANTS or tenant == "common":  # [admin] "Do not use 'common'"
            return pages.refused(90002, f"Tenant '{tenant}' not found.")
        if app is None:
            return pages.refused(700016, "Application was not found in the directory 'Acme'.")
        redirect = asked.get("redirect_uri", "")
        if not redirect:
            return pages.refused(900971, "No reply address provided.")
        if not app.allows(redirect):
            return pages.refused(50011, f"The redirect URI '{redirect}' does not match the ones of the application.")
        if self._world.sign_ins.approval == "blocked":
            return pages.refused(7000112, disabled(app))
        scopes = tuple(asked.get("scope", "").split())
        scopes = (*OPENID_SCOPES, *GRAPH_SCOPES) if set(scopes) & set(_DEFAULT) else scopes
        flow = self._world.sign_ins.start_flow(
            Flow(
                id="",
                tenant=tenant,
                client_id=app.client_id,
                redirect=redirect,
                scopes=scopes,
                state=asked.get("state"),
                nonce=None,
                challenge="",
                prompt=None,
                login_hint=asked.get("login_hint"),
            )
        )
        unknown = unknown_scopes(scopes)
        if unknown is not None:
            return self._tell_app(flow, "invalid_scope", 70011, unknown)
        accounts = [person for person in self._world.people.values() if person.has_outlook]
        return pages.pick_an_account(flow, accounts, f"{PREFIX}/{tenant}/adminconsent/pick")

    async def pick(self, request: Request) -> Response:
        """[admin] "requires a tenant administrator to sign in": others get no further than back."""
        flow, form = await self._flow(request)
        person = self._world.people.get(form.get("account", ""))
        if flow is None:
            return _lost()
        if form.get("action") == "cancel" or person is None:
            return self._denied(flow)
        flow = replace(flow, account=person.email)
        self._world.sign_ins.flows[flow.id] = flow
        where, name = f"{PREFIX}/{flow.tenant}/adminconsent/answer", self._world.sign_ins.apps[flow.client_id].name
        if person.role != "admin":
            return pages.approval_required(flow, person, name, where, asks=False)
        return pages.for_the_organisation(flow, person, name, where)

    async def answer(self, request: Request) -> Response:
        """[admin] "Successful response" or "Error response"."""
        flow, form = await self._flow(request)
        if flow is None or flow.account is None:
            return _lost()
        if self._world.people[flow.account].role != "admin":
            return self._tell_app(flow, "access_denied", 90094, "Only an administrator can grant these permissions.")
        if form.get("action") != "accept":
            return self._denied(flow)
        self._world.sign_ins.consent_for_all(flow.client_id, flow.scopes)
        granted = " ".join(whole_scope(one) for one in flow.scopes)
        return self._send_back(flow, {"tenant": TENANT_ID, "scope": granted})

    async def _flow(self, request: Request) -> tuple[Flow | None, dict[str, str]]:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        return self._world.sign_ins.flows.get(form.get("flow", "")), form

    def _denied(self, flow: Flow) -> Response:
        text = "The resource owner or authorization server denied the request."
        return self._tell_app(flow, "consent_required", 65004, text)

    def _tell_app(self, flow: Flow, error: str, number: int, text: str) -> Response:
        return self._send_back(flow, {"error": error, "error_description": f"AADSTS{number}: {text}"})

    def _send_back(self, flow: Flow, answer: dict[str, str]) -> Response:
        """[admin] `admin_consent=True` stands in both answers, also where nothing was granted."""
        self._world.sign_ins.flows.pop(flow.id, None)
        answer = {"admin_consent": "True"} | answer
        if flow.state is not None:
            answer["state"] = flow.state
        joint = "&" if "?" in flow.redirect else "?"
        target = flow.redirect + joint + urlencode(answer, quote_via=quote)
        return RedirectResponse(target, 302, {"Cache-Control": "no-store"})


def _lost() -> Response:
    return pages.refused(165000, "The page was already used or is too old. Open the link again.")
