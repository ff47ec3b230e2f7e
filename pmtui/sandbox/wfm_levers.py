"""What planners and administrators change by hand in the WFM."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pmtui.sandbox.people import Person
from pmtui.sandbox.shifts import ABSENCES, ADMINISTRATION, Activity, Layer, absence, layer_of
from pmtui.sandbox.times import parse
from pmtui.sandbox.world import World


def _set_shift(world: World, value: dict[str, Any]) -> int:
    """{person, on, layers: [{activity or absence, start, end}]}; no layers is a day off"""
    person, layers = _person(world, value["person"]), [_layer(world, one) for one in value["layers"]]
    world.change_shift(person, date.fromisoformat(value["on"]), tuple(sorted(layers, key=lambda layer: layer.starts)))
    return len(layers)


def _layer(world: World, value: dict[str, Any]) -> Layer:
    starts, ends = parse(value["start"]), parse(value["end"])
    if ends <= starts:
        raise ValueError("a layer ends after it starts")
    if "absence" in value:
        if value["absence"] not in ABSENCES:
            raise ValueError(f"absence is one of {', '.join(ABSENCES)}")
        return absence(value["absence"], starts, ends)
    by_name = {activity.name: activity for activity in world.activities().values()}
    name = value.get("activity", ADMINISTRATION.name)
    if name not in by_name:
        raise ValueError(f"activity is one of {', '.join(by_name)}")
    return layer_of(by_name[name], starts, ends)


def _activities(world: World, value: dict[str, Any]) -> list[str]:
    """{add?: [{name, overwritable?, detail?}], remove?: [name]}: the activities there are; those removed stay in the
    schedules they are in"""
    wfm = world.wfm
    for one in value.get("add", []):
        made = Activity(str(one["name"]), bool(one.get("overwritable", False)), str(one.get("detail", "None")))
        wfm.own_activities[made.id] = made
        wfm.removed_activities.discard(made.id)
    by_name = {activity.name: activity.id for activity in world.activities().values()}
    for name in value.get("remove", []):
        if name not in by_name:
            raise ValueError(f"no activity is called {name}")
        wfm.removed_activities.add(by_name[name])
    return [activity.name for activity in world.activities().values()]


def _address(world: World, value: dict[str, Any]) -> str | None:
    """{person, email}: the address the WFM has of that person, perhaps another one's too, perhaps null"""
    person = _person(world, value["person"])
    world.wfm.addresses[person.person_id] = None if value["email"] is None else str(value["email"])
    return world.wfm.addresses[person.person_id]


def _remove(world: World, value: str) -> int:
    """The address of a person who is planned no more: the WFM knows neither person nor schedule"""
    world.wfm.gone.add(_person(world, value).person_id)
    return len(world.wfm.gone)


def _limits(world: World, value: dict[str, Any] | None) -> dict[str, int | None]:
    """{minute?, hour?}: how many calls the service user has; null for any number"""
    asked = value or {}
    wfm = world.wfm
    return {"minute": wfm.minute.set(asked.get("minute")), "hour": wfm.hour.set(asked.get("hour"))}


def _token(world: World, value: str) -> bool:
    """The service token from now on"""
    world.wfm.token = value
    return True


def _person(world: World, email: str) -> Person:
    person = world.people.get(email)
    if person is None or not person.in_wfm:
        raise ValueError(f"nobody in the WFM has the address {email}")
    return person


LEVERS: dict[str, Callable[[World, Any], Any]] = {
    "set_shift": _set_shift,
    "wfm_activities": _activities,
    "wfm_address": _address,
    "wfm_remove": _remove,
    "wfm_limits": _limits,
    "wfm_token": _token,
}
