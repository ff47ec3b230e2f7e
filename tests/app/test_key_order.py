"""A burst of keys does what the same keys do one by one."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from pmtui.key_order import OrderedKeys


class Window(ModalScreen[None]):
    """Closes on `q`, and knows no other key."""

    BINDINGS = [Binding("q", "dismiss")]

    def compose(self) -> ComposeResult:
        yield Static("window")


class Typing(OrderedKeys):
    """`:` goes to a line, Enter takes what it holds and goes back; `w` opens a window; `a` counts."""

    AUTO_FOCUS = ""
    BINDINGS = [Binding("colon", "line"), Binding("w", "window"), Binding("a", "count")]

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.count = 0

    def compose(self) -> ComposeResult:
        yield Input()

    def action_line(self) -> None:
        self.query_one(Input).focus()

    def action_window(self) -> None:
        self.push_screen(Window())

    def action_count(self) -> None:
        self.count += 1

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.lines.append(message.value)
        message.input.clear()
        self.set_focus(None)


async def burst(app: Typing, *keys: str) -> None:
    """Let all keys arrive before the first is handled; return when all are."""
    async with app.run_test() as pilot:
        for key in keys:
            app.post_message(Key(key, {"colon": ":", "enter": "\r"}.get(key, key)))
        await pilot.pause()
        while app._held or app._handling:
            await pilot.pause()


async def test_what_is_typed_after_a_key_that_moves_the_focus_goes_where_it_leads() -> None:
    app = Typing()
    await burst(app, "a", "colon", "a", "b", "enter", "a", "colon", "w", "a", "enter", "a")
    assert app.lines == ["ab", "wa"]
    assert app.count == 3


async def test_keys_behind_one_that_opens_a_window_do_not_act_below_it() -> None:
    app = Typing()
    await burst(app, "a", "w", "a", "a", "q", "a")
    assert app.count == 2
