"""The Auto Coaching screen: the rules, who falls under them, and the form that makes and changes them."""

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from pmtui.backend.actor import Actor
from pmtui.backend.coaching.records import MatchRecord, RuleDraft, RuleRecord
from pmtui.backend.errors import Conflict, SavedElsewhere
from pmtui.backend.states import Comparison, Priority, Topic
from pmtui.background import Opened
from pmtui.screens.auto_coaching import AutoCoachingScreen
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.rule import RuleDialog
from tests import snapshots
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.stand_in import ADMINISTRATOR, COACH, StandIn

QUALITY = RuleDraft(
    "Quality",
    "quality",
    Comparison.BELOW,
    80,
    Priority.HIGH,
    description="Calls that were scored badly.",
    teams=("North", "South"),
    target=(85, 30),
    minutes=45,
    cooldown_days=14,
)
HANDLING = RuleDraft("Handling time", "aht", Comparison.ABOVE, 420.5)


@dataclass
class Ruled(StandIn):
    """An organisation with two rules."""

    rules: tuple[RuleRecord, ...] = (RuleRecord(QUALITY, 1, 2), RuleRecord(HANDLING, 3, 0))

    def list_rules(self, actor: Actor) -> tuple[RuleRecord, ...]:
        self._asked("list_rules")
        return self.rules

    def matches(self, actor: Actor, name: str) -> tuple[MatchRecord, ...]:
        self._asked("matches")
        on = date(2027, 2, 28)
        found = (("Alba", 61.5, 0.23), ("Bo", 78, 0.02)) if name == "Quality" else ()
        return tuple(
            MatchRecord(who, f"{who.lower()}@acme.example", name, Priority.HIGH, "quality", value, on, miss)
            for who, value, miss in found
        )

    def save(self, actor: Actor, draft: RuleDraft, version: int = 0) -> RuleRecord:
        self._asked("save")
        there = {one.rule.name: one for one in self.rules}
        if version == 0 and draft.name in there:
            raise Conflict("rule_exists", f"There is a rule {draft.name!r} already.", "Choose another name.")
        if version and there[draft.name].version != version:
            raise SavedElsewhere("saved_elsewhere", "Somebody else has changed this rule.", "Look at it again.")
        saved = RuleRecord(draft, version + 1, 0)
        self.rules = tuple({**there, draft.name: saved}.values())
        return saved

    def remove(self, actor: Actor, name: str) -> None:
        self._asked("remove")
        self.rules = tuple(one for one in self.rules if one.rule.name != name)

    def open(self) -> Opened:
        """The backend, open."""
        opened = super().open()
        services: Any = opened.services
        services.rules = SimpleNamespace(list=self.list_rules, matches=self.matches, save=self.save, remove=self.remove)
        return opened


def names(pressed: Pressed) -> list[str]:
    assert isinstance(pressed.app.screen, AutoCoachingScreen)
    return [row.rule.name for row in pressed.app.screen.table.rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_rules(opened: Open, size: tuple[int, int]) -> None:
    async with opened(Ruled(ADMINISTRATOR), size) as pressed:
        await pressed.keys("5")
        snapshots.check(pressed.app, f"auto-coaching-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(lambda: Ruled(ADMINISTRATOR), "5")


async def test_a_coach_does_not_have_it(opened: Open) -> None:
    async with opened(StandIn(COACH)) as pressed:
        await pressed.keys("5")
        assert not pressed.shows(AutoCoachingScreen)


async def test_who_falls_under_a_rule(opened: Open) -> None:
    async with opened(Ruled(ADMINISTRATOR)) as pressed:
        await pressed.keys("5", "enter")
        assert pressed.shows(LinesDialog)
        snapshots.check(pressed.app, "rule-80x24")


async def test_without_rules_it_says_how_to_begin(opened: Open) -> None:
    async with opened(Ruled(ADMINISTRATOR, rules=())) as pressed:
        await pressed.keys("5")
        shown = snapshots.text(pressed.app)
        assert "No rules here. n makes one" in shown
        assert "edit" not in shown


async def test_a_rule_is_made_field_by_field(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "n")
        snapshots.check(pressed.app, "rule-form-80x24")
        await pressed.keys(*"Short calls", "enter", *"calls", "enter", *"under 5", "enter", *"low", "enter")
        await pressed.keys("enter", "enter", *"North, South", "f2")
        assert pressed.shows(AutoCoachingScreen)
        assert stand_in.rules[-1].rule == RuleDraft(
            "Short calls", "calls", Comparison.BELOW, 5, Priority.LOW, teams=("North", "South")
        )
        assert names(pressed) == ["Quality", "Handling time", "Short calls"]


async def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "n", *"Quality", "enter", *"q", "enter", *"worse than 5", "f2")
        snapshots.check(pressed.app, "rule-form-wrong-80x24")
        assert pressed.app.focused is pressed.app.screen.query_one("#field-when")
        await pressed.keys("ctrl+u", *"> 5", "f2")
        assert "There is a rule 'Quality' already." in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert pressed.shows(ConfirmDialog)
        await pressed.keys("enter")  # go on typing
        assert pressed.shows(RuleDialog)
        assert "> 5" in snapshots.text(pressed.app)
        await pressed.keys("escape", "y")
        assert pressed.shows(AutoCoachingScreen)
        assert len(stand_in.rules) == 2


async def test_a_rule_is_changed_from_the_version_that_was_seen(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "e", "down", "ctrl+u", *"at most 75", "f2")
        assert stand_in.rules[0] == RuleRecord(replace(QUALITY, comparison=Comparison.AT_MOST, value=75), 2, 0)
        await pressed.keys("e", "down", "ctrl+u", *"below 9")
        stand_in.rules = (replace(stand_in.rules[0], version=9), *stand_in.rules[1:])
        await pressed.keys("f2")
        assert "Somebody else has changed this rule." in snapshots.text(pressed.app)


async def test_a_rule_is_removed_after_asking(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5", "x")
        assert "2 agents fall under it now" in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert len(stand_in.rules) == 2
        await pressed.keys("x", "y")
        assert names(pressed) == ["Handling time"]


async def test_what_somebody_else_changes_is_shown_and_words_narrow(opened: Open) -> None:
    stand_in = Ruled(ADMINISTRATOR)
    async with opened(stand_in) as pressed:
        await pressed.keys("5")
        stand_in.rules = (*stand_in.rules, RuleRecord(replace(HANDLING, name="New one"), 1, 7))
        stand_in.bump(Topic.COACHING)
        await pressed.look()
        assert "3 rules · 9 agents fall under one now" in snapshots.text(pressed.app)
        await pressed.keys("slash", *"south", "enter")
        assert names(pressed) == ["Quality"]
