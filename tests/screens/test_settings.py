"""The Settings screen: what is set, and another value for it, as the backend's own parser takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.widgets import Input

from pmtui.backend.actor import Actor
from pmtui.backend.errors import BadInput
from pmtui.backend.integrations.records import WfmServiceRecord
from pmtui.backend.integrations.service import Sealer
from pmtui.backend.settings import typed
from pmtui.backend.settings.records import SettingRecord, Settings
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import Topic
from pmtui.background import Opened
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.setting import SettingDialog
from pmtui.screens.settings import SettingsScreen
from tests import snapshots
from tests.clock import START
from tests.screens.conftest import Colourless, Open
from tests.screens.stand_in import ADMINISTRATOR, COACH, StandIn


@dataclass
class Organisation(StandIn):
    """The settings of an organisation, in memory."""

    settings: Settings = field(default_factory=Settings)
    zone: str = "America/Chicago"
    wfm: WfmServiceRecord | None = None
    stored: list[tuple[str, ...]] = field(default_factory=list)
    keys: Path = Path("keys")

    def wfm_service(self, actor: Actor) -> WfmServiceRecord | None:
        return self.wfm

    def set_wfm_service(self, actor: Actor, url: str, token: str, vault: Sealer, *ids: str | None) -> None:
        self._asked("set_wfm_service")
        if not url.startswith("https://"):
            raise BadInput("bad_url", "This is not the address of a WFM.", "Write it like https://", "url")
        self.stored.append((url, token, *(one or "" for one in ids)))
        self.wfm = WfmServiceRecord(url, ids[0] or "", ids[1] or "", ids[2] or "", False, None)

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
        services.config = SimpleNamespace(keys=self.keys)
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


CANARY = "canary-7f3a9e0b"
WFM_ROW = ("7", "slash", *"wfm's", "enter", "enter")
STORED = WfmServiceRecord("https://acme.teleopticloud.com/api", "928dd0bc", "", "", True, START)


@pytest.mark.parametrize(
    ("wfm", "said"),
    [
        (None, "none"),
        (STORED, "works"),
        (replace(STORED, works=False, checked_at=None), "not tried yet"),
        (replace(STORED, works=False), "does not work"),
    ],
)
async def test_how_the_wfm_stands(opened: Open, wfm: WfmServiceRecord | None, said: str) -> None:
    async with opened(Organisation(ADMINISTRATOR, wfm=wfm), (120, 40)) as pressed:
        await pressed.keys("7", "end")
        row = next(line for line in snapshots.text(pressed.app).splitlines() if line.startswith(" wfm "))
        assert row.split(" ", 2)[2].lstrip().startswith(said)
        assert (wfm is not None) is ("https://acme.teleopticloud.com/api" in snapshots.text(pressed.app))


async def test_the_wfm_is_stored_and_its_token_stays_unseen(opened: Open, tmp_path: Path) -> None:
    Vault.create(tmp_path / "keys")
    organisation = Organisation(ADMINISTRATOR, wfm=STORED, keys=tmp_path / "keys")
    async with opened(organisation) as pressed:
        await pressed.keys(*WFM_ROW)
        assert pressed.app.screen.query_one("#field-token", Input).value == ""
        await pressed.keys("ctrl+u", *"http://wfm", "enter", *CANARY, "f2")
        assert "This is not the address of a WFM." in snapshots.text(pressed.app)
        assert pressed.app.focused is pressed.app.screen.query_one("#field-url")
        assert CANARY not in snapshots.text(pressed.app)
        snapshots.check(pressed.app, "wfm-service-wrong-80x24")
        await pressed.keys("ctrl+u", *"https://wfm.example/api", "f2")
        assert pressed.shows(SettingsScreen)
        assert [one.message for one in pressed.app._notifications] == ["Stored. The worker tries it now."]
        assert organisation.stored == [("https://wfm.example/api", CANARY, "928dd0bc", "", "")]
        assert "not tried yet" in snapshots.text(pressed.app)
        assert CANARY not in snapshots.text(pressed.app)


async def test_without_the_key_file_it_says_so_and_keeps_what_was_typed(opened: Open, tmp_path: Path) -> None:
    organisation = Organisation(ADMINISTRATOR, keys=tmp_path / "none")
    async with opened(organisation) as pressed:
        await pressed.keys(*WFM_ROW, *"https://wfm.example", "enter", *CANARY, "f2")
        assert "Run: pmtui init" in " ".join(snapshots.text(pressed.app).split())
        assert organisation.stored == []
        await pressed.keys("escape")
        assert pressed.shows(ConfirmDialog)
        await pressed.keys("y")
        assert pressed.shows(SettingsScreen)


async def test_a_token_cannot_be_copied_out_of_its_field(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with opened(Organisation(ADMINISTRATOR)) as pressed:
        monkeypatch.setattr(pressed.app, "copy_to_clipboard", copied.append)
        await pressed.keys(*WFM_ROW, "down", *CANARY, "shift+home", "ctrl+c", "ctrl+x")
        assert not any(CANARY in text for text in copied)
