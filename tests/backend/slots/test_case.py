"""Case files: what is read, what is refused and where, and what is answered."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtui.backend.slots.case import answer_json, read_case
from pmtui.backend.slots.documents import CaseError
from pmtui.backend.slots.values import CalendarState, Hours, ReasonCode
from tests.backend.slots.cases import ANSWER, EXAMPLE, FULLEST, Wrong, at, is_optional, places, shown, wrong_cases
from tests.backend.slots.test_search import at as minute


def case(*changes: tuple[str, Any], base: dict[str, Any] = EXAMPLE, drop: tuple[str, ...] = ()) -> str:
    """The example with values put at paths such as `coach.busy`, or keys dropped."""
    document = copy.deepcopy(base)
    for path, value in changes:
        *parents, last = path.split(".")
        at(document, tuple(parents))[last] = value
    for path in drop:
        *parents, last = path.split(".")
        del at(document, tuple(parents))[last]
    return json.dumps(document)


def refusal(text: str) -> str:
    """The line a case is refused with."""
    with pytest.raises(CaseError) as refused:
        read_case(text)
    assert str(refused.value) == f"{refused.value.path}: {refused.value.message}"
    return str(refused.value)


def solved(text: str) -> dict[str, Any]:
    """A case's answer."""
    found: dict[str, Any] = json.loads(answer_json(read_case(text)))
    return found


def test_the_example_is_answered_exactly() -> None:
    assert answer_json(read_case(json.dumps(EXAMPLE))) == json.dumps(ANSWER, ensure_ascii=False) + "\n"


def test_the_fullest_case_leaves_its_session_out() -> None:
    found = solved(json.dumps(FULLEST))
    assert found["slots"][0] == "2027-03-01T15:00:00Z"
    assert "own_session" not in found["reasons"]


def test_the_id_is_echoed_as_it_is_or_left_out() -> None:
    assert answer_json(read_case(case(("id", "Zoë ☕ \u2028")))).startswith('{"id": "Zoë ☕ \u2028", "rule": ')
    assert next(iter(solved(case(drop=("id",))))) == "rule"


def test_everything_optional_has_its_default() -> None:
    least = {
        "version": 1,
        "window": {"start": "2027-03-01T00:00+05:30", "end": "2027-03-02T00:00Z"},
        "tenant": {"timezone": "Asia/Kolkata"},
        "coach": {"calendar": "google", "availability": {}},
        "agent": {"calendar": "none"},
    }
    found = read_case(json.dumps(least))
    search = found.search
    assert (search.minutes, search.step, search.buffer_before, search.buffer_after) == (30, 15, 0, 0)
    assert (search.notice, search.horizon_days, search.ignore, search.now_passed) == (0, None, None, False)
    assert search.now == search.window[0] == minute("2027-02-28T18:30Z")
    assert (found.coach.timezone, found.agent.timezone, found.id) == ("Asia/Kolkata", "Asia/Kolkata", None)
    assert found.coach.week is not None
    assert found.coach.week.timezone == "Asia/Kolkata"
    assert (found.coach.sessions, found.coach.spans, found.coach.unknown) == ((), (), False)


@pytest.mark.parametrize("document", [EXAMPLE, FULLEST])
def test_whatever_is_optional_may_be_left_out(document: dict[str, Any]) -> None:
    for path in places(document):
        # A list's entries apart, and the session that `ignore` names.
        if path and isinstance(path[-1], str) and is_optional(path) and "sessions" not in path:
            copied = copy.deepcopy(document)
            del at(copied, path[:-1])[path[-1]]
            read_case(json.dumps(copied))


def test_zones_fall_back_to_the_person_and_then_to_the_tenant() -> None:
    text = case(("coach.timezone", "Asia/Kolkata"), drop=("coach.availability.timezone", "agent.timezone"))
    found = read_case(text)
    assert found.coach.week is not None
    assert found.coach.week.timezone == found.coach.timezone == "Asia/Kolkata"
    assert found.agent.timezone == "America/Chicago"


@pytest.mark.parametrize(
    ("text", "minutes", "passed"),
    [
        ("2027-03-01T08:00Z", "2027-03-01T08:00Z", False),
        ("2027-03-01T08:00:00.000Z", "2027-03-01T08:00Z", False),
        ("2027-03-01T13:30+05:30", "2027-03-01T08:00Z", False),
        ("2027-02-28T20:15-11:45", "2027-03-01T08:00Z", False),
        ("2027-03-01T08:00:00.0000001Z", "2027-03-01T08:00Z", True),
        ("2027-03-01T08:00:59.999999999Z", "2027-03-01T08:00Z", True),
        ("2027-03-01T08:00:01-00:00", "2027-03-01T08:00Z", True),
    ],
)
def test_instants(text: str, minutes: str, passed: bool) -> None:
    search = read_case(case(("now", text))).search
    assert (search.now, search.now_passed) == (minute(minutes), passed)


