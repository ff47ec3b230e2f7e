"""What a coach does on Google's pages, and a sign-in with Google as far as the worker's visit after it."""

import html
import re

import httpx2

from pmtui.backend.signin.records import AttemptRecord
from pmtui.backend.states import External, Provider
from pmtui.sandbox.app import create_app
from tests.backend.signin.conftest import BASE, DANA, Flow


async def click(flow: Flow, link: str | None, account: str = DANA, *, without: str = "-", stop: str = "") -> str:
    """Pick the account and agree to everything but the scopes that end so; press `stop` where it is there instead."""
    assert link is not None
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(flow.sandbox)), base_url=BASE) as http:
        answer = await http.get(link)
        while not answer.is_redirect:
            page = html.unescape(answer.text)
            target = re.search(r'<form id="(\w+)" method="post" action="([^"]+)"', page)
            if target is None:
                return page
            sent: dict[str, str | list[str]] = {"flow": re.findall(r'name="flow" value="([^"]+)"', page)[0]}
            scopes = re.findall(r'name="scope" value="([^"]+)" checked', page)
            sent["scope"] = [scope for scope in scopes if not scope.endswith(without)]
            if target[1] == "pick" and stop != "pick":
                sent["account"] = account
            else:
                willing = "continue" if target[1] == "identity" else "accept"
                sent["action"] = "cancel" if target[1] == stop else willing
            answer = await http.post(target[2], data=sent)
    return str(answer.headers["location"])


async def until_answered(flow: Flow, account: str = DANA, *, without: str = "-", stop: str = "") -> AttemptRecord:
    """From Connect to the worker's next visit after the answer is in."""
    flow.world.allow(external=External.GOOGLE)
    begun = await flow.begin(provider=Provider.GOOGLE)
    flow.answer(begun.attempt_id, await click(flow, begun.link, account, without=without, stop=stop))
    return await flow.advance(begun.attempt_id)
