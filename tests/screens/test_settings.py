"""The Settings screen: what is set, and another value for it, as the backend's own parser takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from pmtui.backend.actor import Actor
from pmtui.backend.settings import typed
from pmtui.backend.settings.records import SettingRecord, Settings
from pmtui.backend.states import Topic
from pmtui.background import Opened
from pmtui.screens.dialogs.setting import SettingDialog
from pmtui.screens.settings import SettingsScreen
from tests import snapshots
from tests.screens.conftest import Colourless, Open
from tests.screens.stand_in import ADMINISTRATOR, COACH, StandIn


@dataclass
class Organisation(StandIn):
    """The settings of an organisation, in memory."""

    settings: Settings = field(default_factory=Settings)
    zone: str = "America/Chicago"

    def show(self, actor: Actor) -> tuple[SettingRecord, ...]:
        self._asked("show")
        default = Settings()
        return tuple(
            SettingRecord(
                name,
                one.shown(getattr(self.settings, one.field)) if one.field else self.zone,
                one.shown(getattr(default, one.field)) if one.field else "",
                one.what,
            )
            for name, one in typed.SETTINGS.items()
        )

    def change(self, actor: Actor, values: Mapping[str, str]) -> tuple[SettingRecord, ...]:
        self._asked("change")
        for name, text in values.items():
            setting, value = typed.parse(name, text)
            if setting.field:
                self.settings = replace(self.settings, **{setting.field: value})
            else:
                self.zone = value
        return self.show(actor)

    def open(self) -> Opened:
        """The backend, open."""
        opened = super().open()
        services: Any = opened.services
        services.settings = SimpleNamespace(show=self.show, change=self.change)
        return opened


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    organisation = Organisation(ADMINISTRATOR, settings=Settings(notice_minutes=1440, hold_days=3))
    async with opened(organisation, size) as pressed:
        await pressed.keys("7")
        snapshots.check(pressed.app, f"settings-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(lambda: Organisation(ADMINISTRATOR), "7")


async def test_who_does_not_administer_has_none(opened: Open) -> None:
    async with opened(StandIn(COACH)) as pressed:
        await pressed.keys("7")
        assert not pressed.shows(SettingsScreen)


async def test_a_value_is_typed_and_what_is_wrong_with_it_is_said(opened: Open) -> None:
    organisation = Organisation(ADMINISTRATOR)
    async with opened(organisation) as pressed:
        await pressed.keys("7", "slash", *"notice", "enter", "enter")
        assert pressed.shows(SettingDialog)
        await pressed.keys("ctrl+u", *"soon", "enter")
        snapshots.check(pressed.app, "setting-wrong-80x24")
        assert organisation.settings.notice_minutes == 0
        await pressed.keys("ctrl+u", *"24 h", "enter")
        assert pressed.shows(SettingsScreen)
        assert organisation.settings.notice_minutes == 1440
        assert "24 h" in snapshots.text(pressed.app)
        await pressed.keys("e", "tab", "tab", "enter")  # as by default
        assert organisation.settings.notice_minutes == 0
        await pressed.keys("e", "ctrl+u", *"3 h", "escape")
        assert organisation.settings.notice_minutes == 0


async def test_the_zone_has_no_default(opened: Open) -> None:
    organisation = Organisation(ADMINISTRATOR)
    async with opened(organisation) as pressed:
        await pressed.keys("7", "enter")
        assert "by default" not in snapshots.text(pressed.app)
        await pressed.keys("ctrl+u", *"Europe/Lodon", "enter")
        assert pressed.shows(SettingDialog)
        await pressed.keys("ctrl+u", *"Europe/London", "enter")
        assert organisation.zone == "Europe/London"


async def test_what_somebody_else_sets_is_shown(opened: Open) -> None:
    organisation = Organisation(ADMINISTRATOR)
    async with opened(organisation) as pressed:
        await pressed.keys("7")
        organisation.settings = replace(organisation.settings, hold_days=9)
        organisation.bump(Topic.COACHING)
        await pressed.look()
        assert "9 days" in snapshots.text(pressed.app)
