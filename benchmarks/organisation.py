"""A large organisation, written straight into an empty database: coaches with 20 agents each, all with calendars."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from pmtui.backend.actor import operator, worker
from pmtui.backend.clock import SystemClock
from pmtui.backend.slots.values import DAY_MINUTES, to_minute
from pmtui.backend.states import (
    Comparison,
    ConnectionState,
    External,
    Permission,
    Priority,
    Provider,
    TeamRole,
    Topic,
)
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import Availability, CalendarAccess, Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission, Team, TeamMember, Tenant
from pmtui.backend.storage.tables.rules import MetricValue, Rule
from pmtui.backend.storage.tables.sync import CalendarFacts, Change

AGENTS_EACH = 20
DAYS = 43
_ROWS = 2_000
_BUSY_A_DAY = 8
_WEEK = json.dumps(
    {
        "timezone": "America/Chicago",
        "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "17:00"}],
        "overrides": [],
    }
)
_RULES = (
    ("Lowest quality", Priority.HIGH, 30.0),
    ("Low quality", Priority.MEDIUM, 60.0),
    ("Fair quality", Priority.LOW, 101.0),
)


def filled(url: str, coaches: int, seed: int) -> None:
    """Fill an empty database, and let it count its rows, as one that has been in use for a while has."""
    database = Database(url, SystemClock())
    schema.upgrade(database.engine)
    fill(database, coaches, seed)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    database.close()


def fill(database: Database, coaches: int, seed: int, days: int = DAYS) -> int:
    """Make the organisation; its tenant's id. Every agent falls under a rule. Calendars were read this moment, so many
    days ahead.
    """
    draw = random.Random(seed)
    with database.write(operator()) as tx:
        tenant = Tenant(subdomain="large", name="Large", timezone="America/Chicago", created_at=tx.now)
        tx.db.add(tenant)
        tx.db.flush()
        assert tenant.id is not None
        tenant_id = tenant.id
        tx.db.add(CalendarAccess(tenant_id=tenant_id, wfm=True, external=External.OUTLOOK, sent_at=tx.now))
        tx.db.add_all(Change(tenant_id=tenant_id, topic=topic) for topic in Topic)
        for name, priority, value in _RULES:
            tx.db.add(
                Rule(
                    tenant_id=tenant_id,
                    name=name,
                    title="Coaching session",
                    priority=priority,
                    metric="quality",
                    comparison=Comparison.BELOW,
                    value=value,
                    saved_at=tx.now,
                )
            )
    with database.write(worker(tenant_id)) as tx:
        for table, rows in _tables(tenant_id, coaches, draw, tx.now, days):
            tx.db.connection().execute(insert(table), rows)
    return tenant_id


def _tables(
    tenant_id: int, coaches: int, draw: random.Random, now: datetime, days: int
) -> Iterator[tuple[type[SQLModel], list[Mapping[str, Any]]]]:
    """Every row, some thousand at a time, a table before those that refer to it. Ids are counted here."""
    kinds: tuple[type[SQLModel], ...] = (
        Team,
        Person,
        TeamMember,
        PersonPermission,
        Connection,
        Availability,
        CalendarFacts,
        MetricValue,
    )
    size = _ROWS // (AGENTS_EACH + 1)
    for first in range(1, coaches + 1, size):
        rows: dict[type[SQLModel], list[Mapping[str, Any]]] = {kind: [] for kind in kinds}
        for coach in range(first, min(first + size, coaches + 1)):
            _team(rows, tenant_id, coach, draw, now, days)
        yield from rows.items()


def _team(
    rows: dict[type[SQLModel], list[Mapping[str, Any]]],
    tenant_id: int,
    team: int,
    draw: random.Random,
    now: datetime,
    days: int,
) -> None:
    of = {"tenant_id": tenant_id}
    lead = (team - 1) * (AGENTS_EACH + 1) + 1
    rows[Team].append({**of, "id": team, "name": f"Team {team:05}"})
    for person in range(lead, lead + AGENTS_EACH + 1):
        coach = person == lead
        rows[Person].append(
            {
                **of,
                "id": person,
                "email": f"p{person}@large.example",
                "name": f"Person {person:06}",
                "coach_id": None if coach else lead,
                "created_at": now,
            }
        )
        role = TeamRole.COACH if coach else TeamRole.AGENT
        rows[TeamMember].append({**of, "team_id": team, "person_id": person, "role": role, "main": True})
        rows[Connection].append(
            {
                **of,
                "id": person,
                "person_id": person,
                "uid": f"u{person}",
                "provider": Provider.OUTLOOK if coach else Provider.WFM,
                "state": ConnectionState.READY,
                "account": f"p{person}@large.example",
                "external_id": f"x{person}",
                "automatic": not coach,
                "connected_at": now,
                "last_read_at": now,
            }
        )
        rows[CalendarFacts].append(
            {
                **of,
                "person_id": person,
                "connection_id": person,
                "read_at": now,
                "window_start": to_minute(now) - DAY_MINUTES,
                "window_end": to_minute(now) + days * DAY_MINUTES,
                "spans": json.dumps(list((_busy if coach else _shifts)(draw, now, days)), separators=(",", ":")),
            }
        )
        if coach:
            rows[PersonPermission].append({**of, "person_id": person, "permission": Permission.COACH})
            week = {"timezone": "America/Chicago", "week": _WEEK, "version": 1, "saved_at": now}
            rows[Availability].append({**of, "person_id": person, **week})
        else:
            value = {"metric": "quality", "measured_on": now.date(), "value": draw.uniform(0, 100)}
            rows[MetricValue].append({**of, "person_id": person, **value})


def _weekdays(now: datetime, days: int) -> Iterator[int]:
    """The minute at which each working day begins in Chicago in winter, 6 hours after that of UTC."""
    day: date = now.date() - timedelta(days=1)
    for ahead in range(days):
        at = day + timedelta(days=ahead)
        if at.weekday() < 5:
            yield (at - date(1970, 1, 1)).days * DAY_MINUTES + 6 * 60


def _busy(draw: random.Random, now: datetime, days: int) -> Iterator[list[object]]:
    for midnight in _weekdays(now, days):
        for at in sorted(draw.sample(range(9 * 60, 17 * 60, 30), _BUSY_A_DAY)):
            yield [midnight + at, midnight + at + 30, "busy", ""]


def _shifts(draw: random.Random, now: datetime, days: int) -> Iterator[list[object]]:
    """Eight hours from some time in the morning on, with two breaks and a lunch."""
    begin = draw.choice((7, 8, 9, 10)) * 60
    for midnight in _weekdays(now, days):
        at = midnight + begin
        for minutes, kind, activity in (
            (120, "open", "Phone"),
            (15, "closed", "Break"),
            (105, "open", "Phone"),
            (30, "closed", "Lunch"),
            (105, "open", "Phone"),
            (15, "closed", "Break"),
            (90, "open", "Phone"),
        ):
            yield [at, at + minutes, kind, activity]
            at += minutes
