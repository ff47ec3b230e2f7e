"""The table of people's connections: state by glyph and word, and as many columns as the width allows."""

from datetime import datetime

from pmtui.backend.support import words
from pmtui.backend.support.person_words import calendar_cell, hours_cell, read_at
from pmtui.backend.support.records import PersonRecord, Standing
from pmtui.widgets.moments import short_ago, short_ahead
from pmtui.widgets.rows_table import Column, RowsTable

_GLYPHS = {
    Standing.NEEDS_RECONNECTING: ("!", "error"),
    Standing.WAITING_FOR_APPROVAL: ("?", "warning"),
    Standing.SIGN_IN_BLOCKED: ("!", "error"),
    Standing.UNREADABLE: ("!", "error"),
    Standing.SCHEDULE_OVER: ("!", "error"),
    Standing.WAITING_FOR_COACH: ("?", ""),
    Standing.NOT_LINKED: ("-", "warning"),
    Standing.SCHEDULE_IMPORTED: ("●", "success"),
    Standing.CONNECTED: ("●", "success"),
    Standing.NOT_ASKED: ("-", "muted"),
    Standing.NOT_ALLOWED: ("-", "muted"),
}


def state_words(person: PersonRecord) -> str:
    """`! needs reconnecting`."""
    return f"{_GLYPHS[person.state][0]} {words.LABELS[person.state]}"


class ConnectionsTable(RowsTable[PersonRecord]):
    """A row a person, named by their address. `now` is when what is shown was read."""

    HELP = (
        "Everybody who has or may have a calendar connected. Read: the last good reading, or when a schedule"
        " was imported. Hours: saved availability a week. Sess: scheduled sessions ahead. Undel: events a calendar"
        " refuses, or that could not be written for a day. Left: events in a calendar that is not connected any more."
    )

    def __init__(self) -> None:
        self.now: datetime | None = None
        columns: tuple[Column[PersonRecord], ...] = (
            Column("State", 23, state_words, role=lambda person: _GLYPHS[person.state][1]),
            Column("Name", 15, lambda person: person.name, most=26),
            Column("Calendar", 8, calendar_cell),
            Column("Read", 6, self._read, right=True, rank=2),
            Column("Hours", 6, hours_cell, right=True, rank=3),
            Column("Sess", 4, lambda person: _count(person.upcoming), right=True, rank=4),
            Column("Undel", 5, lambda person: _count(person.undelivered), right=True, rank=1, role=_undelivered),
            Column("Left", 4, lambda person: _count(person.left_behind), right=True, rank=5),
            Column("Next", 6, self._next, right=True, rank=6),
            Column("Last error", 20, _error, rank=7, most=60),
            Column("Zone", 19, lambda person: person.timezone, rank=8),
            Column("Account", 24, lambda person: person.account or "-", rank=9, most=40),
        )
        super().__init__(columns, lambda person: person.email)

    def _read(self, person: PersonRecord) -> str:
        at = read_at(person)
        return short_ago(at, self.now) if at is not None and self.now is not None else "-"

    def _next(self, person: PersonRecord) -> str:
        if person.being_read:
            return "..."
        return short_ahead(person.next_read_at, self.now) if person.next_read_at and self.now else "-"


def _count(number: int) -> str:
    return str(number) if number else "-"


def _undelivered(person: PersonRecord) -> str:
    return "error" if person.undelivered else ""


def _error(person: PersonRecord) -> str:
    return f"{person.trouble.said} ({person.trouble.code})" if person.trouble else ""
