"""docs/slots.md: every example is run as it stands there."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pmtui.cli.slots import app

PAGE = Path(__file__).parents[3] / "docs" / "slots.md"
EXAMPLES = re.findall(r"```json\n(.*?)```\n\n```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize(("case", "session"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_the_page_shows(case: str, session: str) -> None:
    commands = re.findall(r"\$ pmtui slots (.*?)\n(.*?)(?=\$ pmtui|\Z)", session, re.DOTALL)
    assert commands
    for command, shown in commands:
        arguments = ["-" if word == "CASE.json" else word for word in shlex.split(command)]
        done = CliRunner().invoke(app, arguments, input=case.encode())
        assert (done.exit_code, done.stdout) == (0, shown)
