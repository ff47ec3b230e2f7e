"""Google's sign-in pages. Plain forms, no script; names are stable, for whoever clicks by program:

=========================================  ==================  =================================================
title                                      form                fields
=========================================  ==================  =================================================
Choose an account                          `form#pick`         button `account` = the email; `action` = `cancel`
Sign in to (app)                           `form#identity`     button `action` = `continue` or `cancel`
(app) wants access to your Google Account  `form#consent`      checkboxes `scope`, ticked to begin with;
                                                               button `action` = `accept` or `cancel`
Access blocked: ...                        none                an error that never reaches the app
=========================================  ==================  =================================================

Every form is sent with POST to its `action` and carries the hidden field `flow`.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from pmtui.sandbox.google_grants import APP_NAME, READ_SCOPES, SIGN_IN_SCOPES, Flow, tickable
from pmtui.sandbox.pages import button, form, page
from pmtui.sandbox.people import Person

_NOTE = "a stand-in, not Google"
_AUTH = "https://www.googleapis.com/auth/"
_MEANING = {
    "calendar": "See, edit, share, and permanently delete all the calendars you can access using Google Calendar",
    "calendar.events": "View and edit events on all your calendars",
    "calendar.events.owned": "See, create, change, and delete events on Google calendars you own",
    "calendar.readonly": "See and download any calendar you can access using your Google Calendar",
    "calendar.events.readonly": "View events on all your calendars",
    "calendar.events.owned.readonly": "See the events on Google calendars you own",
}


def choose_an_account(flow: Flow, accounts: list[Person], action: str) -> HTMLResponse:
    """The account choice; the hinted account comes first."""
    accounts = sorted(accounts, key=lambda person: person.email != flow.login_hint)
    buttons = "".join(
        f'<button class="account" name="account" value="{escape(one.email)}">{escape(one.name)}<br>'
        f"<small>{escape(one.email)}</small></button>"
        for one in accounts
    )
    body = f"<p>to continue to <b>{escape(APP_NAME)}</b></p>"
    return page("Choose an account", body + form("pick", action, flow.id, buttons + button("cancel", "Back")), _NOTE)


def sign_in_to(flow: Flow, person: Person, action: str) -> HTMLResponse:
    """What the app learns of who this is; taken or left as a whole."""
    body = f"<p>{escape(person.email)}</p><p>Google will allow the app to see your name and email address.</p>"
    buttons = button("cancel", "Cancel") + button("continue", "Continue")
    return page(f"Sign in to {APP_NAME}", body + form("identity", action, flow.id, buttons), _NOTE)


def wants_access(flow: Flow, person: Person, action: str) -> HTMLResponse:
    """The consent page: a box for each scope that may be left out."""
    wanted = [scope for scope in flow.scopes if scope not in SIGN_IN_SCOPES]
    choice = tickable(flow.scopes)
    lines = "".join(
        f'<p><label><input type="checkbox" name="scope" value="{escape(scope)}" checked> {_meaning(scope)}</label></p>'
        if scope in choice
        else f"<p>{_meaning(scope)}</p>"
        for scope in wanted
    )
    heading = "<p><b>Select what the app can access</b></p>" if choice else "<p>This will allow the app to:</p>"
    buttons = button("cancel", "Cancel") + button("accept", "Continue")
    body = f"<p>{escape(person.email)}</p>{heading}"
    return page(
        f"{APP_NAME} wants access to your Google Account",
        body + form("consent", action, flow.id, lines + buttons),
        _NOTE,
    )


def blocked(status: int, code: str, text: str) -> HTMLResponse:
    """An error that stays on Google's own page and never reaches the app."""
    body = f"<p>{escape(text)}</p><p>Error {status}: <code>{escape(code)}</code></p>"
    return page("Access blocked: Authorization Error", body, _NOTE, status)


def _meaning(scope: str) -> str:
    assert scope in READ_SCOPES
    return escape(_MEANING[scope.removeprefix(_AUTH)])
