"""Rules and metrics of an organisation, on both databases."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pmtui.backend.coaching import metrics, rules_typed
from pmtui.backend.coaching.metrics import Metrics
from pmtui.backend.coaching.records import RuleDraft
from pmtui.backend.coaching.rules import Rules
from pmtui.backend.errors import BadInput, BadRows, Conflict, NotAllowed, NotFound, SavedElsewhere
from pmtui.backend.states import Comparison, Permission, Priority, Verb
from pmtui.backend.storage.database import Again, Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.rules import MetricValue, RuleAudience
from tests.clock import ManualClock
from tests.world import World

QUALITY = RuleDraft("Low quality", "Quality", Comparison.BELOW, 80)
HEAD = "email,metric,value,date\n"


class Rig:
    """Ada administers acme: Kim and Sam are agents of North, Far of South; Nora administers North alone."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.world = World(database, clock)
        self.world.coach("dana")
        self.world.agent("kim")
        self.world.agent("sam")
        self.world.agent("far", team="South")
        self.world.administrator("ada")
        self.world.person("nora", (Permission.ADMIN_ESSENTIALS,), team=None)
        self.world.scope("nora", team="North")
        self.rules, self.metrics = Rules(database), Metrics(database)
        self.ada, self.nora = self.world.actor("ada"), self.world.actor("nora")

    def take_in(self, *rows: str, who: str = "ada") -> None:
        self.metrics.import_file(self.world.actor(who), io.StringIO(HEAD + "".join(f"{row}\n" for row in rows)))

    def called(self) -> list[tuple[str, str]]:
        return [(one.agent, one.rule) for one in self.rules.matches(self.ada)]


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


def test_a_rule_calls_whoever_misses_it_by_the_latest_value(rig: Rig) -> None:
    rig.rules.save(rig.ada, QUALITY)
    rig.take_in("kim@acme.example,QUALITY,70,2027-02-20", "kim@acme.example,quality,90%,2027-02-21")
    assert rig.called() == []
    rig.take_in("Kim@acme.example,Quality,60,2027-02-22", "sam@acme.example,Quality,40,2027-02-01")
    assert rig.called() == [("Sam", "Low quality"), ("Kim", "Low quality")]
    (match, _) = rig.rules.matches(rig.ada, "Low quality")
    assert (match.value, match.measured_on, match.miss) == (40, date(2027, 2, 1), 0.5)
    assert [one.agents for one in rig.rules.list(rig.ada)] == [2]


def test_a_rule_of_a_team_or_group_is_for_its_agents_alone(rig: Rig) -> None:
    rig.take_in(*(f"{who}@acme.example,Quality,50,2027-02-22" for who in ("kim", "sam", "far")))
    rig.rules.save(rig.ada, replace(QUALITY, teams=("South",)))
    assert rig.called() == [("Far", "Low quality")]
    rig.world.group("Both", "North", "South")
    rig.rules.save(rig.ada, replace(QUALITY, groups=("Both",)), 1)
    assert len(rig.called()) == 3
    rig.rules.save(rig.ada, replace(QUALITY, name="Urgent", priority=Priority.HIGH, teams=("North",)))
    assert rig.called() == [("Kim", "Urgent"), ("Sam", "Urgent"), ("Far", "Low quality")]
    assert [one.rule.name for one in rig.rules.list(rig.ada)] == ["Urgent", "Low quality"]


def test_disabled_agents_are_called_no_more(rig: Rig) -> None:
    rig.rules.save(rig.ada, QUALITY)
    rig.take_in("kim@acme.example,Quality,50,2027-02-22")
    with rig.world.database.write(rig.world.operator) as tx:
        tx.db.get_one(Person, rig.world.id("kim")).disabled_at = tx.now
    assert rig.called() == []


def test_saving_starts_from_what_was_seen(rig: Rig) -> None:
    assert rig.rules.save(rig.ada, QUALITY).version == 1
    with pytest.raises(Conflict):
        rig.rules.save(rig.ada, QUALITY)
    assert rig.rules.save(rig.ada, replace(QUALITY, value=85, target=(90, 30)), 1).rule.target == (90, 30)
    with pytest.raises(SavedElsewhere):
        rig.rules.save(rig.ada, QUALITY, 1)
    with pytest.raises(NotFound):
        rig.rules.save(rig.ada, replace(QUALITY, name="Other"), 1)
    (only,) = rig.rules.list(rig.ada)
    assert (only.rule.value, only.version) == (85, 2)
    assert [row.verb for row in rig.world.rows(AuditEntry)].count(Verb.RULE_SAVED) == 2


