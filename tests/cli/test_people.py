"""`pmtui init` and `pmtui people`, on a database of their own."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pmtui.backend.signin.vault import Vault
from pmtui.cli import asking
from pmtui.cli.main import run

Pmtui = Callable[..., tuple[int, str, str]]

INIT = (
    *("init", "--subdomain", "acme", "--name", "Acme", "--timezone", "America/Chicago"),
    *("--admin", "amy@acme.example", "--admin-name", "Amy"),
)


@pytest.fixture
def pmtui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command line in this process: exit code, output, errors."""
    monkeypatch.setenv("PMTUI_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'pmtui.db'}")
    monkeypatch.setenv("PMTUI_KEY_FILE", str(tmp_path / "keys" / "keys"))
    monkeypatch.setenv("PMTUI_CONFIG", str(tmp_path / "none.toml"))

    def pmtui(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return pmtui


@pytest.fixture
def ready(pmtui: Pmtui) -> Pmtui:
    """The same with an organisation."""
    assert pmtui(*INIT)[0] == 0
    return pmtui


def answering(monkeypatch: pytest.MonkeyPatch, answer: bool) -> list[str]:
    """Somebody at the terminal answers every question so; the questions."""
    asked: list[str] = []

    def confirm(question: str, default: bool) -> bool:
        asked.append(question)
        return answer

    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", confirm)
    return asked


def test_init_makes_database_keys_and_organisation(pmtui: Pmtui, tmp_path: Path) -> None:
    code, out, err = pmtui(*INIT)
    assert (code, err) == (0, "")
    assert "Made Acme (acme, America/Chicago) with Amy as administrator." in out
    keys = tmp_path / "keys" / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    Vault.load(keys)
    kept = keys.read_bytes()
    code, out, _ = pmtui("init")
    assert (code, "Ready. Organisations: Acme (acme)." in out) == (0, True)
    assert keys.read_bytes() == kept
    code, _, err = pmtui(*INIT)
    assert (code, err) == (1, "pmtui: An organisation with this subdomain exists already. Choose another.\n")


def test_init_without_a_terminal_names_the_missing_option(pmtui: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "interactive", lambda: False)
    code, _, err = pmtui("init", "--subdomain", "acme", "--name", "Acme", "--timezone", "UTC")
    assert (code, err) == (2, "pmtui: --admin: --admin is missing. Repeat with --admin.\n")
    code, _, err = pmtui("init", "--subdomain", "acme", "--name", "Acme", "--timezone", "Mars/Base")
    assert (code, err.startswith("pmtui: timezone: 'Mars/Base' is not a time zone.")) == (2, True)


def test_init_asks_for_what_is_not_given(pmtui: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["acme", "Acme", "Europe/Berlin", "amy@acme.example", "Amy"])
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda question, default: next(answers))
    assert "Made Acme (acme, Europe/Berlin) with Amy as administrator." in pmtui("init")[1]


def test_people_are_added_listed_and_permitted(ready: Pmtui) -> None:
    code, out, _ = ready(
        *("people", "add", "dana@acme.example", "Dana Reyes", "--team", "North", "--role", "coach"),
        *("--permission", "view", "--permission", "Coach View Access"),
    )
    assert (code, out) == (0, "Dana Reyes <dana@acme.example> · America/Chicago · North · view, coach\n")
    code, out, _ = ready("people", "permit", "dana@acme.example", "--give", "approve", "--take", "view")
    assert out.endswith("· North · coach, approve\n")
    code, out, _ = ready("people", "list", "--json")
    assert [person["email"] for person in json.loads(out)] == ["amy@acme.example", "dana@acme.example"]
    assert json.loads(out)[1]["permissions"] == ["Coach View Access", "Approve Coaching Session"]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("permit", "dana@acme.example", "--give", "nonsense"), 2, "'nonsense' is not a permission."),
        (("permit", "nobody@acme.example", "--give", "view"), 1, "There is nobody here with the address"),
        (("add", "amy@acme.example", "Amy"), 1, "Somebody with this email address exists already."),
        (("add", "x", "X"), 2, "email: 'x' is not an email address."),
        (("scope", "amy@acme.example", "--team", "Nowhere"), 1, "There is no team 'Nowhere'."),
    ],
)
def test_refusals_are_one_line(ready: Pmtui, arguments: tuple[str, ...], code: int, error: str) -> None:
    got, out, err = ready("people", *arguments)
    assert (got, out) == (code, "")
    assert error in err
    assert len(err.splitlines()) == 1


def test_acting_as_somebody_without_permission_names_it(ready: Pmtui) -> None:
    ready("people", "add", "dana@acme.example", "Dana")
    code, _, err = ready("--as", "dana@acme.example", "people", "list")
    assert code == 1
    assert "Administer Performance Management Essentials" in err
    assert err.endswith("Amy can give it.\n")


def test_disabling_asks(ready: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    ready("people", "add", "dana@acme.example", "Dana", "--permission", "coach")
    monkeypatch.setattr(asking, "interactive", lambda: False)
    for arguments in (("disable", "dana@acme.example"), ("permit", "dana@acme.example", "--take", "coach")):
        code, _, err = ready("people", *arguments)
        assert (code, "Repeat with --yes." in err) == (2, True)
    answering(monkeypatch, False)
    assert ready("people", "disable", "dana@acme.example")[0] == 1
    assert "disabled" not in ready("people", "list")[1]
    assert ready("people", "permit", "dana@acme.example", "--take", "coach", "--yes")[0] == 0
    asked = answering(monkeypatch, True)
    assert "disabled" in ready("people", "disable", "dana@acme.example")[1]
    assert asked == ["Disable dana@acme.example? Their calendar connection and sign-ins end at once."]
    code, _, err = ready("--as", "dana@acme.example", "people", "list")
    assert (code, "is disabled" in err) == (1, True)


def test_teams_groups_and_scope(ready: Pmtui) -> None:
    ready("people", "add", "dana@acme.example", "Dana", "--team", "North", "--role", "coach")
    assert "North, South" in ready("people", "team", "dana@acme.example", "South", "--role", "coach")[1]
    assert ready("people", "group", "All", "--team", "North", "--team", "South")[1] == "All holds North, South.\n"
    assert ready("people", "scope", "dana@acme.example", "--group", "All")[1] == "Dana acts on All.\n"
    assert ready("people", "scope", "dana@acme.example")[1] == "Dana acts on the usual people.\n"
