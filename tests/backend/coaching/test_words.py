"""What is said about a time, and what is read of one: pure functions."""

import string
from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.coaching import codes, words
from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.errors import BadInput, NotFound
from pmtui.backend.slots.values import CalendarState, PartyName, Reason, ReasonCode

NOW = datetime(2027, 3, 1, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize("code", ReasonCode)
@pytest.mark.parametrize("calendar", CalendarState)
def test_every_reason_is_a_sentence_with_the_persons_name(code: ReasonCode, calendar: CalendarState) -> None:
    said = words.reason_in_words(Reason(PartyName.COACH, code, "Break"), "Dana Reyes", calendar, "America/Chicago")
    assert said.endswith(".")
    assert "_" not in said.replace("America/Chicago", "")
    assert "Dana Reyes" in said or code is ReasonCode.OUTSIDE_DEFAULT_HOURS
    assert words.removed_in_words([(code, 1234)])[0].startswith("1,234: ")


SENTENCES = {
    ReasonCode.CALENDAR_UNKNOWN: "Dana's WFM calendar has not been read that far.",
    ReasonCode.AVAILABILITY_NOT_SET: "Dana has not set an availability yet.",
    ReasonCode.OUTSIDE_DEFAULT_HOURS: "It is outside the default hours, Mon-Fri 9 to 5, America/Chicago.",
    ReasonCode.OUTSIDE_AVAILABILITY: "It is outside Dana's availability.",
    ReasonCode.OUTSIDE_SCHEDULE: "Dana is not scheduled then.",
    ReasonCode.NOT_OVERWRITABLE: "Dana has Break in the WFM schedule then.",
    ReasonCode.BUSY: "Dana is busy in WFM then.",
    ReasonCode.OWN_SESSION: "Dana has another coaching session then.",
    ReasonCode.BUFFER: "For Dana it is too close to something else.",
    ReasonCode.NOTICE: "For Dana it is too soon.",
    ReasonCode.HORIZON: "For Dana it is too far ahead.",
    ReasonCode.LIMIT: "Dana has enough sessions already.",
}


def test_each_reason_says_what_it_is() -> None:
    assert {
        code: words.reason_in_words(
            Reason(PartyName.COACH, code, "Break"), "Dana", CalendarState.WFM, "America/Chicago"
        )
        for code in ReasonCode
    } == SENTENCES


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("coach:busy", "busy (Dana)"),
        ("coach:busy@entry.600.630", "busy (Dana)"),
        ("agent:not_overwritable@entry.1.2+entry.3.4:Team@home: huddle", "Team@home: huddle in the WFM schedule (Kim)"),
        ("agent:busy", "busy (Kim)"),
        ("agent:not_overwritable:Team: huddle", "Team: huddle in the WFM schedule (Kim)"),
        ("agent:not_overwritable", "a break, an absence or a meeting in the WFM schedule (Kim)"),
        ("coach:notice", "too soon"),
        ("coach:horizon", "too far ahead"),
        ("coach:outside_default_hours", "outside the default hours"),
        ("coach:off_the_grid", "not one of the starts that are looked at"),
    ],
)
def test_what_was_overruled_is_said_in_a_few_words(key: str, said: str) -> None:
    assert words.overruled(key, "Dana", "Kim") == said


