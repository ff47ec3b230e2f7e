"""Choosing a time zone by typing a part of what one knows of it."""

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from pmtui.actions import Action, bindings
from pmtui.backend.availability.zone_choices import ZoneChoice, matching, zone_choices
from pmtui.screens.base import PmtuiDialog

_SHOWN = 60
_NAME_WIDTH = 34


class TimeZoneDialog(PmtuiDialog[str]):
    """Dismisses with the zone's name. `first` stand above the others: the present one, the organisation's."""

    CSS_PATH = "time_zone.tcss"
    TITLE = "Time zone"
    HELP = "Type a city, a country, an abbreviation such as CST, or an offset such as +05:30."
    AUTO_FOCUS = "#zone-query"
    BINDINGS: ClassVar = bindings(
        Action("zone.down", "down", "move(1)", "next", "The next zone.", footer=False),
        Action("zone.up", "up", "move(-1)", "previous", "The zone before.", footer=False),
        Action("zone.page_down", "pagedown", "move(8)", "page", "Some zones on.", footer=False),
        Action("zone.page_up", "pageup", "move(-8)", "page", "Some zones back.", footer=False),
    )

    query_line = getters.query_one("#zone-query", Input)
    options = getters.query_one("#zones", OptionList)
    count = getters.query_one("#zone-count", Static)

    def __init__(self, first: dict[str, str]) -> None:
        """`first` are zones, each with why it comes first."""
        super().__init__()
        self._first = first
        self._choices: tuple[ZoneChoice, ...] = ()

    def compose_body(self) -> ComposeResult:
        """What is typed, and what fits it."""
        yield Input(id="zone-query", compact=True, select_on_focus=False, placeholder="city, country, CST, +05:30 ...")
        yield OptionList(id="zones", compact=True, markup=False)
        yield Static(id="zone-count", markup=False)

    def on_mount(self) -> None:
        """Read the zones beside the message loop."""
        self.query_line.cursor_blink = False
        self.options.can_focus = False
        self.app.background.start(self, self._read(), group="zones")

    async def _read(self) -> None:
        now = self.app.clock.now()
        self._choices = await self.app.background.aside(lambda: zone_choices(now))
        self._show()

    @on(Input.Changed, "#zone-query")
    def _show(self) -> None:
        """List what fits, the best first."""
        query = self.query_line.value.strip()
        found = self._found(query)
        self.options.set_options(Option(self._line(choice), id=choice.name) for choice in found[:_SHOWN])
        if found:
            self.options.highlighted = 0
        self.count.update(self._how_many(len(found)) if self._choices else "Reading the time zones ...")

    def _how_many(self, found: int) -> str:
        if not found:
            return "No time zone fits. Try a big city of the same zone."
        more = f"the first {_SHOWN} of {found}" if found > _SHOWN else f"{found}"
        return f"{more} time zone{'' if found == 1 else 's'}"

    def _found(self, query: str) -> list[ZoneChoice]:
        if not query:
            return sorted(self._choices, key=self._rank)
        found = sorted(matching(self._choices, query), key=self._rank) if len(query) > 1 else []
        if found:
            return found
        matcher = Matcher(query.replace("_", " "))
        scored = ((matcher.match(choice.name.replace("_", " ")), choice) for choice in self._choices)
        likely = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0])
        return [choice for _, choice in likely]

    def _rank(self, choice: ZoneChoice) -> int:
        names = list(self._first)
        return names.index(choice.name) if choice.name in names else len(names)

    def _line(self, choice: ZoneChoice) -> str:
        return (
            f"{choice.name:<{_NAME_WIDTH}} {choice.local_time}  {choice.offset}  {self._first.get(choice.name, '')}"
        ).rstrip()

    def action_move(self, by: int) -> None:
        """Move the highlight, stopping at the ends."""
        if self.options.option_count:
            at = (self.options.highlighted or 0) + by
            self.options.highlighted = max(0, min(self.options.option_count - 1, at))

    @on(Input.Submitted, "#zone-query")
    def _submitted(self) -> None:
        option = self.options.highlighted_option
        if option is not None and option.id is not None:
            self.dismiss(option.id)

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        if message.option.id is not None:
            self.dismiss(message.option.id)
