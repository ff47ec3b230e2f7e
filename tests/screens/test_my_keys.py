"""My keys: public keys added by pasting, removed after a question, and a private one never shown."""

from datetime import UTC, datetime

import pytest
from textual import events

from pmtui.backend.people.records import SshKeyRecord
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.new_key import KeyBox, NewKeyDialog
from pmtui.screens.my_keys import MyKeysScreen
from tests import snapshots
from tests.at_rest import press
from tests.backend.people.key_pairs import pair
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.stand_in import COACH, VIEWER, StandIn

FIXED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPqWvmataVbjqa2eeFggcqV1DK7KsBFnwtCk0yCyir84"
FINGERPRINT = "SHA256:DjXThsXt1blW8qDRgrJ8u843C1211SeIr/Vi+AiNXr0"


def record(comment: str, kind: str, fingerprint: str, used: bool) -> SshKeyRecord:
    at = datetime(2027, 2, 26, 15, 30, tzinfo=UTC)
    return SshKeyRecord("dana@acme.example", "Dana Reyes", kind, 256, fingerprint, comment, at, at if used else None)


def keys() -> tuple[SshKeyRecord, ...]:
    return (
        record("dana@laptop", "ssh-ed25519", FINGERPRINT, True),
        record("", "sk-ssh-ed25519@openssh.com", FINGERPRINT.replace("D", "E"), False),
    )


async def paste(pressed: Pressed, text: str) -> None:
    pressed.app.screen.post_message(events.Paste(text))
    await pressed.rest()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_table(opened: Open, size: tuple[int, int]) -> None:
    async with opened(StandIn(COACH, ssh=keys()), size) as pressed:
        await pressed.keys("9")
        snapshots.check(pressed.app, f"my-keys-{size[0]}x{size[1]}")


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(lambda: StandIn(COACH, ssh=keys()), "9")


async def test_whoever_signs_in_has_this_screen_and_is_told_how_to_begin(opened: Open) -> None:
    async with opened(StandIn(VIEWER)) as pressed:
        await pressed.keys("9")
        assert "n adds one" in snapshots.text(pressed.app)


async def test_a_pasted_key_is_understood_before_it_is_added(opened: Open) -> None:
    dana = StandIn(COACH)
    async with opened(dana) as pressed:
        await pressed.keys("9", "n")
        assert pressed.shows(NewKeyDialog)
        await paste(pressed, f"{FIXED} dana@laptop\n")
        snapshots.check(pressed.app, "new-key-80x24")
        assert FIXED.split()[1] not in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert pressed.shows(MyKeysScreen)
        assert [(one.fingerprint, one.comment) for one in dana.ssh] == [(FINGERPRINT, "dana@laptop")]
        assert FINGERPRINT in snapshots.text(pressed.app)
        await pressed.keys("enter")
        assert pressed.shows(LinesDialog)


@pytest.mark.parametrize("by", ["paste", "keys"])
async def test_a_private_key_is_refused_and_never_shown(
    opened: Open, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    private = pair("ssh-ed25519")[1]
    dana = StandIn(COACH)
    async with opened(dana) as pressed:
        await pressed.keys("9", "n")
        if by == "paste":
            await paste(pressed, private)
        else:  # a terminal without bracketed paste sends every line with its Enter
            for line in private.splitlines():
                for key in (*line, "enter"):
                    await press(pressed.app, key)
                await pressed.rest()
        said = snapshots.text(pressed.app)
        assert pressed.shows(NewKeyDialog)
        assert "That is a private key" in said
        assert dana.ssh == ()
        for line in private.splitlines()[1:-1]:
            assert line[:16] not in said + caplog.text
        if by == "paste":
            assert pressed.app.screen.query_one("#key", KeyBox).value == ""
            snapshots.check(pressed.app, "new-key-private-80x24")


async def test_what_is_no_key_is_said_and_the_window_stays(opened: Open) -> None:
    dana = StandIn(COACH)
    async with opened(dana) as pressed:
        await pressed.keys("9", "n")
        await paste(pressed, f"{FIXED[:-9]}")
        await pressed.keys("enter")
        assert pressed.shows(NewKeyDialog)
        assert "!" in snapshots.text(pressed.app)
        await pressed.keys("escape")
        assert dana.ssh == ()


async def test_removing_names_the_key_and_asks(opened: Open) -> None:
    dana = StandIn(COACH, ssh=keys())
    async with opened(dana) as pressed:
        await pressed.keys("9", "x")
        assert pressed.shows(ConfirmDialog)
        snapshots.check(pressed.app, "remove-key-80x24")
        await pressed.keys("enter")  # Keep it has the focus
        assert len(list(dana.ssh)) == 2
        await pressed.keys("x", "y")
        assert [one.comment for one in dana.ssh] == [""]
        await pressed.keys("delete", "y")
        assert not list(dana.ssh)
        assert "No key signs you in" in snapshots.text(pressed.app)
