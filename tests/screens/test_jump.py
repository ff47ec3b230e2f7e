"""Jump mode: a letter on everything that can be gone to, on every screen and in every window."""

import pytest
from textual.command import CommandPalette

from pmtui.jumping import LETTERS, targets
from pmtui.screens.dialogs.facets import FacetsDialog
from pmtui.screens.dialogs.help import HelpDialog
from pmtui.screens.dialogs.jump import JumpDialog
from pmtui.screens.dialogs.setting import SettingDialog
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.widgets.rows_table import RowsTable
from pmtui.widgets.slot_preview import SlotPreview
from tests import snapshots
from tests.screens.availability_stand_in import coach
from tests.screens.conftest import Colourless, Open, Pressed
from tests.screens.editing import editor
from tests.screens.stand_in import ADMINISTRATOR, BOTH, StandIn
from tests.screens.support_stand_in import person, support
from tests.screens.test_settings import Organisation


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_letters_over_the_editor(opened: Open, size: tuple[int, int]) -> None:
    async with opened(coach(), size) as pressed:
        await pressed.keys("2")
        before = snapshots.text(pressed.app).splitlines()
        await pressed.keys("ctrl+g")
        snapshots.check(pressed.app, f"jump-{size[0]}x{size[1]}")
        after = snapshots.text(pressed.app).splitlines()
        for was, now in zip(before[:-1], after[:-1], strict=True):  # only margins and the line of keys are covered
            covered = "".join(old for old, new in zip(was, now, strict=False) if old != new)
            assert covered.strip(" >") == ""


async def test_without_colours_it_says_the_same(colourless: Colourless) -> None:
    await colourless(coach, "2", "ctrl+g")


async def test_a_letter_leads_to_a_day_a_button_and_the_found_starts(opened: Open) -> None:
    async with opened(coach()) as pressed:
        await pressed.keys("2", "ctrl+g", "h")
        assert (editor(pressed).grid.cursor, editor(pressed).grid.has_focus) == ((4, 540), True)
        await pressed.keys("ctrl+g", "a")
        assert pressed.app.focused is editor(pressed).query_one("#save")
        await pressed.keys("ctrl+g", "l")
        assert isinstance(pressed.app.focused, SlotPreview)
        assert not editor(pressed).draft.edited


async def test_keys_that_lead_nowhere(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4", "down")
        for leave in ("escape", "q", "ctrl+g"):
            await pressed.keys("ctrl+g", "exclamation_mark", "m")  # neither is on the screen
            assert pressed.shows(JumpDialog)
            await pressed.keys(leave)
            assert not pressed.shows(JumpDialog)
        assert table(pressed).cursor == 1
        assert pressed.app.focused is table(pressed)


def table(pressed: Pressed) -> RowsTable[object]:
    found: RowsTable[object] = pressed.app.screen.query_one(RowsTable)
    return found


async def test_rows_in_sight_have_letters_as_far_as_they_go(opened: Open) -> None:
    async with opened(support(people=tuple(person(f"Coach {n:03}") for n in range(100))), (120, 60)) as pressed:
        await pressed.keys("4", "end")
        found = targets(pressed.app.screen)
        assert "".join(target.letter for target in found) == LETTERS
        await pressed.keys("ctrl+g", "s")
        assert table(pressed).cursor == table(pressed).scroll_offset.y + 1
        assert table(pressed).scroll_offset.y > 0


async def test_it_works_in_windows_and_while_typing(opened: Open) -> None:
    async with opened(Organisation(ADMINISTRATOR)) as pressed:
        await pressed.keys("7", "enter", "ctrl+g", "d")
        assert pressed.shows(SettingDialog)
        assert pressed.app.focused is pressed.app.screen.query_one("#cancel")
        await pressed.keys("escape", "question_mark", "ctrl+g", "a")
        assert pressed.shows(HelpDialog)
    async with opened(support()) as pressed:
        await pressed.keys("4", "f", "ctrl+g", "s", "space")
        assert pressed.shows(FacetsDialog)


async def test_a_letter_can_be_clicked_and_so_can_what_is_beside_it(opened: Open) -> None:
    async with opened(support()) as pressed:
        await pressed.keys("4")
        for spot, row in (((0, 5), 2), ((20, 12), 2)):
            await pressed.keys("ctrl+g")
            await pressed.pilot.click(offset=spot)
            await pressed.rest()
            assert not pressed.shows(JumpDialog)
            assert table(pressed).cursor == row


async def test_another_size_and_too_small_a_terminal_show_no_letters(opened: Open) -> None:
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("ctrl+g")
        assert pressed.shows(JumpDialog)
        await pressed.pilot.resize_terminal(100, 30)
        await pressed.rest()
        assert pressed.shows(IntegrationsScreen)
        await pressed.pilot.resize_terminal(50, 15)
        await pressed.rest()
        await pressed.keys("ctrl+g")
        assert pressed.shows(IntegrationsScreen)


async def test_the_palette_has_letters_of_its_own(opened: Open) -> None:
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("ctrl+p", "ctrl+g")
        assert pressed.shows(CommandPalette)
