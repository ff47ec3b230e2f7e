"""`pmtui settings`, on a database of its own."""

import json

import pytest

from tests.cli.test_people import Pmtui, pmtui, ready

__all__ = ["pmtui", "ready"]


def test_show_lists_every_setting_with_what_it_means(ready: Pmtui) -> None:
    code, said, errors = ready("settings", "show")
    assert (code, errors) == (0, "")
    assert "session-length         30 min           how long a session is" in said
    assert max(map(len, said.splitlines())) <= 130


def test_set_changes_all_of_them_or_none(ready: Pmtui) -> None:
    code, said, _ = ready("settings", "set", "notice=24h", "coachable-activities=Phone, Chat", "--json")
    values = {one["name"]: one["value"] for one in json.loads(said)}
    assert (code, values["notice"], values["coachable-activities"]) == (0, "24 h", "Phone, Chat")
    code, said, errors = ready("settings", "set", "notice=1h", "step=7")
    assert (code, said) == (2, "")
    assert errors == "pmtui: step: '7' is no value for step. Choose 5, 10, 15, 20, 30 or 60 minutes.\n"
    assert "24 h" in ready("settings", "show")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["notice"], "'notice' sets nothing. Write NAME=VALUE, like notice=24h."),
        (["notice=1h", "notice=2h"], "notice stands there twice. Set it once."),
        (["nothing=1"], "name: There is no setting 'nothing'."),
    ],
)
def test_bad_input_gets_one_line(ready: Pmtui, arguments: list[str], said: str) -> None:
    code, out, errors = ready("settings", "set", *arguments)
    assert (code, out) == (2, "")
    assert errors.startswith(f"pmtui: {said}")
    assert errors.count("\n") == 1
