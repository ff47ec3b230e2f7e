"""`pmtui audit`: who did what, when, in words."""

from typing import Annotated

import typer

from pmtui.backend.states import Verb
from pmtui.backend.support.moments import parse_since
from pmtui.backend.support.person_words import entry_line
from pmtui.cli import output

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def audit(
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="'30m', '24h', '7d', '2027-03-01' or '2027-03-01 14:05', on your clock."),
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="What they did, and what was done to them.")
    ] = None,
    verb: Annotated[
        list[Verb] | None, typer.Option(metavar="VERB", help="Only this kind, as --json names it; may be repeated.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What was done in the organisation, the newest first."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        clock = services.audit.clock(actor)
        start = parse_since(since, services.clock.now(), clock) if since is not None else None
        found = services.audit.entries(actor, since=start, email=person, verbs=verb or (), limit=limit)
        output.data(
            found, as_json, lambda entries: "\n".join(entry_line(entry, clock) for entry in entries) or "Nothing."
        )
