"""`pmtui connections`: who is connected, who is not and why; one person whole; a test reading; figures per provider."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.backend.errors import BadInput, Conflict, Unavailable, Whose
from pmtui.backend.states import Provider
from pmtui.backend.support.person_words import tested
from pmtui.backend.support.records import Filter, Sort, Standing
from pmtui.cli import connecting, output
from pmtui.cli.connections_text import detail, page, page_plain
from pmtui.cli.output import Json

if TYPE_CHECKING:
    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services
    from pmtui.backend.support.records import ReadingRecord

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person.")]

_TEST_LOOKS = 200  # at five a second: longer than a provider may take to answer


@app.callback(invoke_without_command=True)
def connections(
    context: typer.Context,
    state: Annotated[
        list[Standing] | None,
        typer.Option(metavar="STATE", help=f"Only these; may be repeated: {', '.join(Standing)}."),
    ] = None,
    provider: Annotated[
        list[Provider] | None,
        typer.Option(metavar="NAME", help=f"Only these calendars; may be repeated: {', '.join(Provider)}."),
    ] = None,
    team: Annotated[str | None, typer.Option(metavar="NAME", help="Only people of this team.")] = None,
    search: Annotated[str, typer.Option(metavar="TEXT", help="Only names and addresses with this in them.")] = "",
    sort: Annotated[Sort, typer.Option(help="What comes first; by state the worst.")] = Sort.STATE,
    coaches: Annotated[
        bool, typer.Option("--coaches", help="Only coaches, no agents: quick where there are many.")
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="A sentence at a time, for screen readers.")] = False,
    as_json: Json = False,
) -> None:
    """Everybody who has or may have a calendar connected, the worst first, and how it goes with each provider."""
    wanted = Filter(frozenset(state or ()), frozenset(provider or ()), team, search, sort, agents=not coaches)
    with output.errors():
        if context.invoked_subcommand is not None:
            if wanted != Filter() or plain or as_json:
                raise BadInput(
                    "misplaced_option",
                    "These options belong to the list.",
                    f"Write those of {context.invoked_subcommand} after it.",
                )
            return
        services = output.services()
        shown = services.connections.page(output.actor(services), wanted)
        output.data(shown, as_json, page_plain if plain else page)


@app.command()
def show(
    email: Email,
    history: Annotated[bool, typer.Option("--history", help="With what happened, the newest first.")] = False,
    as_json: Json = False,
) -> None:
    """One person: state, reason, events that are not as they should be. With --history --json everything, to keep."""
    with output.errors():
        services = output.services()
        shown = services.connections.person(output.actor(services), email)
        output.data(shown if history else replace(shown, history=()), as_json, detail)


@app.command("test")
def read_now(email: Email, as_json: Json = False) -> None:
    """Read this person's calendar once, now, and say how that went. Exit code 1 where it can't be read."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        result = _tested(services, actor, email)
        if result.trouble is not None and not as_json:
            raise Conflict(result.trouble.code, f"{result.name}: {result.trouble.said}", result.trouble.next_step)
        output.data(result, as_json, tested)
        if not result.ok:
            raise typer.Exit(1)


def _tested(services: "Services", actor: "Actor", email: str) -> "ReadingRecord":
    asked = services.connections.test(actor, email)
    results = [asked]

    def done() -> bool:
        results.append(services.connections.test_result(actor, email, asked.asked_at))
        return results[-1].finished

    with connecting.worker(services):
        if not connecting.wait_until(done, _TEST_LOOKS):
            raise Unavailable(
                "no_worker",
                f"Nobody has read {asked.name}'s calendar yet: is the worker running?",
                "It stays asked for; look later with: pmtui connections show",
                whose=Whose.OPERATOR,
            )
    return results[-1]