def test_what_is_wrong_with_a_rule_is_named(rig: Rig) -> None:
    for wrong, where in (
        (replace(QUALITY, name=" "), "name"),
        (replace(QUALITY, metric=""), "metric"),
        (replace(QUALITY, title="x" * 101), "title"),
        (replace(QUALITY, minutes=20), "minutes"),
        (replace(QUALITY, look_ahead_days=43), "look-ahead"),
        (replace(QUALITY, cooldown_days=-1), "cooldown"),
    ):
        with pytest.raises(BadInput) as refused:
            rig.rules.save(rig.ada, wrong)
        assert refused.value.where == where
    with pytest.raises(NotFound):
        rig.rules.save(rig.ada, replace(QUALITY, teams=("West",)))
    assert rig.rules.list(rig.ada) == ()


def test_removing_takes_its_audience_with_it(rig: Rig) -> None:
    rig.rules.save(rig.ada, replace(QUALITY, teams=("North",)))
    rig.rules.remove(rig.ada, "Low quality")
    assert (rig.rules.list(rig.ada), rig.world.rows(RuleAudience)) == ((), [])
    with pytest.raises(NotFound):
        rig.rules.remove(rig.ada, "Low quality")


def test_a_scoped_administrator_acts_on_their_people_alone(rig: Rig) -> None:
    with pytest.raises(NotAllowed):
        rig.rules.save(rig.nora, QUALITY)  # for everybody
    with pytest.raises(NotAllowed):
        rig.rules.save(rig.nora, replace(QUALITY, teams=("South",)))
    rig.rules.save(rig.nora, replace(QUALITY, teams=("North",)))
    rig.rules.save(rig.ada, replace(QUALITY, name="South's", teams=("South",)))
    with pytest.raises(NotAllowed):
        rig.rules.save(rig.nora, replace(QUALITY, name="South's", teams=("North",)), 1)  # it is not theirs to take
    with pytest.raises(NotAllowed):
        rig.rules.remove(rig.nora, "South's")
    rig.take_in("kim@acme.example,Quality,50,2027-02-22", "far@acme.example,Quality,50,2027-02-22")
    assert [one.agent for one in rig.rules.matches(rig.nora)] == ["Kim"]
    with pytest.raises(BadRows, match="1 row is wrong"):
        rig.take_in("far@acme.example,Quality,50,2027-02-23", who="nora")


def test_only_administrators(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    for refused in (
        lambda: rig.rules.list(dana),
        lambda: rig.rules.matches(dana),
        lambda: rig.rules.save(dana, QUALITY),
        lambda: rig.rules.remove(dana, "Low quality"),
        lambda: rig.take_in("kim@acme.example,Quality,50,2027-02-22", who="dana"),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_a_file_with_a_bad_row_changes_nothing(rig: Rig) -> None:
    with pytest.raises(BadRows) as refused:
        rig.take_in(
            "kim@acme.example,Quality,50,2027-02-22",
            "nobody@acme.example,Quality,50,2027-02-22",
            "sam@acme.example,Quality,much,2027-02-22",
            "sam@acme.example,Quality,50,22.2.2027",
            "sam@acme.example,Quality,50,2027-03-09",
            "sam@acme.example,,50,2027-02-22",
            "dana@acme.example,Quality,50,2027-02-22",
        )
    assert [row.split(": ")[:2] for row in refused.value.rows] == [
        ["line 3", "email"],
        ["line 4", "value"],
        ["line 5", "date"],
        ["line 6", "date"],
        ["line 7", "metric"],
        ["line 8", "email"],  # a coach, not an agent
    ]
    assert rig.world.rows(MetricValue) == []


def test_the_same_day_again_replaces_the_value(rig: Rig) -> None:
    rig.take_in("kim@acme.example,Quality,50,2027-02-22", "kim@acme.example,Quality,55,2027-02-22")
    rig.take_in("kim@acme.example,quality,60,2027-02-22")
    assert [row.value for row in rig.world.rows(MetricValue)] == [60]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("below 80", (Comparison.BELOW, 80)),
        ("<80.5", (Comparison.BELOW, 80.5)),
        ("At Most  -3", (Comparison.AT_MOST, -3)),
        (">= 300", (Comparison.AT_LEAST, 300)),
        ("over 5%", (Comparison.ABOVE, 5)),
    ],
)
def test_comparisons_as_people_write_them(text: str, meant: tuple[Comparison, float]) -> None:
    assert rules_typed.when(text) == meant


@pytest.mark.parametrize("text", ["", "80", "below", "below x", "= 80", "below nan", "below 1_000", "above inf"])
def test_what_is_no_comparison_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        rules_typed.when(text)
    assert refused.value.where == "when"


def test_an_import_is_repeated_when_the_database_asks_to(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, times = metrics._store, []

    def contested(*given: Any) -> set[int]:
        times.append(plain(*given))
        if len(times) == 1:
            raise Again
        return times[-1]

    monkeypatch.setattr(metrics, "_store", contested)
    rig.take_in("kim@acme.example,quality,70,2027-02-20")
    assert len(times) == 2
    (value,) = rig.world.rows(MetricValue)
    assert value.value == 70
