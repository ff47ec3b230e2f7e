"""How teams are staffed, as files bring it, and what the engine gets to know of it."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Column, Integer, Table, delete, func, literal, select
from sqlmodel import col

from pmtui.backend import csv_file
from pmtui.backend.actor import Actor
from pmtui.backend.coaching import rules_typed
from pmtui.backend.coaching.records import StaffingImportRecord
from pmtui.backend.coaching.schedule_rows import minute
from pmtui.backend.errors import BadInput
from pmtui.backend.people import access
from pmtui.backend.people.membership import alone
from pmtui.backend.slots.values import DAY_MINUTES, Staffing, to_minute
from pmtui.backend.states import ADMINISTER, Topic, Verb
from pmtui.backend.storage.among import among
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.staging import staged
from pmtui.backend.storage.tables.people import Team, TeamMember
from pmtui.backend.storage.tables.rules import StaffingFigure
from pmtui.backend.storage.transaction import Transaction

COLUMNS = ("team", "start", "staff", "forecast")
OPTIONAL = ("minutes",)
QUARTER = 15

_FAR = 400 * DAY_MINUTES
_MOST = 1_000_000
_FIGURES = StaffingFigure.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it


class FigureRow(NamedTuple):
    """One row: quarters of an hour from `start` on (a minute), how many are staffed and how many needed in each."""

    team_id: int
    start: int
    quarters: int
    staff: int
    forecast: int


def figures(tx: Transaction, agent_ids: Collection[int], window: tuple[int, int]) -> dict[int, tuple[Staffing, ...]]:
    """How the main teams of these agents are staffed in `window` (minutes), by agent; none where nobody said.

    Two queries, however many agents.
    """
    member = select(TeamMember.person_id, TeamMember.team_id).where(  # type: ignore[call-overload]  # SQLModel's columns look like their values
        TeamMember.tenant_id == tx.tenant_id, among(TeamMember.person_id, agent_ids), col(TeamMember.main)
    )
    teams = {row.person_id: row.team_id for row in tx.db.execute(member)}
    found: dict[int, list[Staffing]] = defaultdict(list)
    rows = tx.db.execute(
        select(_FIGURES.c.team_id, _FIGURES.c.starts, _FIGURES.c.staff, _FIGURES.c.forecast)
        .where(
            _FIGURES.c.tenant_id == tx.tenant_id,
            among(_FIGURES.c.team_id, set(teams.values())),
            _FIGURES.c.starts > window[0] - QUARTER,
            _FIGURES.c.starts < window[1],
        )
        .order_by(_FIGURES.c.team_id, _FIGURES.c.starts)
    )
    for team_id, starts, staff, forecast in rows:
        found[team_id].append(Staffing(starts, starts + QUARTER, staff, forecast))
    known = {team_id: tuple(some) for team_id, some in found.items()}
    return {person_id: known[team_id] for person_id, team_id in teams.items() if team_id in known}


class StaffingFigures:
    """Staffing of an organisation's teams. A scoped administrator imports that of the teams of their people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def import_file(
        self, actor: Actor, file: TextIO, progress: csv_file.Progress = lambda rows: None
    ) -> StaffingImportRecord:
        """Take in a CSV file (which can be rewound) with the columns `COLUMNS` and `OPTIONAL`, all of it or nothing.

        A figure of the same team and quarter of an hour replaces the earlier one; so does a later row of the file.
        Raises BadRows and BadInput (see `csv_file.check`), NotAllowed.
        """
        columns = csv_file.present(file, COLUMNS, OPTIONAL)
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            teams, clock, now = _teams(tx), access.tenant(tx).timezone, to_minute(tx.now)

        def parse(cells: Sequence[str]) -> FigureRow:
            return _parsed(dict(zip(columns, cells, strict=True)), teams, clock, now)

        rows = csv_file.check(file, columns, parse, progress)

        @repeated
        def stored() -> int:
            with self._database.write(actor) as tx:
                access.require(tx, *ADMINISTER)
                alone(tx)
                seen = _store(tx, csv_file.rows_of(file, columns, parse), progress)
                tx.audit(Verb.STAFFING_IMPORTED, f"tenant:{tx.tenant_id}", rows=rows, teams=seen)
                tx.changed(Topic.COACHING)
            return seen

        return StaffingImportRecord(rows, stored())


