"""What people read and type of hours, and the stored form of a week."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import (
    format_day,
    format_days,
    format_week,
    summary,
    week_from_text,
    week_to_text,
)
from pmtui.backend.availability.typed import parse_ranges
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import Hours, Week
from tests.backend.availability.weeks import OFFICE, day_hours, weeks


@given(day_hours, st.booleans(), st.booleans())
def test_hours_read_back_as_they_were_written(hours: tuple[Hours, ...], compact: bool, clock24: bool) -> None:
    assert parse_ranges(format_day(hours, compact=compact, clock24=clock24)) == hours


@given(weeks, st.booleans())
def test_a_week_reads_back_as_it_was_written(week: Week, clock24: bool) -> None:
    read = Week(week.timezone)
    for line in format_week(week, clock24=clock24):
        read = parse_entry(line, read).week
    assert read == week


@given(weeks)
def test_a_stored_week_reads_back_the_same(week: Week) -> None:
    text = week_to_text(week)
    assert week_from_text(text) == week
    assert week_to_text(week_from_text(text)) == text


def test_a_week_in_a_line() -> None:
    assert summary(OFFICE) == "Mon-Thu 9-12, 13-17 · Fri 9-12:30"
    assert summary(OFFICE, clock24=False) == "Mon-Thu 9am-12pm, 1pm-5pm · Fri 9am-12:30pm"
    assert summary(Week("UTC")) == "closed every day"
    assert summary(parse_entry("2027-03-01 none", OFFICE).week).endswith(" · 1 other date")


def test_day_and_range_names() -> None:
    assert format_days([0, 1, 2, 3]) == "Mon-Thu"
    assert format_days([5, 6]) == "Sat Sun"
    assert format_days([0, 2, 3, 4]) == "Mon Wed-Fri"
    assert format_day(()) == "none"
    assert format_day((Hours(1320, 120),)) == "22-2+1"
    assert format_day((Hours(0, 1440),), compact=False) == "00:00-24:00"


DOCUMENT: dict[str, Any] = {
    "timezone": "Europe/London",
    "weekly": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}],
    "overrides": [{"date": "2027-03-02", "hours": [{"start": "14:00", "end": "18:00"}]}],
}
Path = tuple[str | int, ...]


def paths(value: object, here: Path = ()) -> Iterator[Path]:
    yield here
    if isinstance(value, dict):
        for key, below in value.items():
            yield from paths(below, (*here, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from paths(below, (*here, index))


def spelled(path: Path) -> str | None:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or None


def damaged(path: Path, value: object) -> str:
    document = json.loads(json.dumps(DOCUMENT))
    if not path:
        return json.dumps(value)
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return json.dumps(document)


@given(st.sampled_from(sorted(paths(DOCUMENT), key=str)), st.sampled_from([None, 7, True, "", "25:00", 1.5]))
def test_a_damaged_week_names_exactly_the_place(path: Path, value: object) -> None:
    with pytest.raises(BadInput) as caught:
        week_from_text(damaged(path, value))
    assert caught.value.where == spelled(path)


@pytest.mark.parametrize("path", [p for p in paths(DOCUMENT) if p and isinstance(p[-1], str)], ids=str)
def test_a_missing_key_is_named(path: Path) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    with pytest.raises(BadInput) as caught:
        week_from_text(json.dumps(document))
    assert caught.value.where == spelled(path)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("weekly", 0), {**DOCUMENT["weekly"][0], "room": 1}, "weekly[0].room"),
        (("weekly", 0, "days"), ["mon", "mon"], "weekly[0].days[1]"),
        (("weekly", 0, "days"), [], "weekly[0].days"),
        (("weekly", 0, "start"), "24:00", "weekly[0].start"),
        (("weekly", 0, "end"), "09:00", "weekly[0].end"),
        (("overrides",), DOCUMENT["overrides"] * 2, "overrides[1].date"),
        (("overrides", 0, "date"), "2027-02-29", "overrides[0].date"),
        (("timezone",), "Mars/Olympus", "timezone"),
    ],
)
def test_what_a_week_may_not_say(path: Path, value: object, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        week_from_text(damaged(path, value))
    assert caught.value.where == where


def test_a_key_said_twice_is_named() -> None:
    text = json.dumps(DOCUMENT).replace('"start": "14:00"', '"start": "14:00", "start": "15:00"')
    with pytest.raises(BadInput) as caught:
        week_from_text(text)
    assert caught.value.where == "overrides[0].hours[0].start"
    with pytest.raises(BadInput):
        week_from_text("{")


def test_midnight_as_an_end_is_24_hours() -> None:
    document = {"timezone": "UTC", "weekly": [{"days": ["sun"], "start": "22:00", "end": "00:00"}], "overrides": []}
    assert week_from_text(json.dumps(document)).days[6] == (Hours(1320, 1440),)
