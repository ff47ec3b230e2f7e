"""The preview's layout: two columns of days, or one a day, and never more lines than there are."""

from datetime import date

import pytest
from textual.app import App, ComposeResult

from pmtui.backend.availability.shown import Days
from pmtui.widgets.slot_preview import SlotPreview
from tests import snapshots

MONDAY = date(2026, 11, 23)
OFFICE: Days = (
    ((540, 570), (660, 690), (780, 990)),
    ((540, 690),),
    ((780, 780),),
    ((540, 690), (780, 930)),
    ((540, 720),),
    (),
    (),
)


class PreviewApp(App[None]):
    """The preview alone."""

    CSS = "SlotPreview { height: 5; }"
    AUTO_FOCUS = ""

    def compose(self) -> ComposeResult:
        yield SlotPreview()


async def shown(days: Days, width: int, note: str = "") -> list[str]:
    app = PreviewApp()
    async with app.run_test(size=(width, 8)) as pilot:
        preview = app.query_one(SlotPreview)
        preview.found, preview.note = (MONDAY, days), note
        await pilot.pause()
        return [line for line in snapshots.text(app).splitlines() if line]


async def test_two_columns() -> None:
    assert await shown(OFFICE, 80) == [
        " Mon 23  09:00-09:30 11:00-11:30         Fri 27  09:00-12:00",
        "         13:00-16:30                     Sat Sun  closed",
        " Tue 24  09:00-11:30",
        " Wed 25  13:00",
        " Thu 26  09:00-11:30 13:00-15:30",
    ]


async def test_a_column_a_day() -> None:
    lines = await shown(OFFICE, 120)
    assert [" ".join(line.split()) for line in lines[:2]] == [
        "Mon 23 Tue 24 Wed 25 Thu 26 Fri 27 Sat 28 Sun 29",
        "09:00-09:30 09:00-11:30 13:00 09:00-11:30 09:00-12:00 closed closed",
    ]


@pytest.mark.parametrize("width", [60, 80, 112, 120, 200])
async def test_too_much_is_cut_and_said(width: int) -> None:
    crowded: Days = (tuple((minute, minute + 15) for minute in range(0, 1400, 60)),) * 7
    lines = await shown(crowded, width)
    assert len(lines) <= 5
    assert "..." in lines[-1]


async def test_a_note_stands_instead() -> None:
    assert await shown(OFFICE, 80, "Nothing in this week.") == [" Nothing in this week."]
