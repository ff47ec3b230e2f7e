"""The HTML a person clicks through. Plain forms, no script: a browser or anything that can fill a form works.

Stable names, for whoever clicks by program:

=====================  ================================  ========================================================
title                  form                              fields
=====================  ================================  ========================================================
Pick an account        `form#pick`                       button `account` = the email; `action` = `cancel`
Permissions requested  `form#consent`                    button `action` = `accept` or `cancel`
Approval required      `form#approval`                   textarea `justification`; `action` = `request`, `cancel`
Request sent           none                              nothing to click: the browser goes nowhere from here
Admin consent requests `form#requests`                   button `answer` = `approved`, `denied` or `blocked`
=====================  ================================  ========================================================

Every form is sent with POST to its `action` and carries the hidden field `flow`, but the last.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from pmtui.sandbox.grants import ApprovalRequest, Flow
from pmtui.sandbox.people import ORGANISATION, Person

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.4rem}button{font:inherit;padding:.4rem .9rem;margin:.2rem .4rem .2rem 0;cursor:pointer}"
    ".account{display:block;width:100%;text-align:left}.account small{color:#666}"
    "textarea{font:inherit;width:100%;height:6rem}.note{color:#666;font-size:.9rem}code{background:#eee}"
    "table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}"
)
_MEANING = {
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
    "offline_access": "Maintain access to data you have given it access to",
    "User.Read": "Read your profile",
    "Calendars.Read": "Read your calendars",
    "Calendars.ReadWrite": "Have full access to your calendars",
    "MailboxSettings.Read": "Read your mailbox settings",
}


def page(title: str, body: str, note: str = "a stand-in, not Microsoft", status: int = 200) -> HTMLResponse:
    """A whole page. `body` is HTML already; title and note are text."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}"
        f'<p class="note">This is the pmtui sandbox: {escape(note)}.</p></body></html>',
        status,
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def pick_an_account(flow: Flow, accounts: list[Person], action: str) -> HTMLResponse:
    """The account picker; the hinted account comes first."""
    accounts = sorted(accounts, key=lambda person: person.email != flow.login_hint)
    buttons = "".join(
        f'<button class="account" name="account" value="{escape(one.email)}">{escape(one.name)}<br>'
        f"<small>{escape(one.email)}</small></button>"
        for one in accounts
    )
    return page("Pick an account", form("pick", action, flow.id, buttons + button("cancel", "Back")))


def permissions_requested(flow: Flow, person: Person, app: str, action: str) -> HTMLResponse:
    """The consent page: what the app wants, one line each."""
    wants = "".join(f"<li>{escape(_MEANING.get(scope, scope))}</li>" for scope in flow.scopes)
    body = f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> would like to:</p><ul>{wants}</ul>"
    return page(
        "Permissions requested",
        body + form("consent", action, flow.id, button("accept", "Accept") + button("cancel", "Cancel")),
    )


def approval_required(flow: Flow, person: Person, app: str, action: str) -> HTMLResponse:
    """The page of an organisation whose administrator has to approve first."""
    body = f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> requires your admin's approval.</p>"
    fields = (
        '<p><label for="justification">Enter justification for requesting this app</label>'
        '<textarea id="justification" name="justification" required></textarea></p>'
        + button("request", "Request approval")
        + '<button name="action" value="cancel" formnovalidate>Cancel</button>'
    )
    return page("Approval required", body + form("approval", action, flow.id, fields))


def request_sent() -> HTMLResponse:
    """The end of the road until an administrator has answered."""
    return page(
        "Request sent",
        f"<p>Your request was sent to the administrators of {escape(ORGANISATION)}. You will get an email "
        "when they have answered. You can close this page.</p>",
    )


def refused(number: int, text: str) -> HTMLResponse:
    """An error that stays on Microsoft's own page and never reaches the app."""
    return page("Sorry, but we're having trouble signing you in.", f"<p>AADSTS{number}: {escape(text)}</p>", status=400)


def consent_requests(requests: list[ApprovalRequest], approval: str, action: str) -> HTMLResponse:
    """The administrator's side: who asked, and the three answers."""
    rows = "".join(
        f"<tr><td>{escape(one.email)}</td><td>{escape(one.justification)}</td><td>{escape(one.answer)}</td></tr>"
        for one in requests
    )
    buttons = "".join(
        f'<button name="answer" value="{answer}">{text}</button>'
        for answer, text in (("approved", "Approve"), ("denied", "Deny"), ("blocked", "Block"))
    )
    body = f"<p>Approval is <b>{escape(approval)}</b>.</p><table>{rows}</table>"
    return page(
        "Admin consent requests", f'{body}<form id="requests" method="post" action="{escape(action)}">{buttons}</form>'
    )


def form(name: str, action: str, flow: str, inside: str) -> str:
    """A form of one sign-in flow. `inside` is HTML already."""
    hidden = f'<input type="hidden" name="flow" value="{escape(flow)}">'
    return f'<form id="{name}" method="post" action="{escape(action)}">{hidden}{inside}</form>'


def button(action: str, text: str) -> str:
    """A button `action`."""
    return f'<button name="action" value="{action}">{escape(text)}</button>'