def test_a_range_may_end_at_either_midnight() -> None:
    rows = [{"days": ["fri"], "start": "22:00", "end": "24:00"}, {"days": ["sat"], "start": "22:00", "end": "00:00"}]
    week = read_case(case(("coach.availability.weekly", rows))).coach.week
    assert week is not None
    assert week.days[4] == week.days[5] == (Hours(1320, 1440),)


def test_rows_merge_and_overrides_are_sorted() -> None:
    rows = [
        {"days": ["mon", "sun"], "start": "09:00", "end": "12:00"},
        {"days": ["mon"], "start": "12:00", "end": "13:00"},
    ]
    overrides = [{"date": "2027-03-09"}, {"date": "2027-03-02", "hours": []}]
    text = case(("coach.availability.weekly", rows), ("coach.availability.overrides", overrides))
    week = read_case(text).coach.week
    assert week is not None
    assert week.days == ((Hours(540, 780),), (), (), (), (), (), (Hours(540, 720),))
    assert [(day.isoformat(), hours) for day, hours in week.overrides] == [("2027-03-02", ()), ("2027-03-09", ())]


def test_no_availability_is_not_an_empty_one() -> None:
    absent = solved(case(drop=("coach.availability",)))
    assert absent["reasons"] == {ReasonCode.AVAILABILITY_NOT_SET: 1343}
    empty = solved(case(("coach.availability", {})))
    assert empty["reasons"] == {ReasonCode.OUTSIDE_AVAILABILITY: 1343}


@pytest.mark.parametrize("name", ["coach", "agent"])
def test_an_unknown_calendar_explains_every_candidate(name: str) -> None:
    found = solved(case((f"{name}.unknown", True)))
    assert (found["free"], found["slots"], found["reasons"]) == ([], [], {"calendar_unknown": 1343})


def test_seconds_are_rounded_as_the_engine_says() -> None:
    shifts = [
        {"start": "2027-03-01T15:29:30Z", "end": "2027-03-01T16:00:10Z", "overwritable": True},
        {"start": "2027-03-01T16:00:10Z", "end": "2027-03-01T17:00:30Z", "overwritable": True},
        {"start": "2027-03-01T16:29:59.9999999Z", "end": "2027-03-01T16:30:00Z", "overwritable": False},
    ]
    found = solved(case(("agent.shifts", shifts), ("coach.sessions", [])))
    assert found["free"] == [
        {"start": "2027-03-01T15:30:00Z", "end": "2027-03-01T16:29:00Z"},
        {"start": "2027-03-01T16:30:00Z", "end": "2027-03-01T17:00:00Z"},
    ]


@given(wrong_cases())
@settings(max_examples=400, deadline=None)
def test_one_wrong_thing_is_named_by_its_path(wrong: Wrong) -> None:
    line = refusal(wrong.text)
    assert line.startswith(f"{wrong.path}: ")
    assert len(line.splitlines()) == 1


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_key_given_twice_is_named(data: st.DataObject) -> None:
    keyed = [path for path in places(FULLEST) if path and isinstance(path[-1], str)]
    path = data.draw(st.sampled_from(keyed))
    value = json.dumps(at(FULLEST, path))
    marked = copy.deepcopy(FULLEST)
    at(marked, path[:-1])[path[-1]] = "<here>"
    text = json.dumps(marked).replace('"<here>"', f'{value}, "{path[-1]}": {value}')
    assert refusal(text) == f"{shown(path)}: given twice"


@pytest.mark.parametrize(
    "text",
    ["", "{", "nonsense", "[1,]", '{"version": 1} {}', "\ufeff{}", "'a'", '{"a": "\t"}', "[" * 100_000],
    ids=range(9),
)
def test_what_is_not_json(text: str) -> None:
    line = refusal(text)
    assert line.startswith("case: is n")
    assert len(line.splitlines()) == 1


def test_a_root_that_is_no_object() -> None:
    assert refusal("[]") == "case: must be an object"


def test_the_first_error_in_document_order_is_told() -> None:
    assert refusal('{"version": 2, "window": 3}').startswith("version: ")
    assert refusal('{"window": 3, "version": 2}').startswith("window: ")
    assert refusal('{"window": {"start": "x", "other": 1}, "version": 2}').startswith("window.start: ")
    assert refusal('{"version": 1, "surprise": 1}') == "surprise: unknown key"
    # What is missing is missed where its object ends.
    assert refusal('{"version": 1, "coach": {}, "surprise": 1}') == "coach.calendar: is missing"


