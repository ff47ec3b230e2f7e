"""A week laid onto dates: nights, overrides and the days on which clocks change."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pmtui.backend.slots import masks
from pmtui.backend.slots.values import Hours, Week, from_minute, to_minute
from pmtui.backend.slots.weekly import default_hours, open_minutes

NO_HOURS: tuple[Hours, ...] = ()


def hours(*texts: str) -> tuple[Hours, ...]:
    """Ranges such as `09:00-17:00`."""
    return tuple(Hours(*(int(end[:2]) * 60 + int(end[3:]) for end in text.split("-"))) for text in texts)


def opened(week: Week, first: str, last: str) -> list[str]:
    """What is open from the start of `first` to the end of `last`, as `dd 22:00+0100 - ...` by the zone's clock."""
    tz = ZoneInfo(week.timezone)
    start = to_minute(datetime.combine(date.fromisoformat(first), datetime.min.time(), tz))
    end = to_minute(datetime.combine(date.fromisoformat(last) + timedelta(days=1), datetime.min.time(), tz))
    runs = masks.runs(open_minutes(week, start, end))
    return [" - ".join(from_minute(start + edge).astimezone(tz).strftime("%d %H:%M%z") for edge in run) for run in runs]


def every_day(zone: str, *texts: str, **overrides: tuple[Hours, ...]) -> Week:
    """The same hours on all days; overrides as `d2027_03_01=hours(...)`."""
    dated = tuple((date.fromisoformat(day[1:].replace("_", "-")), rows) for day, rows in overrides.items())
    return Week(zone, (hours(*texts),) * 7, dated)


def on_day(zone: str, weekday: int, *texts: str, **overrides: tuple[Hours, ...]) -> Week:
    """Hours on one weekday (Monday is 0)."""
    week = every_day(zone, **overrides)
    return Week(zone, tuple(hours(*texts) if day == weekday else () for day in range(7)), week.overrides)


def test_a_range_that_starts_in_the_gap_moves_forward() -> None:
    week = every_day("America/New_York", "02:30-05:00")
    assert opened(week, "2027-03-14", "2027-03-14") == ["14 03:30-0400 - 14 05:00-0400"]


def test_a_range_that_ends_in_an_ambiguous_hour_ends_at_the_first() -> None:
    week = every_day("America/New_York", "00:00-01:30")
    assert opened(week, "2027-11-07", "2027-11-07") == ["07 00:00-0400 - 07 01:30-0400"]


def test_a_range_over_the_ambiguous_hour_holds_both() -> None:
    week = every_day("America/New_York", "01:30-03:00")
    start = to_minute(datetime(2027, 11, 7, tzinfo=ZoneInfo("America/New_York")))
    assert open_minutes(week, start, start + 1500).bit_count() == 150


def test_a_range_that_comes_out_negative_is_dropped_and_not_read_as_a_night() -> None:
    # 02:30 reads as 03:30, after the end at 03:15.
    week = every_day("America/New_York", "02:30-03:15")
    assert opened(week, "2027-03-14", "2027-03-15") == ["15 02:30-0400 - 15 03:15-0400"]


def test_a_range_that_comes_out_empty_is_dropped() -> None:
    week = every_day("America/New_York", "02:00-03:00")
    assert opened(week, "2027-03-14", "2027-03-14") == []


def test_lord_howe_loses_and_gains_half_an_hour() -> None:
    week = every_day("Australia/Lord_Howe", "00:00-24:00")
    assert opened(week, "2027-10-03", "2027-10-03") == ["03 00:00+1030 - 04 00:00+1100"]
    week = every_day("Australia/Lord_Howe", "02:10-02:40")
    assert opened(week, "2027-10-03", "2027-10-03") == []
    assert opened(week, "2027-10-04", "2027-10-04") == ["04 02:10+1100 - 04 02:40+1100"]


def test_apia_skips_a_whole_day() -> None:
    friday = on_day("Pacific/Apia", 4, "09:00-17:00", d2011_12_30=hours("08:00-12:00"))
    assert opened(friday, "2011-12-29", "2011-12-31") == []
    thursday_night = on_day("Pacific/Apia", 3, "22:00-02:00")
    assert opened(thursday_night, "2011-12-29", "2011-12-31") == ["29 22:00-1000 - 31 02:00+1400"]
    assert opened(thursday_night, "2011-12-31", "2011-12-31") == ["31 00:00+1400 - 31 02:00+1400"]
    assert opened(on_day("Pacific/Apia", 3, "00:00-24:00"), "2011-12-29", "2011-12-31") == [
        "29 00:00-1000 - 31 00:00+1400"
    ]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("Africa/Cairo", "2027-04-30", "30 01:00+0300 - 30 02:00+0300"),
        ("America/Santiago", "2027-09-05", "05 01:00-0300 - 05 02:00-0300"),
    ],
)
def test_a_day_without_its_first_hour(zone: str, day: str, expected: str) -> None:
    assert opened(every_day(zone, "00:00-02:00"), day, day) == [expected]


def test_a_night_into_a_day_without_its_first_hour() -> None:
    # Saturday's night ends inside the hour that Santiago skips.
    week = on_day("America/Santiago", 5, "22:00-00:30")
    assert opened(week, "2027-09-04", "2027-09-05") == ["04 22:00-0400 - 05 01:30-0300"]


def test_24_00_is_the_next_midnight() -> None:
    week = every_day("Europe/London", "00:00-24:00")
    for day, length in (("2027-03-28", 23), ("2027-10-31", 25), ("2027-10-30", 24)):
        tz = ZoneInfo("Europe/London")
        first = date.fromisoformat(day)
        start = to_minute(datetime.combine(first, datetime.min.time(), tz))
        end = to_minute(datetime.combine(first + timedelta(days=1), datetime.min.time(), tz))
        only = Week(week.timezone, ((),) * 7, ((first, hours("00:00-24:00")),))
        assert open_minutes(only, start - 3000, end + 3000).bit_count() == length * 60
        assert open_minutes(week, start, end) == masks.full(length * 60)


def test_a_night_belongs_to_the_day_it_starts_on() -> None:
    week = on_day("Europe/London", 4, "22:00-02:00")
    assert opened(week, "2027-03-05", "2027-03-06") == ["05 22:00+0000 - 06 02:00+0000"]
    assert opened(week, "2027-03-06", "2027-03-06") == ["06 00:00+0000 - 06 02:00+0000"]


def test_an_override_leaves_the_tail_of_the_night_before() -> None:
    week = on_day("Europe/London", 4, "22:00-02:00", d2027_03_06=hours("10:00-11:00"))
    assert opened(week, "2027-03-06", "2027-03-06") == [
        "06 00:00+0000 - 06 02:00+0000",
        "06 10:00+0000 - 06 11:00+0000",
    ]


def test_an_override_of_the_night_removes_its_tail_too() -> None:
    week = on_day("Europe/London", 4, "22:00-02:00", d2027_03_05=NO_HOURS)
    assert opened(week, "2027-03-05", "2027-03-06") == []


def test_ranges_of_neighbouring_days_join() -> None:
    week = every_day("Europe/London", "20:00-02:00", "01:00-03:00")
    assert opened(week, "2027-06-01", "2027-06-01") == [
        "01 00:00+0100 - 01 03:00+0100",
        "01 20:00+0100 - 02 00:00+0100",
    ]


def test_default_hours_are_the_tenants() -> None:
    assert opened(default_hours("Asia/Kolkata"), "2027-03-05", "2027-03-08") == [
        "05 09:00+0530 - 05 17:00+0530",
        "08 09:00+0530 - 08 17:00+0530",
    ]
