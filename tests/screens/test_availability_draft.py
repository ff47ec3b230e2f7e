"""The draft: what was read never takes edits away, whatever comes when."""

from dataclasses import replace

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.records import AvailabilityRecord
from pmtui.backend.slots.values import CalendarState, Week
from pmtui.screens.availability_draft import Draft
from tests.screens.stand_in import WEEK, ZONE

SAVED = AvailabilityRecord(WEEK, 3, ZONE, ZONE, CalendarState.OUTLOOK, None, None)
MINE = parse_entry("sat 9-12", WEEK).week
THEIRS = replace(SAVED, week=parse_entry("sun 9-12", WEEK).week, version=4)


def draft(*edits: Week) -> Draft:
    made = Draft()
    made.read(SAVED)
    for week in edits:
        assert made.change(week)
    return made


def test_nothing_is_unsaved_at_first() -> None:
    assert not Draft().unsaved
    assert not draft().unsaved
    assert not draft().change(WEEK)
    never = Draft()
    never.read(replace(SAVED, week=None, version=0))
    assert (never.week, never.unsaved) == (Week(ZONE), False)


def test_a_newer_save_is_taken_only_without_edits() -> None:
    untouched, edited = draft(), draft(MINE)
    untouched.read(THEIRS)
    edited.read(THEIRS)
    assert (untouched.week, untouched.record) == (THEIRS.week, THEIRS)
    assert edited.week == MINE
    assert edited.record is not None
    assert edited.record.version == 3


def test_a_late_answer_counts_for_nothing() -> None:
    made = draft(MINE)
    made.saved(replace(SAVED, week=MINE, version=4))
    made.read(SAVED)
    assert (made.week, made.unsaved) == (MINE, False)


def test_edits_made_while_saving_stay() -> None:
    made = draft(MINE)
    later = parse_entry("sat 9-13", WEEK).week
    made.change(later)
    made.saved(replace(SAVED, week=MINE, version=4))
    assert (made.week, made.unsaved) == (later, True)
    assert made.undo()
    assert (made.week, made.unsaved) == (MINE, False)


def test_after_a_save_there_is_nothing_to_undo() -> None:
    made = draft(MINE)
    made.saved(replace(SAVED, week=MINE, version=4))
    assert not made.undo()


def test_taking_theirs_can_be_undone() -> None:
    made = draft(MINE)
    made.yield_to(THEIRS)
    assert (made.week, made.unsaved) == (THEIRS.week, False)
    assert made.undo()
    assert (made.week, made.unsaved) == (MINE, True)


def test_without_the_calendar_edits_wait() -> None:
    made = draft(MINE)
    made.read(replace(SAVED, calendar=CalendarState.NONE))
    assert (made.editable, made.unsaved, made.week) == (False, False, MINE)
    made.read(SAVED)
    assert (made.unsaved, made.week) == (True, MINE)
