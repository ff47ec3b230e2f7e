"""The one door to the backend: opening, calling, watching, and the error route."""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pmtui.backend.errors import BadInput, Conflict, NotAllowed, Unavailable, Whose
from pmtui.backend.states import Topic
from pmtui.background import Background
from pmtui.screens.dialogs.message import MessageDialog
from tests import snapshots
from tests.screens.conftest import Open, opened
from tests.screens.stand_in import COACH, StandIn

__all__ = ["opened"]  # the fixture

TOLD = [
    BadInput("b", "That can't be understood.", "Write 9-17."),
    Unavailable("u", "Microsoft does not answer.", "Try again soon.", whose=Whose.PROVIDER),
]
EXPLAINED = [
    Conflict("c", "Somebody was faster.", "Look again."),
    NotAllowed("n", "You need the permission Coach View Access.", "Ada can give it."),
    Unavailable("d", "The database can't be used.", "Ask the operator.", whose=Whose.OPERATOR),
]


class Heard:
    """What the error route told, in place of an app."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, str]] = []

    def told(self, title: str, next_step: str, *, warning: bool) -> None:
        self.said.append(("toast", title, next_step))

    def explain(self, title: str, next_step: str) -> None:
        self.said.append(("dialog", title, next_step))

    def stopped(self, title: str, next_step: str) -> None:
        self.said.append(("stopped", title, next_step))


async def background(stand_in: StandIn) -> tuple[Background, Heard]:
    heard = Heard()
    made = Background(stand_in.open, heard)
    await made.open()
    return made, heard


@pytest.mark.parametrize("error", TOLD)
async def test_what_can_be_tried_again_is_a_toast(error: Exception) -> None:
    made, heard = await background(StandIn(COACH))
    made.report(error)
    assert [kind for kind, *_ in heard.said] == ["toast"]
    made.close()


@pytest.mark.parametrize("error", EXPLAINED)
async def test_what_must_be_read_is_a_dialog(error: Exception) -> None:
    made, heard = await background(StandIn(COACH))
    made.report(error)
    assert [kind for kind, *_ in heard.said] == ["dialog"]
    made.close()


async def test_what_nobody_expected_is_one_sentence_with_a_number_that_stands_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    made, heard = await background(StandIn(COACH))
    made.report(ValueError("secret detail"))
    kind, title, next_step = heard.said[0]
    assert kind == "dialog"
    assert "secret detail" not in title + next_step
    number = title.partition("incident ")[2].rstrip(").")
    assert len(number) == 6
    assert any(number in record.getMessage() and record.exc_info for record in caplog.records)
    made.close()


async def test_watchers_hear_of_their_topics_only_and_until_they_stop() -> None:
    stand_in = StandIn(COACH)
    made, _ = await background(stand_in)
    heard: list[str] = []
    stop = made.watch([Topic.COACHING], lambda: heard.append("coaching"))
    made.watch([Topic.PEOPLE, Topic.COACHING], lambda: heard.append("both"))
    await made.look()
    assert not heard  # the first look only learns the numbers
    stand_in.bump(Topic.PEOPLE)
    await made.look()
    assert heard == ["both"]
    stand_in.bump(Topic.COACHING)
    await made.look()
    assert heard == ["both", "coaching", "both"]
    stop()
    stand_in.bump(Topic.COACHING)
    await made.look()
    assert heard == ["both", "coaching", "both", "both"]
    made.close()


async def test_a_database_that_is_gone_is_told_once_until_it_is_back() -> None:
    stand_in = StandIn(COACH)
    made, heard = await background(stand_in)
    gone: Callable[[], Any] = lambda: _raise(EXPLAINED[2])  # noqa: E731 (put in place of the frozen record's)
    object.__setattr__(made.opened, "numbers", gone)
    for _ in range(3):
        await made.look()
    assert len(heard.said) == 1
    object.__setattr__(made.opened, "numbers", lambda: dict(stand_in.numbers))
    await made.look()
    object.__setattr__(made.opened, "numbers", gone)
    await made.look()
    assert len(heard.said) == 2
    made.close()


async def test_a_worker_that_died_is_told_once() -> None:
    made, heard = await background(StandIn(COACH))
    await made.look()
    assert not heard.said
    object.__setattr__(made.opened, "worker_died", lambda: True)
    for _ in range(3):
        await made.look()
    ((kind, title, next_step),) = heard.said
    assert (kind, title) == ("dialog", "Calendars are not read or written any more: pmtui's worker has ended.")
    assert next_step.startswith("Leave pmtui and start it again.")
    made.close()


async def test_calls_do_not_run_on_the_message_loop() -> None:
    made, _ = await background(StandIn(COACH))
    where = await made.call(lambda services: threading.current_thread())
    assert where is not threading.main_thread()
    made.close()


async def test_keys_are_answered_while_a_call_takes_long(opened: Open) -> None:
    stand_in = StandIn(COACH)
    async with opened(stand_in) as pressed:
        stand_in.gate.clear()
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.app.background.look()
        await pressed.pilot.press("question_mark")
        await pressed.pilot.pause()
        assert "What this is, and every key." in snapshots.text(pressed.app)
        stand_in.gate.set()


async def test_an_error_of_a_screens_reading_reaches_the_person(opened: Open) -> None:
    stand_in = StandIn(COACH)
    async with opened(stand_in) as pressed:
        stand_in.failing = RuntimeError("boom")
        stand_in.bump(Topic.INTEGRATIONS)
        await pressed.look()
        assert pressed.shows(MessageDialog)
        assert "Something went wrong in pmtui (incident " in snapshots.text(pressed.app)
        assert "boom" not in snapshots.text(pressed.app)


@pytest.mark.parametrize("left", [True, False])
async def test_what_cannot_be_drawn_any_more_on_a_window_that_was_left_is_no_failure(opened: Open, left: bool) -> None:
    async with opened(StandIn(COACH)) as pressed:
        window = MessageDialog("One moment", "")
        await pressed.app.push_screen(window)

        async def draw_too_late() -> None:
            if left:
                window.dismiss(None)
            window.query_one("#gone")

        await pressed.app.background.start(window, draw_too_late()).wait()
        await pressed.look()
        assert pressed.shows(MessageDialog) is not left


def test_the_first_frame_stands_before_the_backend_is_imported() -> None:
    code = """
import asyncio, sys
from pmtui.app import PmtuiApp
from pmtui.backend.clock import SystemClock
slow = {"sqlalchemy", "sqlmodel", "pydantic", "pendulum", "authlib", "httpx2"}
def open_():
    print("LOADED", sorted(slow & set(sys.modules)), "DRAWN", "pmtui" in frame[0], file=sys.stderr)
    raise SystemExit
frame = [""]
async def run():
    app = PmtuiApp(open_, clock=SystemClock(), look_seconds=None)
    def drawn():
        frame[0] = "\\n".join(strip.text for strip in app.screen._compositor.render_strips())
    app.background._open = lambda: (drawn(), open_())
    async with app.run_test() as pilot:
        await pilot.pause()
asyncio.run(run())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "LOADED [] DRAWN True" in done.stderr


def _raise(error: Exception) -> Any:
    raise error
