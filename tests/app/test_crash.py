"""A crash shows a number and a file, and neither holds what the program had in hand."""

import logging
import os
from pathlib import Path

import pytest

from pmtui import crash
from pmtui.app import PmtuiApp
from pmtui.backend.errors import Conflict
from pmtui.backend.signin.redaction import protect
from pmtui.cli import commands
from pmtui.cli.main import run
from tests.screens.stand_in import COACH, SIZE, StandIn

CANARY = "CANARY7f3a9e0b1c2d4e5f60718293"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where crash files go."""
    monkeypatch.setenv("PMTUI_LOG_FILE", str(tmp_path / "pmtui.log"))
    return tmp_path


def fail() -> None:
    """Fails with secrets in hand and in its message."""
    token, title = CANARY, "CANARY budget meeting"
    try:
        raise KeyError(token)
    except KeyError as error:
        raise ValueError(f"{title} {token}") from error


def written(folder: Path) -> str:
    [file] = folder.glob("crash-*.txt")
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text()


async def until_it_fails(app: PmtuiApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.call_later(fail)
        await pilot.pause()


async def test_the_app_leaves_with_a_number_and_a_file(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = StandIn(COACH).app()
    with pytest.raises(ValueError, match="CANARY"):  # the test framework hands it on
        await until_it_fails(app)
    text, kept = " ".join(capfd.readouterr().err.split()), written(folder)
    assert "incident" in text
    assert "crash-" in text.replace(" ", "")
    assert app.return_code == 1
    assert "CANARY" not in text + kept
    assert "builtins.KeyError" in kept
    assert "builtins.ValueError" in kept
    assert "in fail" in kept


def test_a_command_does_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "IN_FORCE", f"{__name__}:refuse")
    monkeypatch.setattr("pmtui.cli.config.load", lambda _: lambda _: fail())
    assert run(["config"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("pmtui: Something went wrong in pmtui (incident ")
    assert (said.err.count("\n"), "Traceback" in said.err, "CANARY" in said.err + said.out) == (1, False, False)
    assert "CANARY" not in written(folder)


def test_where_nothing_can_be_written_the_number_is_still_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", refused)
    assert "No space left on device" in crash.keep(ValueError(CANARY))


def test_errors_of_ours_are_named_by_their_code(folder: Path) -> None:
    crash.keep(Conflict("somebody_faster", "CANARY was faster.", "Look again."))
    assert "Conflict: somebody_faster" in written(folder)
    assert "CANARY" not in written(folder)


def test_what_an_exception_quotes_of_a_token_is_hidden_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    handler = protect(logging.FileHandler(path))
    logger = logging.Logger("somewhere")
    logger.addHandler(handler)
    try:
        fail()
    except ValueError:
        logger.exception("it failed")
    handler.close()
    text = path.read_text()
    assert CANARY not in text
    assert "ValueError" in text
    assert f'File "{__file__}"' in text
