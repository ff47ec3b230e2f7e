"""Case files: one search as a JSON document, and its answer."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from pmtui.backend.slots import documents
from pmtui.backend.slots.documents import CaseError, Reader, Schema, integer, list_of, one_of, or_null, record
from pmtui.backend.slots.people import WITH_AVAILABILITY
from pmtui.backend.slots.schedule import (
    MINUTE,
    Instant,
    Layer,
    busy_spans,
    ceil_minute,
    floor_minute,
    outwards,
    schedule_spans,
)
from pmtui.backend.slots.search import solve
from pmtui.backend.slots.values import (
    DAY_MINUTES,
    CalendarState,
    Hours,
    Limits,
    Party,
    PartyName,
    Search,
    Span,
    Staffing,
    Week,
    merged,
)
from pmtui.backend.slots.zones import EPOCH_DAY

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_WINDOW = 400  # days
_ABOUT = (
    "One search for slots. Beyond this schema, `pmtui slots solve` asks that dates and zones exist, that the window "
    "starts before it ends and is on whole minutes, that no key, day or date comes twice, that a range's start differs "
    "from its end, that a party has only what its calendar uses, and that `ignore` names a session."
)
_FIRST, _LAST = (documents.read_instant(f"{year}-01-01T00:00Z", "") for year in ("0002", "9999"))

_USES = {
    CalendarState.NONE: frozenset[str](),
    CalendarState.WFM: frozenset({"shifts", "known"}),
    CalendarState.GOOGLE: frozenset({"busy", "availability", "known"}),
    CalendarState.OUTLOOK: frozenset({"busy", "availability", "known"}),
}
_OF_CALENDARS = frozenset({"busy", "availability", "shifts", "known"})


@dataclass(frozen=True, slots=True)
class Case:
    """A search with both parties; `id` is echoed in the answer."""

    search: Search
    coach: Party
    agent: Party
    id: str | None = None


def read_case(text: str) -> Case:
    """The case a JSON document describes. Raises CaseError for the first thing wrong, in document order."""
    given = _CASE(documents.parse(text), documents.ROOT)
    for error in _across_fields(given):
        raise error
    left_out = _interval(given["ignore"]) if "ignore" in given else None
    tenant_zone = given["tenant"]["timezone"]
    window = given["window"]
    now = given.get("now", window["start"])
    limits = {name: Limits(**given.get("limits", {}).get(name, {})) for name in PartyName}
    search = Search(
        window=(floor_minute(window["start"]), floor_minute(window["end"])),
        now=floor_minute(now),
        now_passed=now % MINUTE != 0,
        tenant_timezone=tenant_zone,
        coach_limits=limits[PartyName.COACH],
        agent_limits=limits[PartyName.AGENT],
        staffing=_staffing(given["staffing"]) if "staffing" in given else None,
        **given.get("session", {}),
    )
    coach, agent = (_party(name, given[name], tenant_zone, left_out) for name in PartyName)
    return Case(search, coach, agent, given.get("id"))


def answer(case: Case) -> dict[str, Any]:
    """The case's answer as JSON types, keys in the order in which they are written."""
    found = solve(case.search, case.coach, case.agent)
    return {
        **({} if case.id is None else {"id": case.id}),
        "rule": found.rule,
        "free": [{"start": shown_instant(start), "end": shown_instant(end)} for start, end in found.free],
        "slots": [shown_instant(start) for start in found.slots],
        **({} if found.impact is None else {"impact": [impact.value for impact in found.impact]}),
        "reasons": {code.value: count for code, count in found.reasons.items()},
    }


def schema() -> Schema:
    """The JSON Schema of a case file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pmtui case file",
        "description": _ABOUT,
        **_CASE.schema,
    }


def answer_json(case: Case) -> str:
    """The case's answer as one line of JSON, with its newline."""
    return json.dumps(answer(case), ensure_ascii=False) + "\n"


