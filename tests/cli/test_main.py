"""The command line's frame: exit codes, one-line errors, nothing loaded that isn't used."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pmtui.cli import commands
from pmtui.terminal import refusal


def pmtui(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pmtui", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PMTUI_CONFIG": "/nowhere/config.toml", **environment},
    )


def test_version_names_program_and_tz_database() -> None:
    done = pmtui("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("pmtui 0.1.0 (tz database 20")


def test_help_lists_every_command() -> None:
    done = pmtui("--help")
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in commands.COMMANDS)


@pytest.mark.parametrize("name", list(commands.COMMANDS))
def test_every_command_loads_and_explains_itself(name: str) -> None:
    done = pmtui(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"pmtui {name}" in done.stdout


@pytest.mark.parametrize("arguments", [("nonsense",), ("--nonsense",), ("db", "nonsense"), ("slots", "solve")])
def test_bad_use_is_one_line_and_exit_2(arguments: tuple[str, ...]) -> None:
    done = pmtui(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("pmtui: ")


def test_a_wrong_choice_is_told_in_plain_words() -> None:
    done = pmtui("people", "add", "dana@acme.example", "Dana", "--role", "boss")
    assert done.returncode == 2
    assert done.stderr.startswith("pmtui: Invalid value for '--role': 'boss' is not one of 'coach', 'agent'. Try: ")


def test_no_database_says_what_to_run(tmp_path: Path) -> None:
    done = pmtui("people", "list", PMTUI_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    assert done.returncode == 1
    assert done.stderr == "pmtui: There is no pmtui database yet. Run: pmtui init\n"
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("arguments", [("people", "list"), ("db", "upgrade"), ("worker",), ("init",)])
def test_a_file_that_is_no_database_is_told_in_one_line_and_left_alone(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "notes.db"
    file.write_text("not a database, but 16 bytes and more of something else", "utf-8")
    before = file.read_bytes()
    done = pmtui(*arguments, PMTUI_DATABASE_URL=f"sqlite:///{file}", PMTUI_KEY_FILE=str(tmp_path / "keys"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pmtui: The database can't be used: file is not a database. ")
    assert file.read_bytes() == before


def test_upgrade_is_safe_to_repeat(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    first, second = (pmtui("db", "upgrade", PMTUI_DATABASE_URL=url) for _ in range(2))
    assert "Made at version 00" in first.stdout
    assert "is at version" in second.stdout


def test_the_full_screen_is_refused_in_one_line_where_there_is_no_terminal() -> None:
    done = pmtui("--as", "dana@acme.example")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "needs a terminal" in done.stderr


class _Stream(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "shown"), [("xterm-256color", True), ("linux", True), ("dumb", False), ("", False)])
def test_the_full_screen_needs_a_terminal_that_can_draw(term: str, shown: bool) -> None:
    streams = [_Stream(), _Stream(), _Stream()]
    assert (refusal({"TERM": term}, streams) is None) is shown
    assert refusal({"TERM": term}, [*streams, io.StringIO()]) is not None
    assert refusal({"TERM": term}, [*streams, None]) is not None


def test_a_group_alone_names_its_commands_in_one_line() -> None:
    done = pmtui("people")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("pmtui: people needs a command: list, add, permit")
    assert done.stderr.endswith(" Try: pmtui people --help\n")
