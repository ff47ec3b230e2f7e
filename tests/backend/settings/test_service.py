"""An organisation's settings: who may change them, all or nothing, and what follows, on both databases."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.actor import worker
from pmtui.backend.errors import BadInput, NotAllowed
from pmtui.backend.settings import typed
from pmtui.backend.settings.records import Settings
from pmtui.backend.settings.service import SettingsService, settings_of
from pmtui.backend.states import Topic, Verb
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import Tenant
from pmtui.backend.storage.transaction import Transaction
from tests.clock import ManualClock
from tests.world import World


class Rig:
    """Two organisations; Ada administers acme, Dana only coaches there. `told` is what others were told of."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.world = World(database, clock)
        self.other = World(database, clock, subdomain="other", timezone="Europe/London")
        self.world.administrator("ada")
        self.world.coach("dana")
        self.other.administrator("ada")
        self.told: list[frozenset[str]] = []
        self.service = SettingsService(database, self._changed)

    def _changed(self, tx: Transaction, names: frozenset[str]) -> None:
        self.told.append(names)

    def settings(self, world: World) -> Settings:
        with world.database.read(worker(world.tenant_id)) as tx:
            return settings_of(tx)

    def zones(self) -> dict[str, str]:
        return {row.subdomain: row.timezone for row in self.world.rows(Tenant)}


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


def test_without_anything_set_the_defaults_count(rig: Rig) -> None:
    assert rig.settings(rig.world) == Settings()
    shown = {one.name: (one.value, one.default) for one in rig.service.show(rig.world.actor("ada"))}
    assert shown["session-length"] == ("30 min", "30 min")
    assert shown["look-ahead"] == ("14 days", "14 days")
    assert shown["timezone"][0] == "America/Chicago"
    assert set(shown) == set(typed.SETTINGS)


def test_a_change_counts_at_once_for_this_organisation_alone(rig: Rig) -> None:
    before = rig.world.number(Topic.COACHING)
    rig.service.change(
        rig.world.actor("ada"),
        {"notice": "24h", "tentative-is-busy": "no", "coachable-activities": "Phone, E-Mail,Phone", "hold": "3"},
    )
    assert rig.settings(rig.world) == Settings(
        notice_minutes=1440, tentative_is_busy=False, coachable_activities=("Phone", "E-Mail"), hold_days=3
    )
    assert rig.settings(rig.other) == Settings()
    assert rig.told == [frozenset({"notice_minutes", "tentative_is_busy", "coachable_activities", "hold_days"})]
    assert rig.world.number(Topic.COACHING) == before + 1
    (entry,) = (row for row in rig.world.rows(AuditEntry) if row.verb is Verb.SETTINGS_CHANGED)
    assert entry.details == {"settings": ["coachable_activities", "hold_days", "notice_minutes", "tentative_is_busy"]}
    rig.service.change(rig.world.actor("ada"), {"coachable-activities": ""})
    assert rig.settings(rig.world).coachable_activities == ()
    assert rig.settings(rig.world).hold_days == 3


def test_setting_what_is_set_already_changes_nothing(rig: Rig) -> None:
    before = rig.world.number(Topic.COACHING)
    rig.service.change(rig.world.actor("ada"), {"step": "15", "timezone": "america/chicago"})
    assert (rig.told, rig.world.number(Topic.COACHING)) == ([], before)
    assert not [row for row in rig.world.rows(AuditEntry) if row.verb is Verb.SETTINGS_CHANGED]


def test_the_zone_is_the_organisations_own(rig: Rig) -> None:
    shown = rig.service.change(rig.world.actor("ada"), {"timezone": "europe/paris"})
    assert next(one.value for one in shown if one.name == "timezone") == "Europe/Paris"
    assert rig.zones() == {"acme": "Europe/Paris", "other": "Europe/London"}
    assert rig.told == [frozenset({"timezone"})]


def test_one_that_is_wrong_changes_nothing_at_all(rig: Rig) -> None:
    with pytest.raises(BadInput) as refused:
        rig.service.change(rig.world.actor("ada"), {"notice": "24h", "step": "25"})
    assert (refused.value.where, rig.settings(rig.world)) == ("step", Settings())


def test_only_administrators_may_look_and_change(rig: Rig) -> None:
    with pytest.raises(NotAllowed):
        rig.service.show(rig.world.actor("dana"))
    with pytest.raises(NotAllowed):
        rig.service.change(rig.world.actor("dana"), {"notice": "24h"})
    with pytest.raises(NotAllowed):  # whatever was typed: nobody without the permission learns what would be right
        rig.service.change(rig.world.actor("dana"), {"nonsense": "24h"})
    assert rig.settings(rig.world) == Settings()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("session-length", "20"),
        ("session-length", ""),
        ("step", "-15"),
        ("step", "1.5"),
        ("look-ahead", "43"),
        ("look-ahead", "36h"),
        ("notice", "soon"),
        ("notice", "99999 days"),
        ("buffer-before", "5h"),
        ("hold", "0"),
        ("tentative-is-busy", "maybe"),
        ("coachable-activities", "a" * 101),
        ("coachable-activities", "a\x00b"),
        ("timezone", "Mars/Olympus"),
    ],
)
def test_nonsense_is_refused_by_the_name_of_its_setting(name: str, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        typed.parse(name, text)
    assert refused.value.where == name


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="no setting") as refused:
        typed.parse("buffer-befor", "5")
    assert refused.value.next_step == "Did you mean buffer-before?"


@given(
    st.builds(
        Settings,
        session_minutes=st.sampled_from(typed.LENGTHS),
        step_minutes=st.sampled_from(typed.STEPS),
        look_ahead_days=st.integers(0, typed.LONGEST_LOOK_AHEAD),
        notice_minutes=st.integers(0, typed.LONGEST_LOOK_AHEAD * 1440),
        buffer_before_minutes=st.integers(0, 240),
        buffer_after_minutes=st.integers(0, 240),
        hold_days=st.integers(1, typed.LONGEST_LOOK_AHEAD),
        tentative_is_busy=st.booleans(),
        coachable_activities=st.sampled_from([(), ("Phone",), ("Phone", "Back office")]),
    )
)
def test_what_is_shown_can_be_typed_again(settings: Settings) -> None:
    for name, one in typed.SETTINGS.items():
        if one.field:
            value = getattr(settings, one.field)
            assert typed.parse(name, one.shown(value)) == (one, value)


def test_every_setting_has_a_name() -> None:
    assert {one.field for one in typed.SETTINGS.values()} - {""} == {one.name for one in fields(Settings)}