def shown_instant(minute: int, seconds: int = 0) -> str:
    """An instant as case files and answers write it: `2027-03-01T15:30:00Z`."""
    day, clock = divmod(minute, DAY_MINUTES)
    return f"{_shown_date(day)}T{clock // 60:02}:{clock % 60:02}:{seconds:02}Z"


@lru_cache(maxsize=1024)
def _shown_date(day: int) -> str:
    return date.fromordinal(EPOCH_DAY + day).isoformat()


def _whole_minute(value: Any, path: str) -> Instant:
    at = _in_range(value, path)
    if at % MINUTE:
        raise CaseError(path, "must be a whole minute")
    return at


def _in_range(value: Any, path: str) -> Instant:
    """An instant that a local clock can be read at."""
    at = documents.read_instant(value, path)
    if not _FIRST <= at < _LAST:
        raise CaseError(path, "must lie in the years 2 to 9998")
    return at


_WHOLE_MINUTE = documents.instants(_whole_minute)
_CLOCK_RANGE: dict[str, Reader] = {"start": documents.clock(ends=False), "end": documents.clock(ends=True)}
_HOURS = record(_CLOCK_RANGE, {})
_INSTANTS: dict[str, Reader] = {"start": documents.instant, "end": documents.instant}
_INTERVAL = record(_INSTANTS, {})
_DAYS = list_of(one_of(DAYS), unique=lambda day, place: (day, place), at_least=1)
_AVAILABILITY = record(
    {},
    {
        "timezone": documents.zone_name,
        "weekly": list_of(record({"days": _DAYS, **_CLOCK_RANGE}, {})),
        "overrides": list_of(
            record({"date": documents.day}, {"hours": list_of(_HOURS)}),
            unique=lambda override, place: (override["date"], f"{place}.date"),
        ),
    },
)
_PARTY = record(
    {"calendar": one_of(state.value for state in CalendarState)},
    {
        "timezone": documents.zone_name,
        "unknown": documents.boolean,
        "availability": _AVAILABILITY,
        "busy": list_of(_INTERVAL),
        "shifts": list_of(
            record(
                {"start": documents.instant, "end": documents.instant, "overwritable": documents.boolean},
                {"activity": documents.text},
            )
        ),
        "sessions": list_of(record(_INSTANTS, {"role": one_of(PartyName)})),
        "known": _INTERVAL,
    },
)
_LIMITS = record({}, {"day": integer(0, 1440), "week": integer(0, 1440)})
_PEOPLE = integer(0, 1_000_000)
_CASE = record(
    {
        "version": integer(1, 1),
        "window": record({"start": _WHOLE_MINUTE, "end": _WHOLE_MINUTE}, {}),
        "tenant": record({"timezone": documents.zone_name}, {}),
        "coach": _PARTY,
        "agent": _PARTY,
    },
    {
        "id": documents.text,
        "now": documents.instants(_in_range),
        "session": record(
            {},
            {
                "minutes": integer(1, 1440),
                "step": integer(1, 1440),
                "buffer_before": integer(0, 1440),
                "buffer_after": integer(0, 1440),
                "notice": integer(0, 60480),
                "horizon_days": or_null(integer(0, 400)),
            },
        ),
        "limits": record({}, {"coach": _LIMITS, "agent": _LIMITS}),
        "ignore": _INTERVAL,
        "staffing": list_of(record({**_INSTANTS, "staff": _PEOPLE, "forecast": _PEOPLE}, {})),
    },
)


def _across_fields(given: dict[str, Any]) -> Iterator[CaseError]:
    """What is wrong between fields that are each right, in document order."""
    checks: dict[str, Callable[[], Iterator[CaseError]]] = {
        "window": lambda: _window_errors(given["window"]),
        "coach": lambda: _party_errors(given["coach"], "coach"),
        "agent": lambda: _party_errors(given["agent"], "agent"),
        "ignore": lambda: _ignore_errors(given),
    }
    for key in given:
        if key in checks:
            yield from checks[key]()


