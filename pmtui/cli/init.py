"""`pmtui init`: the database, the keys, the organisation and its first administrator."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from tzlocal import get_localzone_name

from pmtui.backend.actor import operator
from pmtui.backend.config import Config
from pmtui.backend.errors import BadInput
from pmtui.backend.people import typed
from pmtui.backend.storage import schema
from pmtui.cli import asking, commands, output
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.people.service import People

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def init(
    subdomain: Annotated[
        str | None, typer.Option(metavar="NAME", help="The organisation's subdomain, like acme.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The organisation's name.")] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="Its time zone, like America/Chicago.")] = None,
    admin: Annotated[str | None, typer.Option(metavar="EMAIL", help="The first administrator's address.")] = None,
    admin_name: Annotated[str | None, typer.Option(metavar="NAME", help="The first administrator's name.")] = None,
    new_login_experience: Annotated[
        bool, typer.Option(help="Whether the organisation has the new login experience.")
    ] = True,
) -> None:
    """Make the database, the keys and the organisation; asks for what is not given. Safe to repeat."""
    with output.errors():
        config = output.config()
        _prepare(config)
        people = output.services().people
        there = people.tenants(operator())
        if there and subdomain is None:
            print(f"Ready. Organisations: {', '.join(f'{row[2]} ({row[1]})' for row in there)}.")
            return
        _organisation(people, (subdomain, name, timezone, admin, admin_name), new_login_experience)


def _prepare(config: Config) -> None:
    """The database upgraded, the key file there."""
    url = make_url(config.url)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                "no_folder", f"The database's folder can't be made: {error.strerror}.", "Choose another.", url.database
            ) from None
    engine = create_engine(config.url)
    schema.upgrade(engine)
    engine.dispose()
    print(f"Database: {url.render_as_string()}")
    if not config.keys.exists():
        load(commands.VAULT).create(config.keys)
        print(f"Keys:     {config.keys} (new; keep a copy in a safe place)")
    else:
        load(commands.VAULT).load(config.keys)
        print(f"Keys:     {config.keys}")


def _organisation(people: "People", given: tuple[str | None, ...], new_login_experience: bool) -> None:
    subdomain, name, timezone, admin, admin_name = given
    chosen = typed.subdomain(asking.given(subdomain, "--subdomain", "Subdomain of the organisation (like acme)"))
    called = asking.given(name, "--name", "Its name", chosen.capitalize())
    zone = typed.timezone(asking.given(timezone, "--timezone", "Its time zone", get_localzone_name()))
    email = typed.email(asking.given(admin, "--admin", "Address of its first administrator"))
    person = asking.given(admin_name, "--admin-name", "The administrator's name")
    people.create_tenant(
        operator(), chosen, called, zone, new_login_experience=new_login_experience, administrator=(email, person)
    )
    print(f"Made {called} ({chosen}, {zone}) with {person} as administrator.")
    print(f"Next: pmtui --as {email}")
