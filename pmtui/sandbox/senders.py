"""Whom a request is about, as far as its token, form or body tells: so that a fault can strike one person only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pmtui.sandbox.grants import Grant

if TYPE_CHECKING:
    from pmtui.sandbox.world import World


def people_of(world: World, path: str, authorization: str, body: bytes) -> set[str]:
    """The addresses of those the request is for; empty where it is for nobody in particular."""
    if path.startswith(("/graph/", "/google/calendar/")):
        token = authorization.partition(" ")[2]
        grant = world.sign_ins.access.get(token) or world.google.sign_ins.access.get(token)
        return set() if grant is None else {grant.email}
    if path.startswith("/wfm/"):
        return _in_wfm(world, body)
    return _of_form(world, body)


def _in_wfm(world: World, body: bytes) -> set[str]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return set()
    asked: dict[str, Any] = document if isinstance(document, dict) else {}
    ids = [str(one) for one in _list(asked.get("PersonIds"))]
    for meeting in _list(asked.get("ExternalMeetings")):
        ids += [str(one) for one in _list(meeting.get("Participants") if isinstance(meeting, dict) else None)]
    for external_id in _list(asked.get("ExternalMeetingIds")):
        ids += world.wfm.participants.get(str(external_id), ())
    people = [world.person_by_id(one) for one in ids]
    return {person.email for person in people if person is not None}


def _of_form(world: World, body: bytes) -> set[str]:
    form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
    microsoft, google = world.sign_ins, world.google.sign_ins
    code, token = form.get("code", ""), form.get("refresh_token", form.get("token", ""))
    codes = (microsoft.codes.get(code), google.codes.get(code))
    tokens = (microsoft.refresh.get(token), google.refresh.get(token), google.access.get(token))
    device = microsoft.devices.get(form.get("device_code", ""))
    found = [one.grant.email for one in codes if one is not None] + [one.email for one in tokens if one is not None]
    if device is not None and isinstance(device.outcome, Grant):
        found.append(device.outcome.email)
    return set(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
