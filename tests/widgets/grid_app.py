"""The grid alone in an app, for tests."""

from textual.app import App, ComposeResult

from pmtui.backend.availability.entry import parse_entry
from pmtui.backend.slots.values import Week
from pmtui.widgets.availability_grid import AvailabilityGrid
from tests import snapshots

NARROW, WIDE = (80, 24), (120, 40)
TUE_9 = (1, 540)
OFFICE = "mon 9-12, 13-17; tue 10-12"


def week(text: str) -> Week:
    return parse_entry(text, Week("America/Chicago")).week if text else Week("America/Chicago")


class GridApp(App[None]):
    """The grid alone."""

    CSS = "AvailabilityGrid { height: auto; }"

    def __init__(self, text: str, cursor: tuple[int, int]) -> None:
        super().__init__()
        self.start = week(text), cursor
        self.edited: list[Week] = []

    def compose(self) -> ComposeResult:
        yield AvailabilityGrid()

    def on_mount(self) -> None:
        self.grid.week, self.grid.cursor = self.start
        self.grid.focus()

    @property
    def grid(self) -> AvailabilityGrid:
        return self.query_one(AvailabilityGrid)

    def on_availability_grid_edited(self, message: AvailabilityGrid.Edited) -> None:
        self.edited.append(message.week)


def lines(app: GridApp) -> list[str]:
    return snapshots.text(app).splitlines()
