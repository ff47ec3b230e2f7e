"""`pmtui people`: who is there, in which team, what they may do and to whom."""

from typing import Annotated

import typer

from pmtui.backend.people import typed
from pmtui.backend.people.records import PersonRecord
from pmtui.backend.people.typed import SHORT
from pmtui.backend.states import Permission, TeamRole
from pmtui.cli import asking, output
from pmtui.cli.output import Json

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_WORDS = {permission: word for word, permission in SHORT.items()}
_PERMISSIONS = ", ".join(SHORT)

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]
Role = Annotated[TeamRole, typer.Option(help="What the person is in the team.")]


@app.callback()
def people() -> None:
    """People, permissions, teams and scope."""


@app.command("list")
def list_people(as_json: Json = False) -> None:
    """Everybody, with their teams and permissions."""
    with output.errors():
        services = output.services()
        output.data(services.people.list(output.actor(services)), as_json, _table)


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Such as America/Chicago.")] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="Made if it is new.")] = None,
    role: Role = TeamRole.AGENT,
    permission: Annotated[
        list[str] | None, typer.Option(metavar="PERMISSION", help=f"Any of {_PERMISSIONS}; can be repeated.")
    ] = None,
    coach: Annotated[str | None, typer.Option(metavar="EMAIL", help="The agent's own coach.")] = None,
    as_json: Json = False,
) -> None:
    """Add a person."""
    with output.errors():
        services = output.services()
        added = services.people.add(
            output.actor(services),
            email,
            name,
            timezone=timezone,
            team=team,
            role=role,
            permissions=typed.permissions(permission or ()),
            coach_email=coach,
        )
        output.data(added, as_json, _line)


@app.command()
def permit(
    email: Email,
    give: Annotated[list[str] | None, typer.Option(metavar="PERMISSION", help=f"Any of {_PERMISSIONS}.")] = None,
    take: Annotated[list[str] | None, typer.Option(metavar="PERMISSION", help="The same, taken away.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Give or take permissions; both options can be repeated."""
    with output.errors():
        services = output.services()
        taken = typed.permissions(take or ())
        if Permission.COACH in taken and not asking.sure(
            f"Without {Permission.COACH.value} the calendar connection of {email} ends at once. Go on?", yes=yes
        ):
            raise typer.Abort
        changed = services.people.permit(output.actor(services), email, typed.permissions(give or ()), taken)
        output.data(changed, as_json, _line)


@app.command()
def disable(email: Email, yes: Yes = False, as_json: Json = False) -> None:
    """Shut a person out at once; ends their calendar connection and sign-ins."""
    with output.errors():
        services = output.services()
        if not asking.sure(f"Disable {email}? Their calendar connection and sign-ins end at once.", yes=yes):
            raise typer.Abort
        output.data(services.people.disable(output.actor(services), email), as_json, _line)


@app.command()
def scope(
    email: Email,
    team: Annotated[list[str] | None, typer.Option(metavar="TEAM", help="Can be repeated.")] = None,
    group: Annotated[list[str] | None, typer.Option(metavar="GROUP", help="Can be repeated.")] = None,
) -> None:
    """Let a person act on these teams and groups only; without any, on the usual people again."""
    with output.errors():
        services = output.services()
        changed = services.people.set_scope(output.actor(services), email, team or (), group or ())
        what = ", ".join([*(team or ()), *(group or ())])
        print(f"{changed.name} acts on {what}." if what else f"{changed.name} acts on the usual people.")


@app.command()
def team(
    email: Email,
    name: Annotated[str, typer.Argument(metavar="TEAM", help="Made if it is new.")],
    role: Role = TeamRole.AGENT,
    as_json: Json = False,
) -> None:
    """Put a person into a team, or change what they are in it."""
    with output.errors():
        services = output.services()
        output.data(services.people.set_team(output.actor(services), email, name, role), as_json, _line)


@app.command()
def group(
    name: Annotated[str, typer.Argument(metavar="GROUP", help="Made if it is new.")],
    team: Annotated[list[str] | None, typer.Option(metavar="TEAM", help="Can be repeated.")] = None,
) -> None:
    """Let a group hold exactly these teams."""
    with output.errors():
        services = output.services()
        services.people.set_group(output.actor(services), name, team or ())
        print(f"{name} holds {', '.join(team or ()) or 'no team'}.")


def _line(person: PersonRecord) -> str:
    parts = [f"{person.name} <{person.email}>", person.timezone]
    parts += [", ".join(person.teams)] if person.teams else []
    parts += [", ".join(_WORDS[permission] for permission in person.permissions) or "no permissions"]
    parts += ["disabled"] if person.disabled else []
    return " · ".join(parts)


def _table(people: tuple[PersonRecord, ...]) -> str:
    return "\n".join(_line(person) for person in people) or "There is nobody yet."
