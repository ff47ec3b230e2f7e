"""`pmtui doctor`: whether everything pmtui needs is there and works, one line each, and what to do where it is not."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.cli import commands, output
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.doctor.records import Finding, Report

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """See whether everything pmtui needs is there and works. Exit code 1 if something does not. Changes nothing.

    Run it as the account that runs the worker: that one can read the keys.
    """
    with output.errors():
        report: Report = load(commands.DOCTOR)(load(commands.IN_FORCE)(output.options().flags))
        output.data(report, as_json, _text)
        if not report.well:
            raise typer.Exit(1)


def _text(report: "Report") -> str:
    counted = Counter(one.level.value for one in report.findings)
    summary = ", ".join(f"{counted[level]} {level}" for level in ("ok", "warning", "problem") if counted[level])
    return "\n".join((*(line(one) for one in report.findings), "", f"{summary}."))


def line(finding: "Finding") -> str:
    """A finding as one line."""
    return f"{finding.level.value:8} {finding.area}: {finding.said} {finding.next_step}".rstrip()
