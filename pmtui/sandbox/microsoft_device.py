"""Microsoft's device code flow: a code for the app, and the page where a person types it in.

Documents followed: [device] learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code; polling is in tokens.py.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox import pages
from pmtui.sandbox.grants import DEVICE_INTERVAL, DEVICE_LIFETIME, Flow
from pmtui.sandbox.microsoft import PREFIX, TENANTS, SignInPages, app_of, base_url, disabled, unknown_scopes
from pmtui.sandbox.tokens import TokenError, refused
from pmtui.sandbox.world import World

_PAGE = PREFIX + "/devicelogin"  # in the real world https://microsoft.com/devicelogin


class DeviceSignIn:
    """POST `/{tenant}/oauth2/v2.0/devicecode` and the page."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pages = SignInPages(world)

    def routes(self) -> list[BaseRoute]:
        """Where both live."""
        return [
            Route(PREFIX + "/{tenant}/oauth2/v2.0/devicecode", self.devicecode, methods=["POST"]),
            Route(_PAGE, self.page, methods=["GET", "POST"]),
        ]

    async def devicecode(self, request: Request) -> Response:
        """[device] "Device authorization response"; there is no `verification_uri_complete`."""
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        try:
            code, user_code = self._start(form, request.path_params["tenant"])
        except TokenError as error:
            return refused(error, self._world)
        where = base_url(request) + _PAGE
        document = {
            "user_code": user_code,
            "device_code": code,
            "verification_uri": where,
            "expires_in": int(DEVICE_LIFETIME.total_seconds()),
            "interval": DEVICE_INTERVAL,
            "message": f"To sign in, use a web browser to open the page {where} and enter the code {user_code} to "
            "authenticate.",
        }
        return JSONResponse(document, headers={"Cache-Control": "no-store"})

    def _start(self, form: dict[str, str], tenant: str) -> tuple[str, str]:
        app = app_of(self._world, form.get("client_id", ""))
        if tenant not in TENANTS:
            raise TokenError("invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if app is None:
            raise TokenError("unauthorized_client", 700016, "Application was not found in the directory 'Acme'.")
        if self._world.sign_ins.approval == "blocked":
            raise TokenError("unauthorized_client", 7000112, disabled(app))
        scopes = tuple(form.get("scope", "").split())
        unknown = unknown_scopes(scopes)
        if unknown is not None:
            raise TokenError("invalid_scope", 70011, unknown)
        code, device = self._world.sign_ins.start_device(app.client_id, tenant, scopes, self._world.now())
        return code, device.user_code

    async def page(self, request: Request) -> Response:
        """[device] "Authenticating the user": the code, then the same pages as any sign-in."""
        if request.method == "GET":
            return pages.enter_code(_PAGE)
        sign_ins = self._world.sign_ins
        code = sign_ins.device_of(str((await request.form()).get("user_code", "")), self._world.now())
        if code is None:
            return pages.enter_code(_PAGE, wrong=True)
        device = sign_ins.devices[code]
        flow = Flow(
            id="",
            tenant=device.tenant,
            client_id=device.client_id,
            redirect="",
            scopes=device.scopes,
            state=None,
            nonce=None,
            challenge="",
            prompt=None,
            login_hint=None,
            device=code,
        )
        return self._pages.show_picker(sign_ins.start_flow(flow))
