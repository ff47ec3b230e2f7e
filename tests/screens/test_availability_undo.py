"""Whatever is done in the editor, as many undos lead back to the saved week, and as many redos forward again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pmtui.backend.availability import edits
from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.availability.hours import format_week
from pmtui.backend.availability.records import AvailabilityRecord, KeptDraft
from pmtui.backend.slots.values import CalendarState, Hours, Week
from pmtui.screens.availability_draft import Draft
from tests.backend.availability.weeks import OFFICE, day_hours, weeks
from tests.clock import START

SAVED = AvailabilityRecord(None, 0, "America/Chicago", "America/Chicago", CalendarState.OUTLOOK, None, None)
blocks = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 47), st.integers(0, 47)).map(
    lambda b: (min(b[:2]), min(b[2:]) * 30, max(b[2:]) * 30 + 30, max(b[:2]) - min(b[:2]) + 1)
)
Edit = Callable[[Week, int, int, int, int], Week]
_EDITS: tuple[Edit, ...] = (edits.toggle, edits.open_, edits.close)
others = st.sampled_from(("sat 9-12", "all none", "mon-fri 22-6+1")).map(lambda line: parse_entry(line, OFFICE).week)
dates = st.dates(date(2027, 3, 1), date(2027, 3, 14))


class Editing(RuleBasedStateMachine):
    """A coach at the editor, another session that saves, and a list of the weeks there have been."""

    @initialize(week=weeks)
    def open(self, week: Week) -> None:
        self.draft = Draft()
        self.record = replace(SAVED, week=week, version=1)
        self.draft.read(self.record)
        self.before: list[Week] = [week]

    def changed(self, week: Week) -> None:
        if self.draft.change(week):
            self.before.append(week)

    @rule(block=blocks, edit=st.sampled_from(_EDITS))
    def paint(self, block: tuple[int, int, int, int], edit: Edit) -> None:
        self.changed(edit(self.draft.week, *block))

    @rule(day=st.integers(0, 6), days=st.sampled_from((1, 5, 7)))
    def copy(self, day: int, days: int) -> None:
        self.changed(edits.set_day(self.draft.week, day if days == 1 else 0, self.draft.week.days[day], days))

    @rule(on=dates, hours=st.one_of(st.none(), day_hours))
    def date(self, on: date, hours: tuple[Hours, ...] | None) -> None:
        self.changed(edits.set_date(self.draft.week, on, hours))

    @rule(line=st.sampled_from(("mon-thu 9-12, 13-17", "fri +18-19", "all none", "weekend 22-2", "2027-03-05 none")))
    def type(self, line: str) -> None:
        self.changed(parse_entry(line, self.draft.week).week)

    @rule(zone=st.sampled_from(("UTC", "Europe/London")), by=st.sampled_from((0, 60, -360)))
    def zone(self, zone: str, by: int) -> None:
        self.changed(edits.shift(edits.set_timezone(self.draft.week, zone), by))

    @rule()
    def revert(self) -> None:
        if self.draft.revert():
            self.before.append(self.draft.week)

    @rule(week=others)
    def take_up(self, week: Week) -> None:
        if self.draft.record is not None and week != self.draft.week:
            self.draft.take_up(KeptDraft(week, self.draft.record.version, START))
            self.before.append(week)

    @rule()
    def undo(self) -> None:
        if self.draft.undo():
            self.before.pop()

    @rule(week=others)
    def another_session_saves(self, week: Week) -> None:
        """With edits it waits until they are saved; without, its week is the saved one from now on."""
        self.record = replace(self.record, week=week, version=self.record.version + 1)
        edited = self.draft.edited
        self.draft.read(self.record)
        if not edited and week != self.before[-1]:
            self.before = [week]

    @invariant()
    def as_many_undos_and_redos(self) -> None:
        if not hasattr(self, "draft"):
            return
        for week in reversed(self.before[:-1]):
            assert self.draft.undo()
            assert self.draft.week == week
        assert not self.draft.undo()
        for week in self.before[1:]:
            assert self.draft.redo()
            assert self.draft.week == week

    @invariant()
    def what_is_shown_reads_back(self) -> None:
        if hasattr(self, "draft"):
            week = self.draft.week
            assert parse_entry("; ".join(format_week(week)), Week(week.timezone)).week == week


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
