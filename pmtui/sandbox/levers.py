"""What may be changed in a running sandbox by hand: the things people and administrators do outside of pmtui."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pmtui.sandbox import google_levers, microsoft_levers, wfm_levers
from pmtui.sandbox.calendars import Event
from pmtui.sandbox.graph_events import SHOW_AS, GraphError, find, outside_id
from pmtui.sandbox.people import Person
from pmtui.sandbox.times import midnight, parse
from pmtui.sandbox.world import World


def pull(world: World, name: str, value: Any) -> Any:
    """Pull one lever by its name; the answer is JSON. `ValueError` or `KeyError` says what is wrong."""
    lever = LEVERS.get(name)
    if lever is None:
        raise ValueError(f"no lever is called {name}; there are {', '.join(sorted(LEVERS))}")
    return lever(world, value)


def _add_person(world: World, value: dict[str, Any]) -> str:
    """{name, email, role, team, timezone, coach?}"""
    person = Person(**value)
    world.add_person(person)
    return person.email


def _add_event(world: World, value: dict[str, Any]) -> str:
    """{person, subject, start, end, showAs?} or, for a whole day, {person, subject, on, until?, showAs?}"""
    person = _person(world, value)
    show_as = value.get("showAs", "busy")
    if show_as not in SHOW_AS:
        raise ValueError(f"showAs is one of {', '.join(SHOW_AS)}")
    whole_day = "on" in value
    if whole_day:
        first, last = date.fromisoformat(value["on"]), date.fromisoformat(value.get("until", value["on"]))
        starts, ends = (
            midnight(first, person.timezone),
            midnight(date.fromordinal(last.toordinal() + 1), person.timezone),
        )
    else:
        starts, ends = parse(value["start"]), parse(value["end"])
    event = Event(
        id=world.new_event_id(),
        subject=value.get("subject", "Private"),
        starts=starts,
        ends=ends,
        all_day=whole_day,
        show_as=show_as,
        zone_name=person.timezone,
        created_at=world.now(),
        modified_at=world.now(),
    )
    world.add_event(person.email, event)
    return outside_id(event, immutable=True)


def _move_event(world: World, value: dict[str, Any]) -> str:
    """{person, id, start, end}"""
    person = _person(world, value)
    event = _event(world, person, value["id"])
    world.change_event(person.email, event.id, parse(value["start"]), parse(value["end"]))
    return str(value["id"])


def _delete_event(world: World, value: dict[str, Any]) -> str:
    """{person, id}"""
    person = _person(world, value)
    world.outlook.drop(person.email, _event(world, person, value["id"]).id)
    return str(value["id"])


def _clear_events(world: World, value: str) -> int:
    """The address of a person whose calendar is emptied."""
    person = _person(world, {"person": value})
    gone = list(world.outlook.of(person.email))
    for event_id in gone:
        world.outlook.drop(person.email, event_id)
    return len(gone)


def _duplicates(world: World, value: dict[str, Any]) -> dict[str, Any]:
    """{status?, names_event?}: how a repeated transactionId is refused"""
    world.outlook.duplicate_status = int(value.get("status", world.outlook.duplicate_status))
    world.outlook.duplicate_names_event = bool(value.get("names_event", world.outlook.duplicate_names_event))
    return value


def _mailbox_zone(world: World, value: dict[str, Any]) -> str | None:
    """{person, name}: what mailboxSettings call the person's zone; null: Windows' name of it"""
    person = _person(world, value)
    world.outlook.zone_names.pop(person.email, None)
    if value["name"] is not None:
        world.outlook.zone_names[person.email] = str(value["name"])
    return world.outlook.zone_names.get(person.email)


def _graph_pages(world: World, value: int | None) -> int | None:
    """How many events a page holds at most, whatever was asked for; null: as many as asked for"""
    world.outlook.page_size = None if value is None else max(1, int(value))
    return world.outlook.page_size


def _graph_quota(world: World, value: int | None) -> int | None:
    """How many Graph requests each mailbox takes in ten minutes; null for any number"""
    return world.outlook.quota.set(value)


def _graph_at_once(world: World, value: int) -> int:
    """How many Graph requests each mailbox takes at a time"""
    world.outlook.at_once = int(value)
    return world.outlook.at_once


def _callback_url(world: World, value: str) -> list[str]:
    """The address of a hosted callback: its two redirect addresses are registered beside those there are"""
    return world.register_callback(value)


def _person(world: World, value: dict[str, Any]) -> Person:
    person = world.people.get(value["person"])
    if person is None:
        raise ValueError(f"nobody here has the address {value['person']}")
    return person


def _event(world: World, person: Person, given: str) -> Event:
    try:
        return find(world, person.email, given)
    except GraphError as error:
        raise ValueError(error.message) from None


LEVERS: dict[str, Callable[[World, Any], Any]] = {
    "add_person": _add_person,
    "callback_url": _callback_url,
    "add_event": _add_event,
    "move_event": _move_event,
    "delete_event": _delete_event,
    "clear_events": _clear_events,
    "duplicates": _duplicates,
    "mailbox_zone": _mailbox_zone,
    "graph_pages": _graph_pages,
    "graph_quota": _graph_quota,
    "graph_at_once": _graph_at_once,
    **microsoft_levers.LEVERS,
    **google_levers.LEVERS,
    **wfm_levers.LEVERS,
}
