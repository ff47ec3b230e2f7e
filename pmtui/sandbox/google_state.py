"""What the sandbox's own endpoints tell about Google: addresses and clients, and what is in a calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pmtui.sandbox import google, google_calendar, google_grants
from pmtui.sandbox.google_event import GoogleEvent, instances
from pmtui.sandbox.people import Person
from pmtui.sandbox.times import seconds_z
from pmtui.sandbox.world import World

_SERIES_SHOWN = timedelta(days=60)  # how far ahead a recurring event is shown


def settings(at: str) -> dict[str, str]:
    """Addresses, client ids and their fixed secrets; `at` is where the sandbox was reached."""
    issuer = at + google.PREFIX
    return {
        "issuer": issuer,
        "authorize_url": f"{issuer}/o/oauth2/v2/auth",
        "token_url": f"{issuer}/token",
        "revoke_url": f"{issuer}/revoke",
        "keys_url": f"{issuer}/oauth2/v3/certs",
        "calendar_url": f"{at}{google_calendar.PREFIX}/",
        "web_client_id": google_grants.WEB_CLIENT_ID,
        "web_client_secret": google_grants.WEB_CLIENT_SECRET,
        "desktop_client_id": google_grants.DESKTOP_CLIENT_ID,
        "desktop_client_secret": google_grants.DESKTOP_CLIENT_SECRET,
    }


def account(world: World, person: Person, *, written: bool) -> dict[str, Any]:
    """One person's calendar, deleted events included; `written`: only what an app wrote."""
    sign_ins = world.google.sign_ins
    events = [event for event in _spread(world, person) if event.by_app or not written]
    return {
        "name": person.name,
        "timezone": person.timezone,
        "live_sign_ins": sign_ins.live_refresh_tokens(person.email, world.now()),
        "granted": sorted(sign_ins.consents.get(person.email, ())),
        "mails_to_guests": world.google.mails.get(person.email, 0),
        "events": [_event(event) for event in sorted(events, key=lambda event: (event.starts, event.id))],
    }


def _spread(world: World, person: Person) -> list[GoogleEvent]:
    """Single events, and of recurring ones the instances around now."""
    kept, now = world.google.of(person.email), world.now()
    found: list[GoogleEvent] = []
    for event in kept.values():
        near = instances(event, now + _SERIES_SHOWN, now - timedelta(days=7)) if event.recurrence else [event]
        found += [one for one in near if one is event or one.id not in kept]
    return found


def _event(event: GoogleEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "summary": event.fields.get("summary", ""),
        "start": seconds_z(event.starts),
        "end": seconds_z(event.ends),
        "isAllDay": event.all_day,
        "status": event.status,
        "eventType": event.fields.get("eventType", "default"),
        "transparency": event.fields.get("transparency", "opaque"),
        "visibility": event.fields.get("visibility", "default"),
        "recurring": event.series_id is not None,
        "private": event.fields.get("extendedProperties", {}).get("private", {}),
        "written_by_app": event.by_app,
        "version": event.change,
    }
