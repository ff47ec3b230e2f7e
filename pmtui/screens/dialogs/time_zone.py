"""Choosing a time zone by typing a part of what one knows of it."""

from enum import StrEnum
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.fuzzy import Matcher
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option
from tzlocal import get_localzone_name

from pmtui.actions import Action, bindings
from pmtui.backend.availability.zone_choices import ZoneChoice, matching, zone_choices
from pmtui.backend.slots.zones import zone
from pmtui.screens.base import PmtuiDialog
from pmtui.widgets.plain_button import PlainButton

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
        now, clock24 = self.app.clock.now(), self.app.clock24
        self._choices = await self.app.background.aside(lambda: zone_choices(now, clock24))
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
        time = choice.local_time.rjust(5 if self.app.clock24 else 7)
        return f"{choice.name:<{_NAME_WIDTH}} {time}  {choice.offset}  {self._first.get(choice.name, '')}".rstrip()

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


def machine_zone() -> str | None:
    """The zone this machine is set to, if it says one that exists."""
    try:
        name = get_localzone_name()
        zone(name or "")
    except (LookupError, ValueError):  # what zoneinfo and tzlocal raise for a machine that is set up wrongly
        return None
    return name


class Stays(StrEnum):
    """What stays when the zone changes."""

    CLOCK = "clock"
    MOMENTS = "moments"


class ZoneChangeDialog(PmtuiDialog[Stays]):
    """Asks what stays: what the clock says (the default), or the moments themselves."""

    TITLE = "Another time zone"
    AUTO_FOCUS = "#clock"
    BINDINGS = bindings(
        Action("zone.clock", "t", "choose('clock')", "clock times", "9-12 stays 9-12, in the new zone."),
        Action("zone.moments", "m", "choose('moments')", "same moments", "Hours stay when they are, written anew."),
    )

    def __init__(self, zone_name: str, ahead_minutes: int, dates: int) -> None:
        """The new zone's clock shows `ahead_minutes` later; `dates` is how many dates have hours of their own."""
        super().__init__()
        self._zone_name, self._ahead, self._dates = zone_name, ahead_minutes, dates

    def compose_body(self) -> ComposeResult:
        """Both meanings."""
        hours, minutes = divmod(abs(self._ahead), 60)
        by = f"{hours} h {minutes} min" if minutes else f"{hours} h"
        direction = "later" if self._ahead > 0 else "earlier"
        yield Static(f"The clock in {self._zone_name} shows {by} {direction}.", markup=False)
        yield Static("Clock times: 9-12 stays 9-12, in the new zone.", classes="sentence", markup=False)
        yield Static(f"Same moments: every hour is written {by} {direction}.", markup=False)
        if self._dates:
            yield Static("Dates with hours of their own keep their clock times.", classes="sentence", markup=False)
        with Horizontal(classes="buttons"):
            yield PlainButton("Keep clock times", id="clock")
            yield PlainButton("Keep the same moments", id="moments")

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.dismiss(Stays(message.button.id or "clock"))

    def action_choose(self, stays: str) -> None:
        """Answer."""
        self.dismiss(Stays(stays))
