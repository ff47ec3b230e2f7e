"""The sandbox's own page: what is here, how to point pmtui or any client at it, and what can be tried by hand."""

from __future__ import annotations

import json
from collections import Counter
from html import escape

from starlette.responses import HTMLResponse

from pmtui.sandbox import pages
from pmtui.sandbox.microsoft import PREFIX
from pmtui.sandbox.people import ORGANISATION, Person

Settings = dict[str, dict[str, str]]

_FAULT = {"kind": "status", "status": 503, "retry_after": 5, "route": "GET /graph/v1.0/me/calendarView"}
_LEVER = {"refuse": {"number": 53003}}


def start_page(at: str, settings: Settings, people: list[Person]) -> HTMLResponse:
    """The page of a sandbox that was reached at `at`."""
    roles = Counter(person.role for person in people)
    body = (
        "<p>Stand-ins for Microsoft and Google sign-in, Outlook and Google calendars and the WFM, with the "
        f"organisation {escape(ORGANISATION)}: {roles['coach']} coaches, {roles['agent']} agents, their "
        "calendars and shifts. Everything is kept in memory and forgotten at the end.</p>"
        f"<h2>Settings</h2><table>{_rows(settings)}</table>"
        f"<h2>For pmtui, in a shell</h2>{_code(environment(at, settings))}"
        "<p>Then <code>pmtui init</code>, and people with the addresses of these here. The WFM's token is asked for by "
        f"<code>pmtui integrations wfm-service {escape(settings['wfm']['url'])}</code>.</p>"
        f"<h2>By hand</h2><ul>{_links()}</ul>"
        f"<p>A request that goes wrong, and a sign-in that is refused:</p>{_code(_by_hand(at))}"
        "<p>All kinds of faults and all levers: docs/sandbox.md.</p>"
    )
    return pages.page("pmtui sandbox", body, "stand-ins, not Microsoft, Google or a WFM")


def environment(at: str, settings: Settings) -> str:
    """Lines of shell that point pmtui here; the two secrets go into files that only their owner reads."""
    microsoft, google = settings["microsoft"], settings["google"]
    values = {
        "MICROSOFT_AUTHORITY": microsoft["authority"],
        "MICROSOFT_CLIENT_ID": microsoft["client_id"],
        "GRAPH_URL": settings["graph"]["url"].rstrip("/"),
        "GOOGLE_AUTHORIZE_URL": google["authorize_url"],
        "GOOGLE_TOKEN_URL": google["token_url"],
        "GOOGLE_REVOKE_URL": google["revoke_url"],
        "GOOGLE_KEYS_URL": google["keys_url"],
        "GOOGLE_ISSUER": google["issuer"],
        "GOOGLE_CALENDAR_URL": google["calendar_url"],
        "GOOGLE_CLIENT_ID": google["desktop_client_id"],
    }
    if at.startswith("http:"):
        values["INSECURE_ENDPOINTS"] = "true"
    secrets = {"microsoft": microsoft["client_secret"], "google": google["desktop_client_secret"]}
    lines = ["umask 077"]
    for name, secret in secrets.items():
        lines.append(f"printf %s {secret} > sandbox-{name}-secret")
        lines.append(f'export PMTUI_{name.upper()}_CLIENT_SECRET_FILE="$PWD/sandbox-{name}-secret"')
    return "\n".join([*lines, *(f"export PMTUI_{name}={value}" for name, value in values.items())])


def _by_hand(at: str) -> str:
    return (
        f"curl -d '{json.dumps(_FAULT)}' {at}/__faults\n"
        f"curl -d '{json.dumps(_LEVER)}' {at}/__world\n"
        f"curl -d '{json.dumps({'refuse': None})}' {at}/__world\n"
        f"curl -X DELETE {at}/__faults; curl -X POST {at}/__reset"
    )


def _links() -> str:
    links = {
        "/__state?written=1": "what was written here",
        "/__state": "everything it remembers",
        "/__people": "the people",
        "/__settings": "these settings as JSON",
        "/__calls": "the calls that faults can strike",
        f"{PREFIX}/organizations/admin-consent-requests": "Microsoft: requests for an administrator's approval",
        f"{PREFIX}/devicelogin": "Microsoft: where a device's code is typed in",
    }
    return "".join(f'<li><a href="{where}">{escape(what)}</a></li>' for where, what in links.items())


def _rows(settings: Settings) -> str:
    return "".join(
        f"<tr><td>{escape(group)}</td><td>{escape(name)}</td><td><code>{escape(value)}</code></td></tr>"
        for group, values in settings.items()
        for name, value in values.items()
    )


def _code(text: str) -> str:
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"
