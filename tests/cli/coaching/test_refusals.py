"""`pmtui coaching`: how it refuses, what it asks first, and what can be had anyway."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

import pytest

from pmtui.backend.slots.values import Span, to_minute
from pmtui.backend.states import Permission
from pmtui.cli import asking, connecting
from tests.cli.coaching.conftest import PAIR, Pmtui, act_as
from tests.clock import START
from tests.world import World


def test_reschedule_reads_the_calendars_first(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    pmtui("approve", name)
    world.clock.advance(minutes=6)
    looked: list[bool] = []

    def read(done: Callable[[], bool]) -> bool:
        looked.append(done())
        with world.database.write(world.operator) as tx:
            tx.db.connection().exec_driver_sql(f"UPDATE calendar_facts SET read_at = '{world.clock.at:%F %T}.000000'")
        return done()

    monkeypatch.setattr(connecting, "wait_until", read)
    monkeypatch.setattr(connecting, "worker", lambda services: nullcontext())
    code, out, err = pmtui("reschedule", name, "--start", "2027-03-01 14:00")
    assert (code, looked, err) == (0, [False], "Reading the calendars first ...\n")
    assert "14:00-14:30" in out
    world.clock.advance(minutes=6)
    monkeypatch.setattr(connecting, "wait_until", lambda done: done())
    code, out, err = pmtui("reschedule", name, "--start", "2027-03-01 15:00")
    assert (code, out) == (1, "")
    assert err.splitlines()[1].endswith("They are being read: try again in a moment.")


def test_an_approval_that_waits_says_so(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    world.clock.advance(minutes=6)
    code, out, _ = pmtui("approve", name)
    assert (code, "being approved" in out) == (0, True)


def test_a_refused_approval_is_one_line_and_exit_1(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM person_permission WHERE permission = 'Coach View Access'")
    code, out, err = pmtui("approve", name)
    assert (code, out) == (1, "")
    assert err.startswith(f"pmtui: Session {name} was not approved. Dana coaches no more. ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("propose", *PAIR, "--start", "tomorrow"), 2, "start: 'tomorrow' is not a start."),
        (("propose", *PAIR, "--start", "2027-03-01 10:07"), 1, "not at 10:07"),
        (("propose", *PAIR, "--start", "2027-03-01 12:00"), 1, "Dana is busy in Outlook then."),
        (("find", *PAIR, "--minutes", "20"), 2, "can't last 20 minutes"),
        (("find", "--coach", "x", "--agent", "y"), 1, "nobody here"),
        (("find", "--coach", "x"), 2, "--agent"),
        (("approve", "ZZZZZZ"), 1, "no session"),
        (("reschedule", "ZZZZZZ", "--start", "2027-03-01 10:15"), 1, "no session"),
        (("reschedule", "ZZZZZZ"), 1, "no session"),
        (("list", "--days", "-1"), 2, "--days"),
        (("list", "--days", "999999999"), 2, "--days"),
        (("propose", *PAIR, "--start", "0001-01-01 00:00"), 1, "That time has passed."),
        (("propose", *PAIR, "--start", "9999-12-31T12:00Z"), 1, "more than 400 days ahead"),
    ],
)
def test_what_is_wrong_is_one_line(pmtui: Pmtui, arguments: tuple[str, ...], code: int, said: str) -> None:
    exit_code, out, err = pmtui(*arguments)
    assert (exit_code, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_taken_time_is_told(pmtui: Pmtui) -> None:
    pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")
    code, _, err = pmtui("propose", *PAIR, "--start", "2027-03-01 10:30")
    assert code == 1
    assert err.startswith("pmtui: That time is taken. Dana has another coaching session then.")


def test_a_missing_permission_is_told(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    act_as(world, monkeypatch, "dana")
    code, _, err = pmtui("approve", name)
    assert code == 1
    assert Permission.APPROVE.value in err


def test_a_time_that_is_not_offered_is_booked_after_a_yes_to_every_reason(
    pmtui: Pmtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ("propose", *PAIR, "--start", "2027-03-01 12:07")
    reasons = (
        "That time is not offered:\n  Dana is busy in Outlook then.\n"
        "  Sessions start every 15 minutes of the coach's clock, not at 12:07.\n"
    )
    assert pmtui(*at)[2].endswith("Choose one of the times offered, or repeat with --anyway.\n")
    code, out, err = pmtui(*at, "--anyway")
    assert (code, out) == (2, "")
    assert err.startswith(reasons)
    assert err.endswith("Repeat with --yes --expect 2.\n")
    assert pmtui(*at, "--anyway", "--yes", "--expect", "1")[0] == 1
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    assert pmtui(*at, "--anyway")[0] == 1
    assert pmtui("list")[1] == "There are no sessions.\n"
    monkeypatch.setattr("typer.confirm", lambda question, default: question == "Book it anyway?")
    code, out, err = pmtui(*at, "--anyway")
    assert (code, err) == (0, reasons)
    assert "booked anyway: busy (Dana), not one of the starts that are looked at" in out
    name = out.split()[0]
    assert "scheduled  booked anyway: busy (Dana)" in pmtui("approve", name)[1]
    code, out, _ = pmtui("reschedule", name, "--start", "2027-03-01 12:15", "--anyway", "--yes", "--expect", "1")
    assert (code, "12:15-12:45" in out, "booked anyway: busy (Dana)" in out) == (0, True, True)


def test_a_refused_approval_names_the_best_new_time_and_one_command_takes_it(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("DELETE FROM calendar_facts")
    ten = to_minute(START + timedelta(hours=8))
    world.facts("dana", 1, [Span(ten - 60, ten + 60)])
    code, out, err = pmtui("approve", name)
    assert (code, out) == (1, "")
    assert err.startswith(
        f"pmtui: Session {name} was not approved. Dana is busy in Outlook then. The best new time is Tue 2 Mar 09:00. "
    )
    assert "approval refused. Dana is busy in Outlook then. The best new time is Tue 2 Mar 09:00." in pmtui("list")[1]
    code, out, _ = pmtui("reschedule", name, "--best")
    assert (code, "Tue  2 Mar 2027 09:00-09:30" in out, "attention" in out) == (0, True, False)
    assert pmtui("reschedule", name, "--best", "--start", "2027-03-01 10:15")[0] == 2
    world.clock.advance(hours=2)
    code, out, err = pmtui("reschedule", name, "--best")
    assert (code, out) == (1, "")
    assert err.startswith(
        "pmtui: There is no other time in the next 14 days. Nothing can be offered until the calendar"
    )


def test_a_refused_approval_can_be_had_anyway(pmtui: Pmtui, world: World) -> None:
    name = pmtui("propose", *PAIR, "--start", "2027-03-01 10:15")[1].split()[0]
    with world.database.write(world.operator) as tx:
        tx.db.connection().exec_driver_sql("UPDATE connection SET state = 'needs_reconnecting'")
    assert pmtui("approve", name)[0] == 1
    code, out, err = pmtui("approve", name, "--anyway", "--yes", "--expect", "1")
    assert (code, "scheduled  booked anyway: the calendar can't be read (Dana)" in out) == (0, True)
    assert err.startswith("That time is not offered:\n  Dana's Outlook calendar has not been read yet.\n")