@pytest.mark.parametrize(
    ("since_at", "why", "said"),
    [
        (datetime(2027, 3, 1, 14, 5, tzinfo=UTC), "", "Dana's Google calendar can't be read since 14:05."),
        (datetime(2027, 2, 3, 9, 0, tzinfo=UTC), "timed_out", "Dana's Google calendar can't be read since 3 Feb 09:00"),
        (None, "never_read", "Dana's Google calendar has not been read yet."),
        (NOW, "never_read", "Dana's Google calendar has not been read yet."),
    ],
)
def test_an_unknown_calendar_says_since_when(since_at: datetime | None, why: str, said: str) -> None:
    assert words.unknown("Dana", CalendarState.GOOGLE, since_at, why, NOW, "UTC").startswith(said)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("http_503", "it answers with error 503"),
        ("signed_out:700082", "the sign-in has ended, code 700082"),
        ("timed_out", "it does not answer in time"),
        ("too_old", "the last reading is too old"),
        ("not_in_wfm", "the WFM no longer knows this person"),
    ],
)
def test_why_a_calendar_is_unknown_is_said_in_plain_words(why: str, said: str) -> None:
    sentence = words.unknown("Dana", CalendarState.OUTLOOK, NOW, why, NOW, "UTC")
    assert sentence == f"Dana's Outlook calendar can't be read since 20:00 ({said})."


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2027-03-01 10:15", "America/Chicago", "2027-03-01T16:15"),
        ("2027-03-01T9:15", "America/Chicago", "2027-03-01T15:15"),
        ("2027-03-01T10:15Z", "America/Chicago", "2027-03-01T10:15"),
        ("2027-03-01t10:15:00 +05:45", "America/Chicago", "2027-03-01T04:30"),
        ("2027-03-14 02:30", "America/Chicago", "2027-03-14T08:30"),  # the clocks skip it: reads as 3:30
        ("2027-11-07 01:30", "America/Chicago", "2027-11-07T06:30"),  # shown twice: the first
    ],
)
def test_a_start_is_local_or_carries_its_offset(text: str, zone: str, utc: str) -> None:
    assert parse_start(text, zone) == datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2027-03-01",
        "10:15",
        "2027-02-30 10:15",
        "2027-03-01 25:00",
        "2027-03-01 10:15:30",
        "0001-01-01 00:00+14:00",
    ],
)
def test_what_is_no_start_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_start(text, "UTC")
    assert refused.value.where == "start"


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("mon 15:00", "2027-03-01 15:00"),  # now it is Monday 14:00 there
        ("mon 9:00", "2027-03-08 09:00"),  # that of today has passed
        ("Tuesday 9:05", "2027-03-02 09:05"),
        ("today 9:00", "2027-03-01 09:00"),
        ("tomorrow 12:30AM", "2027-03-02 00:30"),
        ("5 mar 2:15 pm", "2027-03-05 14:15"),
        ("March 5 12:15pm", "2027-03-05 12:15"),
        ("1 jan 10:15", "2028-01-01 10:15"),
        ("29 feb 10:15", "2028-02-29 10:15"),
    ],
)
def test_the_next_day_of_that_name_is_meant(text: str, local: str) -> None:
    assert parse_start(text, "America/Chicago", NOW) == parse_start(local, "America/Chicago")


@pytest.mark.parametrize(
    "text", ["fri 24:00", "fri 9:60", "fri 0:15am", "fri 13:00pm", "fr 9:00", "31 feb 9:00", "0 mar 9:00"]
)
def test_what_is_no_next_start_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        parse_start(text, "America/Chicago", NOW)


@given(st.dates(date(2027, 3, 2), date(2028, 2, 28)), st.times(), st.sampled_from(["%d %b", "%B %d", "%d%b"]))
def test_a_day_of_the_next_year_is_read_however_it_is_written(on: date, clock_at: time, day: str) -> None:
    at = datetime.combine(on, clock_at, UTC)
    for clock in ("%H:%M", "%I:%M%p", "%I:%M %p"):
        written = at.strftime(f"{day} {clock}")
        assert parse_start(written, "America/Chicago", NOW) == parse_start(f"{at:%Y-%m-%d %H:%M}", "America/Chicago")


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,9} ?\d{0,2} \d{1,2}:\d{2}(am|pm)?", fullmatch=True))
def test_any_text_is_a_start_or_bad_input(text: str) -> None:
    for now in (None, NOW):
        with suppress(BadInput):
            assert parse_start(text, "Asia/Kolkata", now).tzinfo is not None


def test_codes_are_read_however_they_are_typed() -> None:
    code = codes.draw()
    assert len(code) == 6
    assert codes.read(f" {code[:3].lower()}-{code[3:]} ") == code
    assert codes.read("oil") == "011"
    assert not set("ILOU") & set(codes.ALPHABET)
    with pytest.raises(NotFound):
        codes.read("K3F9!")


@given(st.text(string.printable, max_size=12))
def test_any_text_is_a_code_or_unknown(text: str) -> None:
    with suppress(NotFound):
        assert set(codes.read(text)) <= set(codes.ALPHABET)
