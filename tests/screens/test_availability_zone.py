"""The time zone of the availability editor: searched, chosen, the machine's own, clock times or moments."""

import pytest

from pmtui.backend.slots.values import Week
from pmtui.screens.dialogs.time_zone import TimeZoneDialog, machine_zone
from pmtui.terminal import Terminal
from tests.screens.availability_stand_in import coach
from tests.screens.conftest import Open
from tests.screens.editing import changed, editor, text, typed
from tests.screens.stand_in import WEEK, ZONE


async def test_time_zone(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        assert pressed.shows(TimeZoneDialog)
        lines = text(pressed).splitlines()
        first = next(line for line in lines if "UTC-06:00" in line and "Timezone" not in line)
        assert "America/Chicago" in first
        assert "02:00" in first
        await typed(pressed, "new york")
        await pressed.keys("enter", "enter")  # the first choice keeps clock times
        assert editor(pressed).draft.week == Week("America/New_York", WEEK.days)
        assert "America/New_York (UTC-05:00)" in text(pressed)
        await pressed.keys("u")
        assert editor(pressed).draft.week == WEEK
        await pressed.keys("z", "escape")
        assert editor(pressed).draft.week == WEEK


@pytest.mark.parametrize(("own", "there"), [(True, True), (False, False)])
async def test_on_ones_own_machine_its_zone_comes_first(
    opened: Open, own: bool, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmtui.screens.dialogs.time_zone.get_localzone_name", lambda: "Europe/Berlin")
    async with opened(coach(), terminal=Terminal(own_machine=own)) as pressed:
        await pressed.keys("2", "z")
        lines = [line for line in text(pressed).splitlines() if "Europe/Berlin" in line]
        assert bool(lines) == there
        assert not there or "this machine's" in lines[0]


@pytest.mark.parametrize(("name", "zone"), [("Europe/Berlin", "Europe/Berlin"), ("Nowhere/Here", None), ("", None)])
def test_the_machines_zone_counts_only_if_it_exists(
    monkeypatch: pytest.MonkeyPatch, name: str, zone: str | None
) -> None:
    monkeypatch.setattr("pmtui.screens.dialogs.time_zone.get_localzone_name", lambda: name)
    assert machine_zone() == zone


async def test_another_zone_may_keep_the_moments(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        await typed(pressed, "london")
        await pressed.keys("enter")
        assert "The clock in Europe/London shows 6 h later." in text(pressed)
        await pressed.keys("m")
        expected = changed("mon-thu 15-18, 19-23; fri 15-18:30", Week("Europe/London"))
        assert editor(pressed).draft.week == expected
        await pressed.keys("u", "z")
        await typed(pressed, "menominee")
        await pressed.keys("enter")  # the same clock: nothing to ask
        assert editor(pressed).draft.week == Week("America/Menominee", WEEK.days)
        await pressed.keys("u", "z")
        await typed(pressed, "london")
        await pressed.keys("enter", "escape")
        assert editor(pressed).draft.week == WEEK


@pytest.mark.parametrize(
    ("query", "zone"), [("+05:30", "Asia/Calcutta"), ("germany", "Europe/Berlin"), ("chcgo", ZONE), ("pdt", None)]
)
async def test_time_zones_are_found_by_what_one_knows(opened: Open, query: str, zone: str | None) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "z")
        await typed(pressed, query)
        dialog = pressed.app.screen
        assert isinstance(dialog, TimeZoneDialog)
        if zone is None:
            names = [dialog.options.get_option_at_index(index).id for index in range(dialog.options.option_count)]
            assert "America/Los_Angeles" in names
        else:
            option = dialog.options.highlighted_option
            assert option is not None
            assert option.id == zone
