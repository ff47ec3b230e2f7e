"""What may be changed by hand on Google's side of a running sandbox; events are given by Google's own names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from pmtui.sandbox.google_checks import GoogleError
from pmtui.sandbox.google_event import GoogleEvent
from pmtui.sandbox.google_grants import WEB_CLIENT_ID, Refusal
from pmtui.sandbox.google_resource import created, deleted, patched
from pmtui.sandbox.people import Person
from pmtui.sandbox.world import World

_REFUSALS: tuple[Refusal, ...] = get_args(Refusal)


def _add_event(world: World, value: dict[str, Any]) -> str:
    """{person, event: {summary, start, end, ...}}; may be of any type, and somebody else's: {organizer: {email}}"""
    person = _person(world, value["person"])
    event = _refusing(lambda: created(value["event"], person, world.new_google_id(), world.now(), by_app=False))
    world.google.keep(person.email, event)
    return event.id


def _change_event(world: World, value: dict[str, Any]) -> str:
    """{person, id, changes: {...}}: as a PATCH, by the organizer's hand"""
    person, event = _found(world, value)
    changed = _refusing(lambda: patched(event, value["changes"], world.now(), by_hand=True))
    world.google.keep(person.email, changed)
    return event.id


def _move_event(world: World, value: dict[str, Any]) -> str:
    """{person, id, start, end}: instants with an offset"""
    times = {name: {"dateTime": value[name], "date": None} for name in ("start", "end")}
    return _change_event(world, {**value, "changes": times})


def _delete_event(world: World, value: dict[str, Any]) -> str:
    """{person, id}; an instance's id deletes that one of its series"""
    person, event = _found(world, value)
    world.google.keep(person.email, _refusing(lambda: deleted(event, world.now())))
    return event.id


def _clear_events(world: World, value: str) -> int:
    """The address of a person whose calendar is emptied, deleted events included"""
    kept = world.google.of(_person(world, value).email)
    gone = len(kept)
    kept.clear()
    return gone


def _expire_tokens(world: World, value: str | None) -> int:
    """A person's address, or null for everyone: access tokens end now, refreshing works"""
    return world.google.sign_ins.expire_access(value, world.now())


def _revoke(world: World, value: str | None) -> int:
    """A person's address, or null for everyone: the app was removed under Third-party apps and services"""
    return world.google.sign_ins.revoke(value)


def _access_seconds(world: World, value: int) -> int:
    """How long access tokens made from now on live"""
    world.google.sign_ins.access_seconds = int(value)
    return world.google.sign_ins.access_seconds


def _refuse(world: World, value: Refusal | None) -> str | None:
    """`org_internal`, `admin_policy_enforced` or `access_not_configured`: said on Google's page; null ends it"""
    if value is not None and value not in _REFUSALS:
        raise ValueError(f"google_refuse is null or one of {', '.join(_REFUSALS)}")
    world.google.sign_ins.refusal = value
    return value


def _testing(world: World, value: bool) -> bool:
    """Whether the app is external and in testing: refresh tokens made from now on end after seven days"""
    world.google.sign_ins.testing = bool(value)
    return world.google.sign_ins.testing


def _redirects(world: World, value: list[str]) -> int:
    """The redirect addresses registered for the web client"""
    clients = world.google.sign_ins.clients
    clients[WEB_CLIENT_ID] = replace(clients[WEB_CLIENT_ID], redirects=tuple(str(one) for one in value))
    return len(value)


def _pages(world: World, value: dict[str, Any]) -> dict[str, Any]:
    """{size: at most so many events a page, or null; first_empty?: whether a first page is empty}"""
    world.google.page_size = None if value.get("size") is None else max(1, int(value["size"]))
    world.google.first_page_empty = bool(value.get("first_empty", False))
    return value


def _quota(world: World, value: int | None) -> int | None:
    """How many Calendar requests a minute each user may make; null for any number"""
    return world.google.quota.set(value)


def _project_quota(world: World, value: dict[str, Any] | None) -> int | None:
    """{most, status?: 403 or 429}: how many a minute the whole application may make; null for any number"""
    asked = value or {"most": None}
    world.google.project_status = int(asked.get("status", 403))
    return world.google.project_quota.set(asked["most"])


def _person(world: World, email: str) -> Person:
    person = world.people.get(email)
    if person is None or not person.has_google:
        raise ValueError(f"nobody here has a Google account with the address {email}")
    return person


def _found(world: World, value: dict[str, Any]) -> tuple[Person, GoogleEvent]:
    person = _person(world, value["person"])
    event = world.google.find(person.email, value["id"])
    if event is None:
        raise ValueError("the event was not found")
    return person, event


def _refusing(change: Callable[[], GoogleEvent]) -> GoogleEvent:
    try:
        return change()
    except GoogleError as error:
        raise ValueError(error.message) from None


LEVERS: dict[str, Callable[[World, Any], Any]] = {
    "google_add_event": _add_event,
    "google_change_event": _change_event,
    "google_move_event": _move_event,
    "google_delete_event": _delete_event,
    "google_clear_events": _clear_events,
    "google_expire_tokens": _expire_tokens,
    "google_revoke": _revoke,
    "google_access_seconds": _access_seconds,
    "google_refuse": _refuse,
    "google_testing": _testing,
    "google_redirects": _redirects,
    "google_pages": _pages,
    "google_quota": _quota,
    "google_project_quota": _project_quota,
}
