"""`pmtui slots`: exit codes, streams, JSON Lines, and explanations."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from pmtui.cli.slots import app
from tests.backend.slots.cases import ANSWER, EXAMPLE, FULLEST, Wrong, wrong_cases
from tests.backend.slots.test_documents import EXAMPLES

EXPECTED = json.dumps(ANSWER, ensure_ascii=False) + "\n"


def pmtui(*arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "pmtui", *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


def lines(*cases: Any) -> bytes:
    """Cases as JSON Lines."""
    return "".join(json.dumps(case) + "\n" for case in cases).encode()


def test_a_file_is_answered_in_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**EXAMPLE, "id": "Zoë"}, ensure_ascii=False), "utf-8")
    done = pmtui("slots", "solve", str(file), LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == EXPECTED.replace("optional, echoed", "Zoë").encode()


def test_standard_input() -> None:
    done = pmtui("slots", "solve", "-", given=json.dumps(EXAMPLE).encode())
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", EXPECTED.encode())


def test_a_bad_case_is_one_line_and_exit_2() -> None:
    bad = {**EXAMPLE, "coach": {**EXAMPLE["coach"], "busy": [{"start": "2027-03-01T10:00Z", "end": "noon"}]}}
    done = pmtui("slots", "solve", "-", given=json.dumps(bad).encode())
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"coach.busy[0].end: must be an instant")
    assert done.stderr.count(b"\n") == 1


def test_no_slots_is_success() -> None:
    nothing = {**EXAMPLE, "coach": {"calendar": "google"}}
    done = pmtui("slots", "solve", "-", given=json.dumps(nothing).encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)["reasons"] == {"availability_not_set": 1343}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    done = pmtui("slots", "solve", str(tmp_path / "none.json"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"{tmp_path / 'none.json'}: No such file or directory\n"


def test_many_answers_each_line_and_reports_the_bad_ones() -> None:
    bad = {**EXAMPLE, "version": 2}
    other = {**EXAMPLE, "id": "other"}
    given = lines(EXAMPLE, bad) + b"\xff\n" + b"\n" + lines(other)
    done = pmtui("slots", "solve", "--many", "-", given=given)
    assert done.returncode == 2
    assert done.stdout.decode() == EXPECTED + EXPECTED.replace("optional, echoed", "other")
    assert [line.split(": ")[:2] for line in done.stderr.decode().splitlines()] == [
        ["line 2", "version"],
        ["line 3", "case"],
        ["line 4", "case"],
    ]


def test_many_good_lines_are_success() -> None:
    # A line separator inside a string is no end of a line, and the last newline may be missing.
    odd = json.dumps({**EXAMPLE, "id": "a\u2028b"}, ensure_ascii=False).encode()
    done = pmtui("slots", "solve", "-", "--many", given=lines(EXAMPLE).replace(b"\n", b"\r\n") + odd)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.decode().split("\n")) == 3


def test_no_database_is_loaded() -> None:
    code = (
        "import sys; from pmtui.__main__ import main; main(['slots', 'solve', '-']); "
        "print([m for m in sys.modules if m.split('.')[0] in ('sqlmodel', 'sqlalchemy', 'textual')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=lines(EXAMPLE), capture_output=True, timeout=60, check=True
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


@given(wrong_cases())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_wrong_with_a_case_is_named_and_nothing_is_written(wrong: Wrong) -> None:
    done = CliRunner().invoke(app, ["solve", "-"], input=wrong.text.encode())
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{wrong.path}: ")
    assert done.stderr.count("\n") == 1


def test_the_answer_does_not_depend_on_the_machines_zone() -> None:
    # From before the clocks change in Chicago until after they did in London.
    window = {"start": "2027-03-10T00:00Z", "end": "2027-04-20T00:00Z"}
    nobody = {"calendar": "none"}
    coach = {"calendar": "google", "availability": EXAMPLE["coach"]["availability"]}
    cases = [{**EXAMPLE, "window": window, "coach": party, "agent": nobody} for party in (coach, nobody)]
    cases += [json.loads(case) for case, _ in EXAMPLES] + [FULLEST]
    zones = ("UTC", "America/Los_Angeles", "Asia/Kolkata")
    answers = {pmtui("slots", "solve", "--many", "-", given=lines(*cases), TZ=zone).stdout for zone in zones}
    assert len(answers) == 1
    by_coach, by_office = (json.loads(line)["slots"] for line in answers.pop().splitlines()[:2])
    assert ("2027-03-23T09:00:00Z" in by_coach, "2027-03-29T08:00:00Z" in by_coach) == (True, True)
    assert ("2027-03-12T15:00:00Z" in by_office, "2027-03-15T14:00:00Z" in by_office) == (True, True)


def test_explain_says_why_there_is_nothing_and_what_would_help() -> None:
    none = {**EXAMPLE, "limits": {"coach": {"day": 1}}}
    done = pmtui("slots", "explain", "-", given=json.dumps(none).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        "30 minutes from Mon 1 Mar 00:00 to Mon 15 Mar 00:00, Europe/London time. "
        "coach: google calendar and availability; agent: wfm schedule.",
        "There is no time to offer.",
        "Starts that are ruled out, each by its first reason:",
        "  1,235: outside the availability (the coach)",
        "  77: outside the WFM schedule (the agent)",
        "  23: enough sessions already (the coach)",
        "  5: busy (the coach)",
        "  3: another coaching session (the coach)",
        "Allow the coach 2 sessions a day instead of 1: Mon 1 Mar 15:30 is free then.",
    ]
    told = json.loads(pmtui("slots", "explain", "-", "--json", given=json.dumps(none).encode()).stdout)
    assert told["change"]["kind"] == "raise_limit"
    assert {"party": "coach", "reason": "limit", "starts": 23} in told["removed"]


def test_explain_says_why_a_start_is_not_offered() -> None:
    given = json.dumps(EXAMPLE).encode()
    done = pmtui("slots", "explain", "-", "--start", "2027-03-01 10:45", given=given)
    assert done.stdout.decode().splitlines() == [
        "Mon 1 Mar 10:45 is not offered, Europe/London time:",
        "  10:45-11:00  the coach is busy",
        "  10:45-11:15  the agent is not scheduled",
    ]
    assert pmtui("slots", "explain", "-", "--start", "2027-03-01T16:30+01:00", given=given).stdout == (
        b"Mon 1 Mar 15:30 is offered.\n"
    )
    told = json.loads(pmtui("slots", "explain", "-", "--start", "2027-03-01 10:45", "--json", given=given).stdout)
    assert [stretch["reason"] for stretch in told["stretches"]] == ["busy", "outside_schedule"]


def test_explain_without_any_start_to_look_at_still_says_so() -> None:
    short = {**EXAMPLE, "window": {"start": "2027-03-01T10:00Z", "end": "2027-03-01T10:20Z"}}
    done = pmtui("slots", "explain", "-", given=json.dumps(short).encode())
    assert "No start could be looked at" in done.stdout.decode()


def test_explain_refuses_bad_input_in_a_line() -> None:
    given = json.dumps(EXAMPLE).encode()
    for arguments, text in ((("--start", "soon"), given), ((), b"{"), ((), b"\xff")):
        done = pmtui("slots", "explain", "-", *arguments, given=text)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert pmtui("slots", "explain", "nowhere.json").returncode == 2


def test_the_schema_is_printed_as_it_stands_in_the_documents() -> None:
    documented = Path(__file__).parents[2] / "docs" / "case-file.schema.json"
    assert pmtui("slots", "schema").stdout == documented.read_bytes()
