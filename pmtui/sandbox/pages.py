"""The HTML a person clicks through. Plain forms, no script: a browser or anything that can fill a form works.

Stable names, for whoever clicks by program:

=====================  ================================  ========================================================
title                  form                              fields
=====================  ================================  ========================================================
Pick an account        `form#pick`                       button `account` = the email; `action` = `cancel`
Permissions requested  `form#consent`                    button `action` = `accept` or `cancel`
Approval required      `form#approval`                   textarea `justification`; `action` = `request`, `cancel`
Need admin approval    `form#approval`                   button `action` = `cancel`, the only way on
Request sent           none; `form#approval` if told so  nothing to click, or button `action` = `return`
Enter code             `form#device`                     input `user_code`; button `action` = `next`
Are you trying to ...  `form#sure`                       button `action` = `continue` or `cancel`
Review permissions...  `form#organisation`               button `action` = `accept`, `cancel`
Admin consent requests `form#requests`                   button `answer` = `approved`, `denied` or `blocked`
=====================  ================================  ========================================================

Every form is sent with POST to its `action` and carries the hidden field `flow`, but `device` and `requests`.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from pmtui.sandbox.grants import ApprovalRequest, Flow, plain_scope
from pmtui.sandbox.people import ORGANISATION, Person

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.4rem}button{font:inherit;padding:.4rem .9rem;margin:.2rem .4rem .2rem 0;cursor:pointer}"
    ".account{display:block;width:100%;text-align:left}.account small{color:#666}"
    "textarea{font:inherit;width:100%;height:6rem}.note{color:#666;font-size:.9rem}code{background:#eee}"
    "h2{font-size:1.1rem}pre{overflow-x:auto;background:#eee;padding:.5rem}"
    "table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}"
    "td:last-child{overflow-wrap:anywhere}"
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
    wants = "".join(f"<li>{escape(_MEANING.get(plain_scope(scope), scope))}</li>" for scope in flow.scopes)
    body = f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> would like to:</p><ul>{wants}</ul>"
    return page(
        "Permissions requested",
        body + form("consent", action, flow.id, button("accept", "Accept") + button("cancel", "Cancel")),
    )


def for_the_organisation(flow: Flow, person: Person, app: str, action: str) -> HTMLResponse:
    """What an administrator is asked to grant for everyone."""
    wants = "".join(f"<li>{escape(_MEANING.get(plain_scope(scope), scope))}</li>" for scope in flow.scopes)
    body = (
        f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> would like to:</p><ul>{wants}</ul>"
        "<p>If you accept, this app will get access to the specified resources for all users in your organization. "
        "No one else will be prompted to review these permissions.</p>"
    )
    buttons = button("accept", "Accept") + button("cancel", "Cancel")
    return page("Review permissions for your organization", body + form("organisation", action, flow.id, buttons))


def approval_required(flow: Flow, person: Person, app: str, action: str, *, asks: bool) -> HTMLResponse:
    """The page of an organisation whose administrator has to approve first; `asks`: whether one may ask here."""
    if not asks:
        body = (
            f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> needs permission to access resources in your "
            "organization that only an admin can grant. Please ask an admin to grant permission to this app.</p>"
        )
        back = button("cancel", "Return to the application without granting consent")
        return page("Need admin approval", body + form("approval", action, flow.id, back))
    body = f"<p>{escape(person.email)}</p><p><b>{escape(app)}</b> requires your admin's approval.</p>"
    fields = (
        '<p><label for="justification">Enter justification for requesting this app</label>'
        '<textarea id="justification" name="justification" required></textarea></p>'
        + button("request", "Request approval")
        + '<button name="action" value="cancel" formnovalidate>Cancel</button>'
    )
    return page("Approval required", body + form("approval", action, flow.id, fields))


def request_sent(flow: Flow | None = None, action: str = "") -> HTMLResponse:
    """The end of the road until an administrator has answered; with a flow there is a way back to the app."""
    back = "" if flow is None else form("approval", action, flow.id, button("return", "Back to app"))
    return page(
        "Request sent",
        f"<p>Your request was sent to the administrators of {escape(ORGANISATION)}. You will get an email "
        f"when they have answered. You can close this page.</p>{back}",
    )


def enter_code(action: str, *, wrong: bool = False) -> HTMLResponse:
    """Where a person types in the code that a device shows."""
    told = "<p><b>That code didn't work.</b> Check the code and try again.</p>" if wrong else ""
    body = (
        f"<p>Enter the code displayed on your app or device.</p>{told}"
        f'<form id="device" method="post" action="{escape(action)}">'
        '<p><label for="user_code">Code</label> <input id="user_code" name="user_code" autocomplete="off" autofocus '
        f"required></p>{button('next', 'Next')}</form>"
    )
    return page("Enter code", body)


def are_you_sure(flow: Flow, person: Person, app: str, action: str) -> HTMLResponse:
    """What protects those who were sent somebody else's code."""
    body = f"<p>{escape(person.email)}</p><p>Only continue if you started this sign-in yourself.</p>"
    buttons = button("continue", "Continue") + button("cancel", "Cancel")
    return page(f"Are you trying to sign in to {app}?", body + form("sure", action, flow.id, buttons))


def device_signed_in(app: str) -> HTMLResponse:
    """The end of a device sign-in; the app hears of it at its next poll."""
    return page(app, f"<p>You have signed in to {escape(app)} on your device. You may now close this window.</p>")


def device_declined() -> HTMLResponse:
    """The other end."""
    return page("You have not been signed in", "<p>You may now close this window.</p>")


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
