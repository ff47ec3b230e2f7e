"""From the start to the first screen: what stands until then, whole and at once, and what is done in it."""

import gc
import threading

import pytest
from rich.console import RenderableType
from textual.screen import Screen

from pmtui.app import PmtuiApp
from pmtui.backend.errors import NotAllowed
from pmtui.background import open_backend
from pmtui.screens.dialogs.help import HelpDialog
from pmtui.screens.integrations import IntegrationsScreen
from pmtui.screens.opening import OpeningScreen
from tests import snapshots
from tests.at_rest import settled, until
from tests.clock import ManualClock
from tests.screens.stand_in import COACH, SIZE, StandIn


async def test_the_first_thing_drawn_is_the_whole_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Textual draws while it holds updates back is lost, and comes again only with its next round."""
    drawn: list[tuple[Screen[object], str, int]] = []
    display = PmtuiApp._display

    def noted(app: PmtuiApp, screen: Screen[object], update: RenderableType | None) -> None:
        if update is not None:
            drawn.append((screen, type(update).__name__, app._batch_count))
        display(app, screen, update)

    monkeypatch.setattr(PmtuiApp, "_display", noted)
    app = StandIn(COACH).app()
    async with app.run_test(size=SIZE):
        await settled(app)
    screen, kind, held_back = drawn[0]
    assert (type(screen), kind, held_back) == (OpeningScreen, "LayoutUpdate", 0)


async def test_a_window_stands_until_it_is_closed_though_the_first_screen_is_ready_before() -> None:
    stand_in, may_open = StandIn(COACH), threading.Event()
    app = stand_in.app()
    ready = app.background._open
    app.background._open = lambda: (may_open.wait(10), ready())[1]
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("question_mark")
        await until(app, lambda: isinstance(app.screen, HelpDialog))
        assert "pmtui is being opened" in snapshots.text(app)
        may_open.set()
        await until(app, lambda: app.background.is_open and not app.background.calls_under_way)
        assert isinstance(app.screen, HelpDialog)
        await pilot.press("escape")
        await until(app, lambda: isinstance(app.screen, IntegrationsScreen))
        await settled(app)
        assert "Connect your calendar" in snapshots.text(app)
        await pilot.press("escape")  # it is the first screen: nothing lies behind it
        await settled(app)
        assert isinstance(app.screen, IntegrationsScreen)


def test_garbage_is_collected_again_even_where_the_backend_can_not_be_opened() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.disable()
    try:
        with pytest.raises(NotAllowed):
            open_backend({}, None, None, ManualClock())
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.set_threshold(*before)
        gc.enable()
