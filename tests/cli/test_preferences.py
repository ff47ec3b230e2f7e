"""`pmtui preferences`, on a database of its own."""

import json

import pytest

from tests.cli.test_people import Pmtui, pmtui, ready

__all__ = ["pmtui", "ready"]

AMY = ("--as", "amy@acme.example", "preferences")


def test_set_changes_all_of_them_or_none(ready: Pmtui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    code, said, errors = ready(*AMY, "set", "theme=light", "clock=24", "keys.coaching.approve=^t", "--json")
    assert (code, errors) == (0, "")
    assert {one["name"]: (one["value"], one["own"]) for one in json.loads(said)} == {
        "theme": ("pmtui-light", True),
        "clock": ("24", True),
        "first-day": ("locale (sunday)", False),
        "keys.coaching.approve": ("^t", True),
    }
    assert ready(*AMY, "set", "clock=12", "theme=litgh")[0] == 2
    assert "clock                  24 " in ready(*AMY, "show")[1]
    assert ready(*AMY, "reset", "keys.coaching.approve", "theme")[0] == 0
    assert "keys" not in ready(*AMY, "show")[1]
    ready(*AMY, "set", "keys.coaching.approve=f2")
    code, said, _ = ready(*AMY, "reset", "--json")
    assert (code, [one["own"] for one in json.loads(said)]) == (0, [False, False, False])


def test_keys_lists_every_action_with_its_keys(ready: Pmtui) -> None:
    ready(*AMY, "set", "keys.coaching.approve=f2")
    code, said, _ = ready(*AMY, "keys", "coaching.approve", "APPROVE")
    assert code == 0
    assert said.split()[:2] == ["keys.coaching.approve", "f2"]
    assert len(ready(*AMY, "keys")[1].splitlines()) > 100
    assert ready(*AMY, "keys", "xyzzy")[1] == "No action has these words.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "clock"), "'clock' sets nothing."),
        (("set", "clock=12", "clock=24"), "clock stands there twice."),
        (("set", "colour=12"), "name: There is no preference 'colour'."),
        (("set", "theme=drak"), "theme: There is no theme 'drak'. Did you mean dark?"),
        (("set", "keys.coaching.approve=ctrl+b"), "keys.coaching.approve: ^b can't be given away: tmux takes it."),
        (("set", "keys.coaching.approve=1"), "keys.coaching.approve: 1 is 'Integrations' already (go.integrations)"),
        (("set", "keys.coaching.aprove=g"), "name: There is no action 'coaching.aprove'."),
        (("reset", "keys.nothing"), "name: There is no action 'nothing'."),
    ],
)
def test_bad_input_gets_one_line(ready: Pmtui, arguments: tuple[str, ...], said: str) -> None:
    code, out, errors = ready(*AMY, *arguments)
    assert (code, out) == (2, "")
    assert errors.startswith(f"pmtui: {said}")
    assert errors.count("\n") == 1


def test_the_operator_is_told_to_name_somebody(ready: Pmtui) -> None:
    code, out, errors = ready("preferences", "show")
    assert (code, out, errors) == (1, "", "pmtui: You act as no person. Name one with --as EMAIL.\n")