def _window_errors(window: dict[str, Instant]) -> Iterator[CaseError]:
    if window["start"] >= window["end"]:
        yield CaseError("window.end", "must be after the start")
    if window["end"] - window["start"] > LONGEST_WINDOW * DAY_MINUTES * MINUTE:
        yield CaseError("window.end", f"must be at most {LONGEST_WINDOW} days after the start")


def _party_errors(party: dict[str, Any], path: str) -> Iterator[CaseError]:
    state = CalendarState(party["calendar"])
    for key, value in party.items():
        if key in _OF_CALENDARS - _USES[state]:
            yield CaseError(f"{path}.{key}", f"is not used with calendar {state.value}")
        if key == "availability":
            yield from _availability_errors(value, f"{path}.{key}")


def _availability_errors(availability: dict[str, Any], path: str) -> Iterator[CaseError]:
    for key, rows in availability.items():
        if key == "weekly":
            yield from _hours_errors(rows, f"{path}.{key}")
        elif key == "overrides":
            for index, override in enumerate(rows):
                yield from _hours_errors(override.get("hours", []), f"{path}.{key}[{index}].hours")


def _hours_errors(rows: list[dict[str, Any]], path: str) -> Iterator[CaseError]:
    for index, row in enumerate(rows):
        if row["start"] == row["end"]:
            yield CaseError(f"{path}[{index}].end", "must differ from the start; a whole day is 00:00 to 24:00")


def _ignore_errors(given: dict[str, Any]) -> Iterator[CaseError]:
    left_out = _interval(given["ignore"])
    if not any(left_out == _interval(own) for name in PartyName for own in given[name].get("sessions", [])):
        yield CaseError("ignore", "must equal a session of the coach or the agent")


def _staffing(rows: Iterable[dict[str, Any]]) -> tuple[Staffing, ...]:
    """Figures in minutes, rounded outwards: a session meets the same intervals as to the second."""
    return tuple(
        Staffing(floor_minute(row["start"]), ceil_minute(row["end"]), row["staff"], row["forecast"])
        for row in rows
        if row["start"] < row["end"]
    )


def _party(name: PartyName, given: dict[str, Any], tenant_zone: str, left_out: tuple[Instant, Instant] | None) -> Party:
    state = CalendarState(given["calendar"])
    own_zone = given.get("timezone", tenant_zone)
    kept = [own for own in given.get("sessions", []) if _interval(own) != left_out]
    return Party(
        calendar=state,
        timezone=own_zone,
        week=_week(given["availability"], own_zone) if "availability" in given else None,
        spans=_spans(state, given),
        sessions=outwards(_interval(own) for own in kept if own.get("role", name) == name),
        elsewhere=outwards(_interval(own) for own in kept if own.get("role", name) != name),
        known=_known(given["known"]) if "known" in given else None,
        unknown=given.get("unknown", False),
    )


def _known(given: dict[str, Instant]) -> tuple[int, int]:
    """What was read, in whole minutes inwards: a minute read in part is not known."""
    return ceil_minute(given["start"]), floor_minute(given["end"])


def _spans(state: CalendarState, given: dict[str, Any]) -> tuple[Span, ...]:
    if state in WITH_AVAILABILITY:
        return busy_spans(map(_interval, given.get("busy", [])))
    return schedule_spans(Layer(**shift) for shift in given.get("shifts", []))


def _interval(given: dict[str, Instant]) -> tuple[Instant, Instant]:
    return given["start"], given["end"]


def _week(given: dict[str, Any], own_zone: str) -> Week:
    days: list[list[Hours]] = [[] for _ in DAYS]
    for row in given.get("weekly", []):
        for day in row["days"]:
            days[DAYS.index(day)].append(_hours(row))
    overrides = (
        (override["date"], merged(map(_hours, override.get("hours", [])))) for override in given.get("overrides", [])
    )
    return Week(given.get("timezone", own_zone), tuple(map(merged, days)), tuple(sorted(overrides)))


def _hours(row: dict[str, int]) -> Hours:
    return Hours(row["start"], row["end"] or DAY_MINUTES)  # 22:00-00:00 runs to midnight