def _teams(tx: Transaction) -> dict[str, int]:
    """The teams the actor may speak of, by name: all, or those that people in their scope are in."""
    scope = access.scope(tx)
    teams = tx.db.execute(select(Team.name, Team.id).where(Team.tenant_id == tx.tenant_id))  # type: ignore[call-overload]  # as above
    members = select(TeamMember.team_id, TeamMember.person_id).where(TeamMember.tenant_id == tx.tenant_id)  # type: ignore[call-overload]  # as above
    theirs = None if scope is None else {team_id for team_id, who in tx.db.execute(members) if who in scope}
    return {name: team_id for name, team_id in teams if theirs is None or team_id in theirs}


def _parsed(cells: Mapping[str, str], teams: Mapping[str, int], clock: str, now: int) -> FigureRow:
    team = teams.get(" ".join(cells["team"].split()))
    if team is None:
        raise BadInput("no_team", f"{cells['team'][:60]!r} is no team of the people you act on.", "", "team")
    start = minute(cells["start"], clock, "start")
    if start % QUARTER:
        raise BadInput("off_the_quarter", f"{cells['start'][:40]} is no quarter of an hour.", "", "start")
    if abs(start - now) > _FAR:
        raise BadInput("too_far", f"{cells['start'][:40]} is more than 400 days away.", "", "start")
    return FigureRow(
        team,
        start,
        _quarters(cells.get("minutes") or str(QUARTER)),
        math.floor(_number(cells["staff"], "staff")),  # what is rounded is rounded against the session
        math.ceil(_number(cells["forecast"], "forecast")),
    )


@lru_cache(maxsize=4_096)
def _number(text: str, where: str) -> float:
    value = rules_typed.number(text, where)
    if not 0 <= value <= _MOST:
        raise BadInput("bad_number", f"{text[:40]} is no number of people.", "", where)
    return value


def _quarters(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or int(text) % QUARTER:
        raise BadInput(
            "bad_minutes", f"{text[:40]!r} is no whole number of quarters.", "Write 15, 30 or 60.", "minutes"
        )
    if not QUARTER <= int(text) <= DAY_MINUTES:
        raise BadInput("bad_minutes", f"{text[:40]} is not from 15 to 1440.", "", "minutes")
    return int(text) // QUARTER


def _store(tx: Transaction, rows: Iterator[FigureRow], progress: csv_file.Progress) -> int:
    """Write the figures, and forget what is past; of how many teams they are."""
    over = to_minute(tx.now) - DAY_MINUTES
    tx.db.execute(delete(_FIGURES).where(_FIGURES.c.tenant_id == tx.tenant_id, _FIGURES.c.starts < over))
    columns: list[Any] = [
        Column(name, Integer, primary_key=name == "number", autoincrement=False)
        for name in ("number", "team_id", "starts", "staff", "forecast")
    ]
    with staged(tx, "staged_figure", columns, _numbered(rows, progress)) as figures:
        _merge(tx, figures)
        return int(tx.db.execute(select(func.count(figures.c.team_id.distinct()))).scalar_one())


def _numbered(rows: Iterator[FigureRow], progress: csv_file.Progress) -> Iterator[tuple[int, int, int, int, int]]:
    """A row for each quarter of an hour, in the order of the file."""
    number = 0
    for done, row in enumerate(rows, start=1):
        for quarter in range(row.quarters):
            number += 1
            yield number, row.team_id, row.start + quarter * QUARTER, row.staff, row.forecast
        if done % csv_file.EVERY == 0:
            progress(done)


def _merge(tx: Transaction, figures: Table) -> None:
    """Put the staged figures into the table, of each quarter of an hour the last one."""
    last = select(func.max(figures.c.number)).group_by(figures.c.team_id, figures.c.starts)
    chosen = select(
        literal(tx.tenant_id, Integer), figures.c.team_id, figures.c.starts, figures.c.staff, figures.c.forecast
    ).where(figures.c.number.in_(last))
    into = tx.insert(_FIGURES)
    into = into.from_select(["tenant_id", "team_id", "starts", "staff", "forecast"], chosen)
    news = {name: into.excluded[name] for name in ("staff", "forecast")}
    tx.db.execute(into.on_conflict_do_update(index_elements=["team_id", "starts"], set_=news))
