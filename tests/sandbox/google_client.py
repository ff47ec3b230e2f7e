"""What the tests of the Google calendar share: the owner's hand, and reading answers."""

from __future__ import annotations

from typing import Any

import httpx2

DANA, PRIYA = "dana@acme.example", "priya@acme.example"
EVENTS = "/google/calendar/v3/calendars/primary/events"


def pull(http: httpx2.Client, lever: str, value: Any) -> Any:
    """Pull one lever; its answer."""
    answer = http.post("/__world", json={lever: value})
    assert answer.status_code == 200, answer.text
    return answer.json()[lever]


def add(http: httpx2.Client, person: str = DANA, **event: Any) -> str:
    """An event the owner made by hand; its id."""
    return str(pull(http, "google_add_event", {"person": person, "event": event}))


def timed(start: str, end: str, **more: Any) -> dict[str, Any]:
    """The times of an event on 15 March 2027, UTC, and what else it has."""
    times = {name: {"dateTime": f"2027-03-15T{at}:00Z"} for name, at in (("start", start), ("end", end))}
    return times | more


def listed(http: httpx2.Client, **asked: str) -> list[Any]:
    """The items of one list request."""
    answer = http.get(EVENTS, params=asked)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


def reason(answer: httpx2.Response) -> tuple[int, str]:
    """Status and reason of a refused request, which has Google's form."""
    error = answer.json()["error"]
    (detail,) = error["errors"]
    assert (error["code"], error["message"]) == (answer.status_code, detail["message"])
    assert {"domain", "reason", "message"} <= set(detail) <= {"domain", "reason", "message", "locationType", "location"}
    return answer.status_code, detail["reason"]
