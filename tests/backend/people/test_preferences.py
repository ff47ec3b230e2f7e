"""What people set for themselves: theirs alone, all or nothing, on both databases; and what a locale says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui.backend.errors import BadInput, NotAllowed, NotFound
from pmtui.backend.people import preferences_typed as typed
from pmtui.backend.people.locales import WEEKDAYS, clock24, first_day, time_locale
from pmtui.backend.people.preferences import PreferencesService
from pmtui.backend.people.records import Preferences
from pmtui.backend.states import Topic
from pmtui.backend.storage.database import Database
from tests.clock import ManualClock
from tests.world import World


class Rig:
    """Dana and Marcus coach at acme; so does Dana's namesake elsewhere."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.world = World(database, clock)
        self.other = World(database, clock, subdomain="other")
        for world in (self.world, self.other):
            world.coach("dana")
        self.world.coach("marcus")
        self.service = PreferencesService(database)


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


def test_without_anything_set_everything_is_the_default(rig: Rig) -> None:
    assert rig.service.show(rig.world.actor("dana")) == Preferences()


def test_what_is_set_is_kept_for_that_person_alone(rig: Rig) -> None:
    dana, before = rig.world.actor("dana"), rig.world.number(Topic.PREFERENCES)
    rig.service.change(dana, {"theme": "Nord", "clock": "12h", "keys.coaching.approve": "g, ctrl+g"})
    wanted = Preferences("nord", "12", "", (("coaching.approve", "g,ctrl+g"),))
    assert rig.service.show(dana) == wanted
    assert rig.world.number(Topic.PREFERENCES) == before + 1
    for world, who in ((rig.world, "marcus"), (rig.other, "dana")):
        assert rig.service.show(world.actor(who)) == Preferences()
    assert rig.service.change(dana, {"first_day": "sun", "keys.grid.open": "comma"}) == Preferences(
        "nord", "12", "sunday", (("coaching.approve", "g,ctrl+g"), ("grid.open", "comma"))
    )


def test_an_empty_value_is_the_default_again(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    rig.service.change(dana, {"theme": "nord", "clock": "24", "keys.grid.open": "f2"})
    rig.service.change(dana, {"theme": "", "clock": "locale", "keys.grid.open": "default"})
    assert rig.service.show(dana) == Preferences()


def test_setting_what_is_set_already_wakes_nobody(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    rig.service.change(dana, {"theme": "nord"})
    before = rig.world.number(Topic.PREFERENCES)
    rig.service.change(dana, {"theme": "nord", "clock": "locale"})
    assert rig.world.number(Topic.PREFERENCES) == before


def test_one_that_is_wrong_changes_nothing_at_all(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    with pytest.raises(BadInput) as refused:
        rig.service.change(dana, {"theme": "nord", "clock": "13"})
    assert (refused.value.where, rig.service.show(dana)) == ("clock", Preferences())


def test_keys_of_their_own_have_an_end(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    with pytest.raises(BadInput, match="So many actions"):
        rig.service.change(dana, {f"keys.grid.x{number}": "g" for number in range(301)})
    assert rig.service.show(dana) == Preferences()


def test_the_operator_is_nobody_and_the_disabled_may_do_nothing(rig: Rig) -> None:
    rig.world.person("gone", disabled=True)
    for call in (rig.service.show, lambda actor: rig.service.change(actor, {"theme": "nord"})):
        with pytest.raises(NotFound):
            call(rig.world.operator)
        with pytest.raises(NotAllowed):
            call(rig.world.actor("gone"))


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("theme", "no such; theme", "theme"),
        ("clock", "am", "clock"),
        ("first-day", "s", "first-day"),
        ("first-day", "t", "first-day"),
        ("first-day", "noday", "first-day"),
        ("keys.grid.open", "g,,h", "keys.grid.open"),
        ("keys.grid.open", "ctrl g", "keys.grid.open"),
        ("keys.grid.open", "a,b,c,d,e", "keys.grid.open"),
        ("keys.grid.open", "\x1b", "keys.grid.open"),
        ("keys.../etc", "g", "name"),
        ("keys.", "g", "name"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, text: str, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        typed.parse(name, text)
    assert refused.value.where == where


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="no preference") as refused:
        typed.parse("themes", "nord")
    assert refused.value.next_step == "Did you mean theme?"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_taken_or_refused_in_a_line(name: str, text: str) -> None:
    lines = []
    for asked in (name, f"keys.{name}", "theme", "clock", "first-day"):
        try:
            typed.parse(asked, text)
        except BadInput as refused:
            lines.append(refused.line)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("locale", "hours24", "day"),
    [
        ("en_US.UTF-8", False, "sunday"),
        ("en_GB.UTF-8", True, "monday"),
        ("de_DE@euro", True, "monday"),
        ("fr_CA", True, "sunday"),
        ("en_CA", False, "sunday"),
        ("ar_EG", False, "saturday"),
        ("dv_MV.UTF-8", True, "friday"),
        ("zh_Hant_TW", False, "sunday"),
        ("C.UTF-8", True, "monday"),
        ("POSIX", True, "monday"),
        ("en", True, "monday"),
        ("", True, "monday"),
    ],
)
def test_a_locale_says_how_times_are_read(locale: str, hours24: bool, day: str) -> None:
    assert (clock24(Preferences(), locale), WEEKDAYS[first_day(Preferences(), locale)]) == (hours24, day)


def test_what_a_person_set_goes_before_the_locale() -> None:
    assert clock24(Preferences(clock="24"), "en_US")
    assert not clock24(Preferences(clock="12"), "de_DE")
    assert first_day(Preferences(first_day="monday"), "en_US") == 0


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({"LANG": "de_DE", "LC_TIME": "en_US", "LC_ALL": ""}, "en_US"),
        ({"LANG": "de_DE", "LC_TIME": "en_US", "LC_ALL": "C"}, "C"),
        ({"LANG": "de_DE"}, "de_DE"),
        ({}, ""),
    ],
)
def test_the_locale_of_times(environment: dict[str, str], locale: str) -> None:
    assert time_locale(environment) == locale
