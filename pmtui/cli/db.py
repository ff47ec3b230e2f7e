"""`pmtui db`: the schema's version."""

import typer
from sqlalchemy import create_engine

from pmtui.backend.storage import schema
from pmtui.cli import output

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def db() -> None:
    """The database's schema."""


@app.command()
def upgrade() -> None:
    """Bring the database to this program's version; safe to repeat."""
    with output.errors():
        engine = create_engine(output.config().url)
        before = schema.version(engine)
        schema.upgrade(engine)
        after = schema.version(engine)
        engine.dispose()
        made = f"Made at version {after}." if before is None else f"Upgraded from {before} to {after}."
        print(f"The database is at version {after}." if before == after else made)
