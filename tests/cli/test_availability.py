"""`pmtui availability`, on a database of its own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pmtui.cli.main import run

Pmtui = Callable[..., tuple[int, str, str]]
INIT = (
    *("init", "--subdomain", "acme", "--name", "Acme", "--timezone", "America/Chicago"),
    *("--admin", "amy@acme.example", "--admin-name", "Amy"),
)
ADD = ("people", "add", "dana@acme.example", "Dana Reyes", "--permission", "Coach View Access")
DANA = ("--as", "dana@acme.example", "availability")


@pytest.fixture
def pmtui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command line in an organisation with the coach Dana: exit code, output, errors."""
    monkeypatch.setenv("PMTUI_DATABASE_URL", f"sqlite:///{tmp_path / 'pmtui.db'}")
    monkeypatch.setenv("PMTUI_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("PMTUI_CONFIG", str(tmp_path / "none.toml"))

    def pmtui(*arguments: str) -> tuple[int, str, str]:
        try:
            code = run(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    assert pmtui(*INIT)[0] == 0
    assert pmtui(*ADD)[0] == 0
    return pmtui


def test_nothing_saved_yet(pmtui: Pmtui) -> None:
    for arguments in ((), ("--plain",), ("show",), ("show", "--plain")):
        code, out, err = pmtui(*DANA, *arguments)
        assert (code, err) == (0, "")
        assert out.startswith("No availability was ever saved; a new one starts in America/Chicago.\n")


def test_set_and_show(pmtui: Pmtui) -> None:
    code, out, err = pmtui(*DANA, "set", "mon-thu 9-12, 13-17", "fri 9-12:30", "--timezone", "America/Denver")
    assert (code, err) == (0, "")
    assert out.splitlines()[:8] == [
        "Timezone  America/Denver   31.5 h a week   version 1",
        *(f"{day}  9-12, 13-17" for day in ("Mon", "Tue", "Wed", "Thu")),
        "Fri  9-12:30",
        "Sat  none",
        "Sun  none",
    ]
    assert pmtui(*DANA, "set", "weekdays +18-19; 2027-03-02 none")[0] == 0
    document = json.loads(pmtui(*DANA, "show", "--json")[1])
    assert (document["version"], document["calendar"], document["saved_by"]) == (2, "none", "Dana Reyes")
    assert document["availability"]["timezone"] == "America/Denver"
    assert document["availability"]["overrides"] == [{"date": "2027-03-02", "hours": []}]
    assert {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "18:00", "end": "19:00"} in document["availability"][
        "weekly"
    ]


def test_start_from_nothing(pmtui: Pmtui) -> None:
    pmtui(*DANA, "set", "mon 9-12; 2027-03-02 none")
    code, out, _ = pmtui(*DANA, "set", "--clear", "tue 9-12")
    assert (code, "Mon  none" in out, "2027" in out) == (0, True, False)


@pytest.mark.parametrize(
    ("arguments", "code", "err"),
    [
        (("set",), 2, "There is nothing to set."),
        (("set", "9-12"), 2, "It does not say which days. Try mon-fri 9-12."),
        (("set", "tuee 9-12"), 2, "“tuee” is not a day. Try tue."),
        (("set", "mon 9-5"), 2, "9-17? for overnight write 9-5+1"),
        (("set", "mon 9-12", "--timezone", "Mars/Olympus"), 2, "“Mars/Olympus” is not a time zone."),
        (("set", "mon 9-12", "--version", "7"), 1, "was saved somewhere else in the meantime."),
        (("show", "--plain", "--json"), 2, "--plain and --json can't both be."),
    ],
)
def test_what_is_refused(pmtui: Pmtui, arguments: tuple[str, ...], code: int, err: str) -> None:
    done, out, said = pmtui(*DANA, *arguments)
    assert (done, out) == (code, "")
    assert err in said
    assert len(said.splitlines()) == 1
    assert pmtui(*DANA, "show")[1].startswith("No availability was ever saved")


def test_whose(pmtui: Pmtui) -> None:
    code, _, err = pmtui("availability", "show")
    assert (code, err) == (2, "pmtui: Availability belongs to a person. Say whose: --as EMAIL\n")
    code, _, err = pmtui("--as", "amy@acme.example", "availability", "show")
    assert code == 1
    assert "Coach View Access" in err
