"""The terminal app: wiring only. What it shows stands in `screens`, what it knows comes through `background`."""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandPalette

from pmtui.actions import ActionCommands, Extra, bindings
from pmtui.backend.clock import Clock, SystemClock
from pmtui.backend.states import Banner, Topic
from pmtui.background import LOOK_SECONDS, Background, Opened, open_backend
from pmtui.loading import load
from pmtui.preferred import Preferred
from pmtui.screens.opening import OpeningScreen
from pmtui.screens.places import EVERYWHERE, PLACES
from pmtui.stylesheet import RememberingStylesheet
from pmtui.terminal import Terminal, refusal, this_terminal, title_kept, titled
from pmtui.themes import DARK, THEMES

if TYPE_CHECKING:
    from pmtui.backend.integrations.records import BannerRecord

_CONFIRM = "pmtui.screens.dialogs.confirm:ConfirmDialog"
_HELP = "pmtui.screens.dialogs.help:HelpDialog"
_JUMP = "pmtui.screens.dialogs.jump:JumpDialog"
_TARGETS = "pmtui.jumping:targets"
_BANNER_WORDS = "pmtui.backend.integrations.words:banner_in_words"
_MESSAGE = "pmtui.screens.dialogs.message:MessageDialog"
_STOPPED = "pmtui.screens.stopped:StoppedScreen"
_STILL_THERE_SECONDS = 2.0
_LEISURE_SECONDS = 1.0
"""Loading what may be wanted next waits this long, so that the first screen has the processor to itself."""
_TOPICS = (Topic.INTEGRATIONS, Topic.AVAILABILITY, Topic.PEOPLE)


