"""Clicks through the sandbox's sign-in pages as a person would, for terminals without a browser.

It knows pages and forms, nothing of the sandbox or of pmtui's sign-in: it follows links, fills in the
account and presses the button that goes on.
"""

from html.parser import HTMLParser
from itertools import chain
from urllib.parse import urljoin, urlsplit

import httpx2

from pmtui.backend.errors import Unavailable, Whose

_PAGES_AT_MOST = 8
_STOPS = ("cancel", "deny", "decline", "no", "back", "request")


class _Forms(HTMLParser):
    """The forms of a page: (method, action, fields, buttons), buttons as (name, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(said.get("method", "get").lower(), said.get("action", "")))
        elif self.forms and tag == "input" and said.get("type", "text") in ("hidden", "text", "email"):
            self.forms[-1].fields.setdefault(said.get("name", ""), []).append(said.get("value", ""))
        elif self.forms and tag == "input" and said.get("type") == "checkbox" and "checked" in said:
            self.forms[-1].fields.setdefault(said.get("name", ""), []).append(said.get("value", "on"))
        elif self.forms and (tag == "button" or (tag == "input" and said.get("type") == "submit")):
            self.forms[-1].buttons.append((said.get("name", ""), said.get("value", "")))


class _Form:
    def __init__(self, method: str, action: str) -> None:
        self.method = method
        self.action = action
        self.fields: dict[str, list[str]] = {}
        self.buttons: list[tuple[str, str]] = []


def click_through(link: str, account: str) -> str | None:
    """Do as a browser would: sign in, and open the address the provider sends it back to.

    Where nothing listens there, the address: it has to be pasted.
    """
    address = sign_in(link, account)
    try:
        httpx2.get(address, timeout=10)
    except httpx2.ConnectError:
        return address
    return None


def sign_in(link: str, account: str, transport: httpx2.BaseTransport | None = None) -> str:
    """Follow `link`, choose `account`, agree; the address the provider sends the browser back to, not opened yet.

    With `transport` the pages come through it instead of the network.
    Raises Unavailable when the pages lead nowhere.
    """
    home = urlsplit(link).netloc
    with httpx2.Client(timeout=10, follow_redirects=False, transport=transport) as browser:
        answer = browser.get(link)
        for _ in range(_PAGES_AT_MOST):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if urlsplit(target).netloc != home:
                    return target
                answer = browser.get(target)
                continue
            form, button = _next(answer.text, account)
            target = urljoin(str(answer.url), form.action)
            sent = {**form.fields, **({button[0]: [button[1]]} if button[0] else {})}
            answer = browser.post(target, data=sent) if form.method == "post" else browser.get(target, params=sent)
    raise _stuck()


def _next(page: str, account: str) -> tuple[_Form, tuple[str, str]]:
    """The form and button a willing person would press: the own account first, else whatever does not stop."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.forms:
        for button in form.buttons:
            if account in (button[1], *chain.from_iterable(form.fields.values())) and button[1].lower() not in _STOPS:
                return form, button
    for form in parser.forms:
        for button in form.buttons:
            if button[1].lower() not in _STOPS and "@" not in button[1]:
                return form, button
    raise _stuck()


def _stuck() -> Unavailable:
    return Unavailable(
        "page_needs_a_person",
        "The sign-in page wants something only a person can answer.",
        "Open the link in a browser.",
        whose=Whose.PERSON,
    )
