"""The grammar of typed hours: every form, what it is echoed as, and what is answered to the rest."""

from random import Random

import pytest

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_day
from pmtui.backend.availability.typed import parse_ranges
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.values import Hours, Week
from tests.backend.availability.weeks import OFFICE


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("9-12, 13:30-17", "09:00-12:00, 13:30-17:00"),
        ("9-12 13-17", "09:00-12:00, 13:00-17:00"),
        ("9 to 12 and 13 – 17", "09:00-12:00, 13:00-17:00"),
        ("9am-5pm", "09:00-17:00"),
        ("9-5pm", "09:00-17:00"),
        ("1-5pm", "13:00-17:00"),
        ("9am-5", "09:00-17:00"),
        ("10pm-6", "22:00-06:00+1"),
        ("12-1pm", "12:00-13:00"),
        ("9 A.M. - noon", "09:00-12:00"),
        ("noon-5", "12:00-17:00"),
        ("8pm-midnight", "20:00-24:00"),
        ("0900-1730", "09:00-17:30"),
        ("930-12", "09:30-12:00"),
        ("22-2", "22:00-02:00+1"),
        ("20-8", "20:00-08:00+1"),
        ("17-9+1", "17:00-09:00+1"),
        ("20-0", "20:00-24:00"),
        ("20-24:00", "20:00-24:00"),
        ("all", "00:00-24:00"),
        ("0-24", "00:00-24:00"),
        ("none", "none"),
        ("-", "none"),
        ("11-13, 9-12, 13-14", "09:00-14:00"),
    ],
)
def test_ranges(text: str, hours: str) -> None:
    assert format_day(parse_ranges(text), compact=False) == hours


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("9-5", "9-17? for overnight write 9-5+1"),
        ("9am-5am", "9-17? for overnight write 9-5+1"),
        ("17-9", "17-21? for overnight write 17-9+1"),
        ("20-12", "20-24? for overnight write 20-12+1"),
        ("20-13", "until 13:00 the next day? for overnight write 20-13+1"),
        ("+9-5", "9-17? for overnight write 9-5+1"),
    ],
)
def test_a_long_bare_night_is_asked_about_and_not_applied(text: str, question: str) -> None:
    entry = parse_entry(text, OFFICE, 0)
    assert (entry.question, entry.week) == (question, OFFICE)
    if not text.startswith("+"):
        with pytest.raises(BadInput, match="for overnight write"):
            parse_ranges(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tuee 9-12", "“tuee” is not a day. Try tue."),
        ("mon-fry 9-12", "“fry” is not a day. Try fri."),
        ("t 9-12", "“t” is not a day."),
        ("9-", "“9-” has no end. Try 9-17."),
        ("9", "“9” has no end. Try 9-17."),
        ("9-25", "“25” is not a time of day."),
        ("9-12:75", "“12:75” is not a time of day."),
        ("9-17pm", "“17pm” is not a time of day. Times go from 0:00 to 24:00; try 17."),
        ("9-9", "“9-9” ends where it starts. For the whole day write all."),
        ("0-0", "“0-0” ends where it starts. For the whole day write all."),
        ("24-3", "A range can't start at 24:00. Try 0 on the next day."),
        ("9-17+1", "“9-17+1” is longer than a day. Try 9-17."),
        ("+9-12, 13-14", "“13-14” follows a change. Write +13-14, or put it first."),
        ("none, 9-12", "This is closed and open at once."),
        ("9-12, noonish", "“noonish” is not understood. Try 9-12, 13-17, or none."),
        ("weekdays", "There are no hours yet. Try weekdays 9-12, 13-17."),
        ("", "There are no hours yet."),
        ("2027-02-30 none", "“2027-02-30” is not a date."),
        ("9-12-13", "not understood"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_would_be(text: str, line: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_entry(text, OFFICE, 0)
    assert line in caught.value.line


@pytest.mark.parametrize(
    ("text", "days", "hours"),
    [
        ("mon 9-12", (0,), "9-12"),
        ("tue-thu 9-12", (1, 2, 3), "9-12"),
        ("mon,wed 9-12", (0, 2), "9-12"),
        ("Mon, Wed-Fri: 9-12", (0, 2, 3, 4), "9-12"),
        ("weekdays 9-12", (0, 1, 2, 3, 4), "9-12"),
        ("weekend all", (5, 6), "0-24"),
        ("all 9-12", (0, 1, 2, 3, 4, 5, 6), "9-12"),
        ("all none", (0, 1, 2, 3, 4, 5, 6), "none"),
        ("sat-mon 22-2", (5, 6, 0), "22-2+1"),
        ("thurs noon-5pm", (3,), "12-17"),
        ("all", (2,), "0-24"),
        ("9-12", (2,), "9-12"),
    ],
)
def test_days(text: str, days: tuple[int, ...], hours: str) -> None:
    entry = parse_entry(text, OFFICE, 2)
    assert entry.days == days
    assert {format_day(entry.week.days[day]) for day in days} == {hours}
    assert all(entry.week.days[day] == OFFICE.days[day] for day in range(7) if day not in days)


def test_adding_and_taking_away_starts_from_what_is_there() -> None:
    week = parse_entry("weekdays +12:30-14, -10-11", OFFICE).week
    assert format_day(week.days[0]) == "9-10, 11-12, 12:30-17"
    assert format_day(week.days[4]) == "9-10, 11-14"
    assert parse_entry("sat 9-17, -12-13", OFFICE).week.days[5] == (Hours(540, 720), Hours(780, 1020))


def test_the_echo_says_what_was_understood() -> None:
    assert parse_entry("tue-thu 9-12, 13-17", OFFICE).echo == "Tue Wed Thu  09:00-12:00, 13:00-17:00   no change"
    assert parse_entry("thu-fri +20-21", OFFICE).echo == (
        "Thu  09:00-12:00, 13:00-17:00, 20:00-21:00   Fri  09:00-12:30, 20:00-21:00"
    )
    assert parse_entry("sat none", OFFICE).echo == "Sat  closed   no change"
    assert parse_entry("mon 1-3:15pm", OFFICE, clock24=False).echo == "Mon  1:00pm-3:15pm"


def test_the_echo_names_the_night_that_stays() -> None:
    week = parse_entry("fri 22-2", OFFICE).week
    assert parse_entry("sat none", week).echo.endswith("Fri's night stays open until Sat 02:00")


def test_several_lines_in_one() -> None:
    entry = parse_entry("mon-thu 9-12 · fri 9-12:30; sat none", Week("UTC"))
    assert [format_day(hours) for hours in entry.week.days] == ["9-12"] * 4 + ["9-12:30", "none", "none"]
    with pytest.raises(BadInput, match="which days"):
        parse_entry("9-12", OFFICE)


def test_dates_have_hours_of_their_own() -> None:
    week = parse_entry("2027-03-01, 2027-03-02 14-18", OFFICE).week
    week = parse_entry("2027-03-03 none", week).week
    week = parse_entry("2027-03-04 -10-11", week).week
    assert [(on.day, format_day(hours)) for on, hours in week.overrides] == [
        (1, "14-18"),
        (2, "14-18"),
        (3, "none"),
        (4, "9-10, 11-12, 13-17"),
    ]
    assert week.days == OFFICE.days
    night = parse_entry("2027-03-01 20-4", OFFICE).week
    with pytest.raises(BadInput, match="next day"):
        parse_entry("2027-03-01 -22-1", night)


_PIECES = (
    "9 12 24 25 0900 1730 9am 12pm 13:30 9.15 9h30 noon midnight - – + +1 , ; : & and to · all none off open closed mon"
    " tue-thu fri-mon weekdays weekend daily monday tuee sonntag 2027-03-05 2027-02-30 a p m am 99 -1 é 九 ９"
)
_CHARACTERS = "0123456789-+:,; apmo·\t\n\r\x0b\x1c\u2028é九９🙂\x00"


def random_line(random: Random) -> str:
    if random.random() < 0.3:
        return "".join(random.choices(_CHARACTERS, k=random.randrange(20)))
    return random.choice(("", " ")).join(random.choices(_PIECES.split(), k=random.randrange(8)))


@pytest.mark.parametrize("seed", range(10))
def test_any_of_10_000_lines_is_answered_or_corrected_in_one_line(seed: int) -> None:
    random = Random(seed)
    for _ in range(1000):
        line, day = random_line(random), random.choice((None, 0, 6))
        try:
            entry = parse_entry(line, OFFICE, day)
        except BadInput as error:
            said = error.line
        else:
            said = entry.echo
            assert entry.week == OFFICE if entry.question else (entry.days or entry.dates), line
        assert len(said.splitlines()) == 1, line