def test_checks_across_fields_come_after_all_others() -> None:
    backwards = ("window", {"start": "2027-03-02T00:00Z", "end": "2027-03-01T00:00Z"})
    assert refusal(case(backwards, ("agent.calendar", "yahoo"))).startswith("agent.calendar: ")
    assert refusal(case(backwards)) == "window.end: must be after the start"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ([("window.end", "2027-03-01T00:00Z")], "window.end"),
        ([("window.end", "2028-04-04T00:01Z")], "window.end"),
        ([("window.start", "0001-01-01T00:00Z")], "window.start"),
        ([("coach.calendar", "none")], "coach.availability"),
        ([("coach.calendar", "wfm")], "coach.availability"),
        ([("agent.calendar", "outlook")], "agent.shifts"),
        ([("agent.busy", [])], "agent.busy"),
        ([("coach.shifts", [])], "coach.shifts"),
        ([("ignore", {"start": "2027-03-01T15:00Z", "end": "2027-03-01T15:31Z"})], "ignore"),
        ([("coach", {"calendar": "none", "known": {"start": "2027-03-01T10:00Z", "end": "2027-03-01T11:00Z"}})],
         "coach.known"),
        ([("id", "\ud800")], "id"),
        ([("a\nb", 1)], '"a\\nb"'),
        ([("", 1)], '""'),
    ],
)  # fmt: skip
def test_refusals(changes: list[tuple[str, Any]], path: str) -> None:
    assert refusal(case(*changes)).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        ([{"days": ["mon"], "start": "09:00", "end": "09:00"}], "[0].end"),
        ([{"days": ["mon", "tue", "mon"], "start": "09:00", "end": "10:00"}], "[0].days[2]"),
    ],
)
def test_refused_weekly_rows(rows: list[Any], path: str) -> None:
    assert refusal(case(("coach.availability.weekly", rows))).startswith(f"coach.availability.weekly{path}: ")


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        ([{"date": "2027-03-02"}, {"date": "2027-03-02"}], "[1].date"),
        ([{"date": "2027-03-02", "hours": [{"start": "00:00", "end": "00:00"}]}], "[0].hours[0].end"),
    ],
)
def test_refused_overrides(overrides: list[Any], path: str) -> None:
    assert refusal(case(("coach.availability.overrides", overrides))).startswith(
        f"coach.availability.overrides{path}: "
    )


def test_limits_count_the_sessions_of_the_same_role_in_the_persons_own_days() -> None:
    # Chicago's March 1st ends at 06:00Z; the coach's own 15:00Z session is one of London's March 1st.
    both = [{"start": "2027-03-01T15:00Z", "end": "2027-03-01T15:30Z"}]
    full = solved(case(("limits.coach.day", 1)))
    assert (full["slots"], full["reasons"]["limit"]) == ([], 23)  # the coach's come before the agent's
    assert solved(case(("limits.coach.week", 1)))["slots"] == []
    assert len(solved(case(("limits.coach.day", 2)))["slots"]) == 5
    as_agent = [{**both[0], "role": "agent"}]
    assert len(solved(case(("limits.coach.day", 1), ("coach.sessions", as_agent)))["slots"]) == 5
    agents = [{"start": "2027-03-02T06:59Z", "end": "2027-03-02T07:30Z"}]  # 23:59 on March 1st in Denver
    assert solved(case(("limits.agent.day", 1), ("agent.sessions", agents)))["slots"] == []


def test_staffing_gives_every_slot_its_impact() -> None:
    figures = [
        {"start": "2027-03-01T15:30Z", "end": "2027-03-01T16:00:00Z", "staff": 12, "forecast": 10},
        {"start": "2027-03-01T16:00Z", "end": "2027-03-01T16:15Z", "staff": 11, "forecast": 10},
        {"start": "2027-03-01T16:15Z", "end": "2027-03-01T16:30Z", "staff": 10, "forecast": 10},
        {"start": "2027-03-01T16:30:59.5Z", "end": "2027-03-01T16:31Z", "staff": 90, "forecast": 10},
    ]
    found = solved(case(("staffing", figures)))
    assert list(found) == ["id", "rule", "free", "slots", "impact", "reasons"]
    # 15:30 touches only the first, 15:45 the second too, 16:00 the third; 16:30 only the last second before 16:31.
    assert found["impact"] == ["good", "neutral", "poor", "poor", "good"]
    assert solved(case(("staffing", [])))["impact"] == ["poor"] * 5
    assert "impact" not in solved(case())


def test_minutes_that_were_not_read_are_unknown() -> None:
    known = {"start": "2027-03-01T15:59:30Z", "end": "2027-03-01T16:45:30Z"}
    found = solved(case(("agent.known", known)))
    assert found["slots"] == ["2027-03-01T16:00:00Z", "2027-03-01T16:15:00Z"]
    assert found["reasons"]["calendar_unknown"] > 0


def test_the_longest_window_is_400_days() -> None:
    read_case(case(("window.end", "2028-04-04T00:00Z")))


@pytest.mark.parametrize("state", list(CalendarState))
def test_every_calendar_state_is_read(state: CalendarState) -> None:
    least: dict[str, Any] = {"calendar": state.value, "sessions": [], "unknown": False}
    assert read_case(case(("coach", least))).coach.calendar is state


@pytest.mark.parametrize(
    ("first", "last"), [("0002-01-01T00:00Z", "0002-01-03T00:00Z"), ("9998-12-30T00:00Z", "9998-12-31T23:59Z")]
)
def test_the_ends_of_the_calendar(first: str, last: str) -> None:
    window = {"start": first, "end": last}
    busy = [{"start": "0001-01-01T00:00+23:59", "end": "9999-12-31T23:59-23:59"}]
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        found = solved(
            case(("window", window), ("now", first), ("coach.busy", busy), ("coach.availability.timezone", zone))
        )
        assert found["free"] == []
