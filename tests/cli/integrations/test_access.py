"""What administrators and coaches allow, send, set and end with `pmtui integrations`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pmtui.backend.integrations import words
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import ConnectionState, External, Permission, Provider
from pmtui.backend.storage.tables.integrations import Connection, WfmService
from pmtui.backend.storage.tables.signin import OutlookApproval
from pmtui.cli import asking
from tests.cli.integrations.conftest import ADMIN, DANA, NOT_APPROVED, PlayedWorker, Pmtui
from tests.world import World


def live(world: World) -> int:
    return len([row for row in world.rows(Connection) if row.ended_at is None])


def test_draft_and_send(pmtui: Pmtui, world: World) -> None:
    code, out, _ = pmtui(*ADMIN, "set", "--external", "outlook")
    assert code == 0
    assert out.splitlines() == [
        "If you send this (WFM Calendar off, Outlook Calendar):",
        "  2 coaches are asked to connect.",
        f"  {NOT_APPROVED}",
    ]
    assert json.loads(pmtui(*ADMIN, "show", "--json")[1])["sent"] == {"wfm": False, "external": "none"}
    code, out, err = pmtui(*ADMIN, "send-access")
    assert (code, err) == (0, "")
    assert out == f"Sent: WFM Calendar off, Outlook Calendar.\n  2 coaches are asked to connect.\n  {NOT_APPROVED}\n"
    code, out, _ = pmtui(*DANA, "show")
    assert "No calendar is connected." in out
    assert "Your organisation lets you connect a calendar." in out
    assert NOT_APPROVED in out


def test_the_outlook_approval(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.administrator("ira", Permission.COACH)
    world.allow(external=External.OUTLOOK)
    monkeypatch.setenv("PMTUI_MICROSOFT_CLIENT_ID", "app-1")
    ira = ("--as", "ira@acme.example", "integrations", "approval")
    code, out, err = pmtui(*ira)
    assert (code, err) == (0, "")
    assert out.startswith("Outlook approval: Not asked yet.\n")
    assert "Performance Management Calendar Integration" in out
    assert words.PROPOSED_JUSTIFICATION in out
    code, link, _ = pmtui(*ira, "--link")
    assert link == f"{out.splitlines()[-1]}\n"
    assert link.startswith("https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=app-1&")
    code, out, _ = pmtui(*ira, "--requested", "--justification", "Sessions in our calendars", "--json")
    noted = json.loads(out)
    assert (code, noted["approval"]["state"], noted["approval"]["requested_by"]) == (0, "requested", "Ira")
    assert (noted["justification"], noted["link"]) == ("Sessions in our calendars", link.strip())
    assert "Outlook approval: Requested on" in pmtui(*ADMIN, "show")[1]
    shown = pmtui(*DANA, "show")[1]
    assert "Your Microsoft administrator has to approve first; requested" in shown
    assert json.loads(pmtui(*DANA, "show", "--json")[1])["approval"]["state"] == "requested"
    assert "Denied, as noted on" in pmtui(*ira, "--denied")[1]
    assert "Blocked, as heard on" in pmtui(*ira, "--blocked")[1]


@pytest.mark.parametrize(
    ("who", "arguments", "code", "said"),
    [
        (DANA, (), 1, "Administer Performance Management Essentials"),
        (ADMIN, ("--requested",), 1, "Coach View Access"),
        ((), ("--requested", "--denied"), 2, "one of the options"),
        ((), ("--justification", "please"), 2, "--requested"),
        ((), ("--link", "--json"), 2, "one of them"),
        ((), ("--link",), 1, "microsoft_client_id"),
        ((), ("--requested", "--justification", "x" * 2000), 2, "1,000 characters"),
    ],
)
def test_an_approval_that_can_not_be_shown_or_noted(
    pmtui: Pmtui, world: World, who: tuple[str, ...], arguments: tuple[str, ...], code: int, said: str
) -> None:
    got, out, err = pmtui(*(who or ("integrations",)), "approval", *arguments)
    assert (got, out) == (code, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert world.rows(OutlookApproval) == []


def test_a_destructive_send_needs_the_number(pmtui: Pmtui, world: World) -> None:
    world.allow(external=External.OUTLOOK)
    world.connect("dana", Provider.OUTLOOK)
    pmtui(*ADMIN, "set", "--external", "none")
    for arguments, code, said in (
        ((), 2, "Repeat with --yes --expect 1."),
        (("--yes",), 2, "Repeat with --yes --expect 1."),
        (("--yes", "--expect", "2"), 1, "1 connection would end, not 2."),
    ):
        got, out, err = pmtui(*ADMIN, "send-access", *arguments)
        assert (got, out) == (code, "")
        assert said in err
        assert len(err.splitlines()) == 1
        assert live(world) == 1
    code, out, _ = pmtui(*ADMIN, "send-access", "--yes", "--expect", "1")
    assert (code, out) == (
        0,
        "Sent: WFM Calendar off, No external calendar.\n  1 Outlook calendar is disconnected.\n",
    )
    assert live(world) == 0
    assert "Your Outlook calendar was disconnected by an administrator on " in pmtui(*DANA, "show")[1]


def test_a_destructive_send_asks(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.allow(external=External.OUTLOOK)
    world.connect("dana", Provider.OUTLOOK)
    pmtui(*ADMIN, "set", "--external", "google")
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    code, _, err = pmtui(*ADMIN, "send-access")
    assert (code, live(world)) == (1, 1)
    assert "1 Outlook calendar is disconnected." in err
    assert words.GOOGLE_NOT_READY in err
    monkeypatch.setattr("typer.confirm", lambda question, default: True)
    assert pmtui(*ADMIN, "send-access")[0] == 0
    assert live(world) == 0


def test_wfm_without_a_token_is_refused_in_one_line(pmtui: Pmtui) -> None:
    code, out, _ = pmtui(*ADMIN, "set", "--wfm")
    assert words.WFM_NOT_READY in out
    code, out, err = pmtui(*ADMIN, "send-access")
    assert (code, out) == (1, "")
    assert err == f"pmtui: {words.WFM_NOT_READY} {words.WFM_NOT_READY_NEXT}\n"


def test_setting_nothing_is_bad_use(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*ADMIN, "set")
    assert (code, out) == (2, "")
    assert "There is nothing to set." in err


def test_coaches_may_not_send(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*DANA, "send-access")
    assert (code, out) == (1, "")
    assert err.endswith("Amy can give it.\n")
    assert len(err.splitlines()) == 1


def test_disconnecting_shows_the_warning_and_asks(pmtui: Pmtui, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.connect("dana", Provider.OUTLOOK, state=ConnectionState.NEEDS_RECONNECTING)
    assert "needs reconnecting" in pmtui(*DANA, "show")[1]
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda question, default: default)
    code, _, err = pmtui(*DANA, "disconnect")
    assert (code, live(world)) == (1, 1)
    assert words.DISCONNECT_WARNING in err
    monkeypatch.setattr("typer.confirm", lambda question, default: True)
    assert pmtui(*DANA, "disconnect")[:2] == (0, "Disconnected.\n")
    assert live(world) == 0
    code, _, err = pmtui(*DANA, "disconnect", "--yes")
    assert (code, err) == (1, "pmtui: You have no calendar connected. There is nothing to disconnect.\n")


def test_an_administrator_disconnects_somebody(pmtui: Pmtui, world: World) -> None:
    world.connect("dana", Provider.OUTLOOK)
    assert pmtui(*ADMIN, "disconnect", "--person", "dana@acme.example", "--yes")[0] == 0
    assert live(world) == 0


def test_the_wfm_token_comes_from_standard_input_and_is_sealed(
    pmtui: Pmtui, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "secret", lambda question: "canary-token")
    code, _, err = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api")
    assert (code, "Run: pmtui init" in err) == (2, True)
    Vault.create(tmp_path / "keys")
    monkeypatch.setenv("PMTUI_EMBEDDED_WORKER", "false")
    code, out, err = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api", "--business-unit", "bu")
    assert (code, err) == (0, "")
    (row,) = world.rows(WfmService)
    assert b"canary" not in row.sealed_token
    assert "canary" not in out
    assert (row.url, row.business_unit_id) == ("https://wfm.acme.example/api", "bu")
    assert "WFM token: none that works" in pmtui(*ADMIN, "show")[1]


@pytest.mark.parametrize(
    ("works", "said"),
    [(True, "Stored, and it works."), (False, "Stored. It does not work (yet):")],
)
def test_where_the_worker_is_inside_the_command_says_whether_the_token_works(
    pmtui: Pmtui,
    world: World,
    tmp_path: Path,
    play: Callable[["PlayedWorker"], None],
    monkeypatch: pytest.MonkeyPatch,
    works: bool,
    said: str,
) -> None:
    Vault.create(tmp_path / "keys")
    monkeypatch.setattr(asking, "secret", lambda question: "canary-token")
    play(PlayedWorker(world, wfm_works=works))
    code, out, _ = pmtui("integrations", "wfm-service", "https://wfm.acme.example/api")
    assert (code, out.startswith(said)) == (0, True)


def test_without_the_new_login_experience_nothing_else_is_shown(pmtui: Pmtui, world: World) -> None:
    other = World(world.database, world.clock, subdomain="globex", new_login_experience=False)
    other.coach("gus")
    assert pmtui("--as", "gus@globex.example", "integrations", "show")[1] == (
        "Your organisation does not have the new login experience. Ask your administrator to have it enabled.\n"
    )
