"""The sandbox as one ASGI app: the stand-ins under their prefixes, the sandbox's own endpoints beside them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware

from pmtui.sandbox.control import Control
from pmtui.sandbox.fault_layer import FaultsAndLog
from pmtui.sandbox.google import GoogleSignInPages
from pmtui.sandbox.google_calendar import GoogleCalendar
from pmtui.sandbox.google_tokens import GoogleTokenEndpoint
from pmtui.sandbox.graph import Graph
from pmtui.sandbox.microsoft import SignInPages
from pmtui.sandbox.microsoft_admin import AdminConsent
from pmtui.sandbox.microsoft_device import DeviceSignIn
from pmtui.sandbox.microsoft_discovery import Discovery
from pmtui.sandbox.tokens import TokenEndpoint
from pmtui.sandbox.wfm import Wfm
from pmtui.sandbox.world import World


def create_app(world: World) -> Starlette:
    """The app that serves this world; use it in one event loop only."""
    parts = (
        Control(world),
        *(SignInPages(world), DeviceSignIn(world), AdminConsent(world), Discovery(world), TokenEndpoint(world)),
        Graph(world),
        *(GoogleSignInPages(world), GoogleTokenEndpoint(world), GoogleCalendar(world)),
        Wfm(world),
    )
    return Starlette(
        routes=[route for part in parts for route in part.routes()],
        middleware=[Middleware(FaultsAndLog, world=world)],
    )
