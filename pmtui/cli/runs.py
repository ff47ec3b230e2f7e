"""`pmtui coaching run`, `runs` and `report`: Auto Coaching for as many agents as there are."""

import csv
import shutil
import sys
from collections.abc import Callable
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.backend.coaching import run_words
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord, RunReport
from pmtui.backend.errors import BadInput
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import RunState
from pmtui.cli import connecting, output
from pmtui.cli.output import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services

Run = Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run's code; otherwise the newest.")]

_LOOK_SECONDS = 0.25
_PATIENCE = 40  # looks before it is said what is waited for, where nothing else shows it
_OVER = (RunState.DONE, RunState.CANCELLED)
_COLUMNS = ("agent", "email", "coach", "rule", "priority", "outcome", "session", "start", "state", "reason", "helps")


def run(
    rule: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Only agents who fall under it; can be repeated.")
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="Only agents of this team.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Follow it to its end, or leave it to the worker.")
    ] = True,
    cancel: Annotated[
        str | None, typer.Option(metavar="RUN", help="Cancel a run instead: what is under way is finished.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Propose sessions for everybody who falls under a rule; Ctrl+C cancels what is not planned yet."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        if cancel is not None:
            if rule or team:
                raise BadInput("options", "--cancel goes with no --rule or --team.", "Leave them out.")
            output.data(services.runs.cancel(actor, cancel), as_json, _line)
            return
        asked = services.runs.ask(actor, rules=rule or (), team=team)
        if not wait:
            output.data(asked, as_json, _asked)
            return
        with connecting.worker(services):
            ended = _follow(services, actor, asked.code)
        if as_json:
            output.data(ended, True, _line)
        else:
            told = run_words.summary(ended, services.runs.outcomes(actor, ended.code))
            print("\n".join((*told, f"Everybody, with reasons: pmtui coaching report {ended.code}")))
        if ended.state is RunState.CANCELLED:
            raise typer.Exit(1)


def runs(as_json: Json = False) -> None:
    """The newest runs of Auto Coaching, and how far they are."""
    with output.errors():
        services = output.services()
        output.data(services.runs.list(output.actor(services)), as_json, _lines)


def report(
    code: Run = None,
    agent: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only this agent.")] = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row an agent.")] = False,
) -> None:
    """What came of every agent of a run: the time proposed, or why there is none."""
    with output.errors():
        if as_json and as_csv:
            raise BadInput("options", "--json and --csv contradict each other.", "Choose one.")
        services = output.services()
        found = services.runs.report(output.actor(services), code, agent=agent)
        if as_csv:
            _csv(found)
        else:
            output.data(found, as_json, _text)


def _follow(services: "Services", actor: "Actor", code: str) -> RunRecord:
    """The run once it is over, shown meanwhile on a terminal. Ctrl+C cancels it, and waits for what is under way."""
    pause, looks = Event(), 0  # never set: waits
    with _shown() as show:
        while True:
            try:
                run = services.runs.run(actor, code)
                if run.state in _OVER:
                    return run
                show(run_words.progress(run))
                looks += 1
                if looks == _PATIENCE and run.state is RunState.WAITING and not sys.stderr.isatty():
                    print("Waiting for the worker ... (Ctrl+C cancels the run)", file=sys.stderr, flush=True)
                pause.wait(_LOOK_SECONDS)
            except KeyboardInterrupt:
                if services.runs.run(actor, code).state in (RunState.CANCELLING, *_OVER):
                    raise  # asked for twice: it ends without this command
                services.runs.cancel(actor, code)
                show("Cancelling: what is under way is finished. Ctrl+C again leaves it alone.")


@contextmanager
def _shown() -> "Iterator[Callable[[str], None]]":
    """A line on a terminal that is written over, and wiped at the end; nothing elsewhere."""
    shown = sys.stderr.isatty()

    def show(text: str) -> None:
        if shown:
            room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be written over
            print(f"\r\x1b[K{text[:room]}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        show("")


def _asked(run: RunRecord) -> str:
    return f"Run {run.code} is asked for. See how far it is: pmtui coaching report {run.code}"


def _line(run: RunRecord) -> str:
    asked = run.asked_at.isoformat(timespec="minutes")
    what = " · ".join(part for part in (", ".join(run.rules), run.team) if part)
    return f"{run.code}  {asked}  {run.asked_by}  {f'{what}  ' if what else ''}{run_words.progress(run)}"


def _lines(found: tuple[RunRecord, ...]) -> str:
    return "\n".join(_line(run) for run in found) or "There has been no run yet. Start one: pmtui coaching run"


def _text(found: RunReport) -> str:
    return "\n".join(
        (
            *run_words.summary(found.run, found.outcomes),
            *(line for one in found.agents for line in run_words.agent(one)),
        )
    )


def _csv(found: RunReport) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(_COLUMNS)
    rows.writerows(map(_row, found.agents))


def _row(one: RunAgentRecord) -> tuple[str, ...]:
    starts = one.starts_at.astimezone(zone(one.timezone)).isoformat() if one.starts_at is not None else ""
    return (
        one.agent,
        one.agent_email,
        one.coach,
        one.rule,
        one.priority.value,
        one.outcome.value if one.outcome is not None else "",
        one.session,
        starts,
        one.state.value if one.state is not None else "",
        one.reason,
        one.helps,
    )