class PmtuiApp(Preferred, inherit_bindings=False):
    """`open_` makes the backend, in a thread, after the first frame. With `look_seconds` None changes are looked
    for only when `background.look` is called.
    """

    TITLE = "pmtui"
    CSS_PATH = "app.tcss"
    COMMANDS = {ActionCommands}
    MODES = {place.name: place.make for place in PLACES}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (80, "-normal"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-short"), (24, "-regular"), (40, "-tall")]
    BINDINGS = bindings(*EVERYWHERE)

    def __init__(
        self,
        open_: Callable[[], Opened],
        *,
        clock: Clock,
        extras: tuple[Extra, ...] = (),
        look_seconds: float | None = LOOK_SECONDS,
        terminal: Terminal | None = None,
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.clock = clock
        self.extras = extras
        self.terminal = terminal or this_terminal()
        self.background = Background(open_, self)
        self._opening_screen = OpeningScreen()
        self._look_seconds = look_seconds
        self.standing = set()
        self._path: list[str] = []
        for theme in THEMES:
            self.register_theme(theme)
        self.set_reactive(PmtuiApp.theme, DARK.name)  # no more than that: nothing is drawn yet that would change
        self.stylesheet = RememberingStylesheet(variables=self.get_css_variables())

    def get_default_screen(self) -> OpeningScreen:
        """What stands until the first screen is there. (Textual draws a mode's first screen only a moment later.)"""
        return self._opening_screen

    def on_ready(self) -> None:
        """The first frame stands: now the backend may be imported."""
        self._entitle()
        self.background.start(self, self._opening(), group="opening")
        self.set_interval(_STILL_THERE_SECONDS, self._leave_if_alone)

    def _leave_if_alone(self) -> None:
        """Nobody sees what is drawn once the terminal is gone, and reading from it would never end."""
        if self.terminal.gone():
            self.exit(return_code=1)

    async def _opening(self) -> None:
        await self.background.aside(partial(load, _HELP))  # whoever waits may ask what for
        opened = await self.background.open()
        if opened is None:
            return
        self.preferences = opened.preferences
        await self.background.look()
        await self.background.aside(PLACES[0].load)
        await self._show_first(opened)
        self.background.watch(_TOPICS, self._look)
        self.background.watch((Topic.PREFERENCES,), self.look_at_preferences)
        self._look()
        if self._look_seconds is not None:
            self.set_interval(self._look_seconds, lambda: self.run_worker(self.background.look(), group="look"))
        self.set_timer(_LEISURE_SECONDS, lambda: self.background.start(self, self._load_rest(opened), group="rest"))

    async def _load_rest(self, opened: Opened) -> None:
        await self.background.aside(partial(_load, opened))

    async def _show_first(self, opened: Opened) -> None:
        """Let the first screen take the place of what stands there while it is loaded, but not of a window over it."""
        await self._opening_screen.in_front()
        self.me = opened.me
        self.switch_mode(PLACES[0].name)

    def _look(self) -> None:
        self.background.start(self.screen, self._read_frame(), group="frame", exclusive=True)

    async def _read_frame(self) -> None:
        actor = self.actor
        self.me, self.banner = await self.background.call(
            lambda services: (services.people.me(actor), services.integrations.banner(actor))
        )
        self._entitle()
        self.screen.refresh_bindings()

    def on_unmount(self) -> None:
        """End what runs behind the app."""
        self.background.close()

    # The terminal's title

    def _entitle(self) -> None:
        """`pmtui - Availability - Dana Reyes`: whoever has several terminals sees what goes on in which."""
        place = next((place.title for place in PLACES if place.name == self.current_mode), PLACES[0].title)
        title = " - ".join((self.TITLE, place, *((self.me.name,) if self.me is not None else ())))
        if title != self.title:
            self.title = title
            if self.terminal.titled and self._driver is not None:
                self._driver.write(titled(title))

    # Going places

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the screens the person may use exist; `c` only while a banner stands."""
        if action == "go":
            return any(p.name == parameters[0] and self.me is not None and p.may(self.me) for p in PLACES)
        if action == "banner":
            return self.banner is not None and self.banner.banner == parameters[0]
        if action == "jump":
            return not (isinstance(self.screen, CommandPalette) or self._shows(_JUMP))
        return True

    def go(self, name: str) -> None:
        """Show the screen of that name, keeping the present one as it is."""
        if name != self.current_mode:
            self._path = [step for step in (*self._path, self.current_mode) if step != name]
            self.switch_mode(name)
            self._entitle()

    def action_go(self, name: str) -> None:
        """Show a screen."""
        self.go(name)

    def back(self) -> None:
        """Show the screen that was shown before."""
        if self._path:
            self.switch_mode(self._path.pop())
            self._entitle()
        else:
            self.told("This is the first screen: ctrl+q leaves pmtui.")

    def banner_words(self, record: "BannerRecord") -> str:
        """The banner's sentence, with times in the person's zone."""
        timezone = self.me.timezone if self.me else "UTC"
        return str(load(_BANNER_WORDS)(record, timezone, self.clock.now(), self.clock24))

    def follow_banner(self) -> None:
        """Go where the banner points: to the person's availability, or to their calendar."""
        if self.banner is not None and self.banner.banner is Banner.SET_AVAILABILITY:
            self.go("availability")
        else:
            self.go("integrations")
            self.call_later(self._connect)

    def _connect(self) -> None:
        if isinstance(self.screen, load(PLACES[0].where)):
            self.screen.connect_now()

    def action_banner(self, banner: str) -> None:
        """Do what the banner says."""
        self.follow_banner()

    async def action_quit(self) -> None:
        """Leave, after asking if something would be lost."""
        lost = [text for screen in self.standing if (text := screen.may_quit()) is not None]
        if not lost:
            self.exit()
            return
        if self._shows(_CONFIRM):
            return  # it asks already
        self.push_screen(load(_CONFIRM)("Leave pmtui?", lost, "Leave"), lambda yes: self.exit() if yes else None)

    def _shows(self, window: str) -> bool:
        """Whether this window (`module:class`) is in front. It need not be loaded."""
        kind = type(self.screen)
        return f"{kind.__module__}:{kind.__qualname__}" == window

    # Words

    def action_help(self) -> None:
        """Help for the focused thing and every key."""
        if not self._shows(_HELP):
            self.push_screen(load(_HELP)(self.screen))

    def action_jump(self) -> None:
        """Put a letter on everything that can be gone to."""
        screen = self.screen
        found = load(_TARGETS)(screen)
        if found:
            self.push_screen(load(_JUMP)(found), lambda target: target.go() if target is not None else None)

    def explain(self, title: str, next_step: str) -> None:
        """Show a dialog that has to be read."""
        self.push_screen(load(_MESSAGE)(title, next_step))

    def stopped(self, title: str, next_step: str) -> None:
        """Nothing can be done any more: show why."""
        self.push_screen(load(_STOPPED)(title, next_step))


def _load(opened: Opened) -> None:
    """Load what the person can go to, so that going there takes no time."""
    for place in PLACES:
        if place.may(opened.me):
            place.load()
    for window in (_CONFIRM, _HELP, _JUMP, _MESSAGE):
        load(window)
    gc.freeze()  # all of it stays: nothing in it is looked at for garbage


def run_app(
    *,
    as_email: str | None,
    tenant: str | None = None,
    flags: Mapping[str, object] | None = None,
    extras: tuple[Extra, ...] = (),
    clock: Clock | None = None,
) -> int:
    """Run the app as that person until they leave; the exit code. `extras` are actions of whoever starts it."""
    if why_not := refusal():
        print(f"pmtui: {why_not}", file=sys.stderr)
        return 2
    clock = clock or SystemClock()
    app = PmtuiApp(partial(open_backend, flags or {}, as_email, tenant, clock), clock=clock, extras=extras)
    with title_kept(app.terminal, sys.__stderr__):
        app.run()
    return app.return_code or 0
