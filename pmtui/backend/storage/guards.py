"""What the database itself never lets happen: overlapping sessions of one person, sessions longer than a day.

SQLAlchemy can't carry these through migrations (a batch rebuild drops triggers silently), so they are
made by this one function, and compared by name and definition at start.
"""

from sqlalchemy import Connection, text

OVERLAP = "no_overlap"
LENGTH = "one_day_at_most"

_OVERLAPS = """
    SELECT 1 FROM participant
     WHERE live AND person_id = NEW.person_id AND session_id <> NEW.session_id
       AND starts < NEW.ends AND ends > NEW.starts
       AND starts > strftime('%Y-%m-%d %H:%M:%S.000000', NEW.starts, '-1 day', '-1 minute')
"""

_SQLITE = {
    f"{OVERLAP}_insert": f"""CREATE TRIGGER {OVERLAP}_insert BEFORE INSERT ON participant
WHEN NEW.live AND EXISTS ({_OVERLAPS})
BEGIN SELECT RAISE(ABORT, 'constraint failed: {OVERLAP}'); END""",
    f"{OVERLAP}_update": f"""CREATE TRIGGER {OVERLAP}_update BEFORE UPDATE ON participant
WHEN NEW.live AND EXISTS ({_OVERLAPS})
BEGIN SELECT RAISE(ABORT, 'constraint failed: {OVERLAP}'); END""",
    f"{LENGTH}_insert": f"""CREATE TRIGGER {LENGTH}_insert BEFORE INSERT ON session
WHEN julianday(NEW.ends) - julianday(NEW.starts) > 1.0000001
BEGIN SELECT RAISE(ABORT, 'constraint failed: {LENGTH}'); END""",
    f"{LENGTH}_update": f"""CREATE TRIGGER {LENGTH}_update BEFORE UPDATE ON session
WHEN julianday(NEW.ends) - julianday(NEW.starts) > 1.0000001
BEGIN SELECT RAISE(ABORT, 'constraint failed: {LENGTH}'); END""",
}

_POSTGRESQL = {
    OVERLAP: (
        "participant",
        "EXCLUDE USING gist (int8range((person_id)::bigint, (person_id)::bigint, '[]'::text) WITH &&, "
        "tstzrange(starts, ends) WITH &&) WHERE (live)",
    ),
    LENGTH: ("session", "CHECK (((ends - starts) <= '24:00:00'::interval))"),
}
"""By name: the table, and the definition in the very words in which PostgreSQL gives it back."""


def create(connection: Connection) -> None:
    """Make every guard anew; safe to repeat. Called by each migration that touches a guarded table."""
    if connection.dialect.name == "sqlite":
        for name, statement in _SQLITE.items():
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.exec_driver_sql(statement)
        return
    for name, (table, definition) in _POSTGRESQL.items():
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}"))
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def missing(connection: Connection) -> list[str]:
    """The names of guards that are not there as `create` makes them."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        there = {str(row[0]): str(row[1]) for row in rows}
        return [name for name, statement in _SQLITE.items() if _squeezed(there.get(name, "")) != _squeezed(statement)]
    connection.execute(text("SET LOCAL intervalstyle = 'postgres'"))  # lengths of time are given back in it
    rows = connection.execute(
        text(
            "SELECT c.conname, c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c"
            " JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = current_schema()"
        )
    ).all()
    found = {(str(name), str(table), _squeezed(str(definition))) for name, table, definition in rows}
    return [name for name, (table, definition) in _POSTGRESQL.items() if (name, table, definition) not in found]


def _squeezed(statement: str) -> str:
    return " ".join(statement.split())
