"""Connections as text: a table of at most 80 columns, sentences for screen readers, one person."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pmtui.backend.states import Provider
from pmtui.backend.support import page_words, person_words, words
from pmtui.backend.support.moments import moment

if TYPE_CHECKING:
    from pmtui.backend.support.records import ConnectionsPage, PersonDetail, PersonRecord

WIDTH = 80
_COLUMNS = (24, 21, 8, 12, 6, 4)  # name, state, calendar, last read, hours, sessions


def page(shown: "ConnectionsPage") -> str:
    """The list as a table, with why under whoever it concerns."""
    lines = [*_around(page_words.summary(shown)), ""]
    if shown.people:
        lines.append(_row("Name", "State", "Calendar", "Last read", "Hours", "Sess"))
        for person in shown.people:
            lines += _person_rows(person, shown.timezone)
    else:
        lines.append("Nobody is like that.")
    lines += ["", *_around(page_words.figures(shown))]
    return "\n".join(line.rstrip() for line in lines)


def page_plain(shown: "ConnectionsPage") -> str:
    """The list a sentence at a time."""
    lines = [*_around(page_words.summary(shown))]
    for person in shown.people:
        lines.append(f"{person.name}, {person.email}: {words.LABELS[person.state]}.")
        lines += [f"  {sentence}" for sentence in person_words.about(person, shown.now, shown.timezone)]
    lines += _around(page_words.figures(shown))
    return "\n".join(lines)


def detail(shown: "PersonDetail") -> str:
    """One person."""
    person, clock = shown.person, shown.shown_timezone
    lines = [f"{person.name}, {person.email}: {words.LABELS[person.state]}"]
    lines += [f"  {sentence}" for sentence in person_words.whole(shown)]
    if shown.history:
        lines += ["", f"History (times in {clock}), the newest first"]
        lines += [f"  {person_words.entry_line(entry, clock, about=False)}" for entry in shown.history]
    return "\n".join(lines)


def _person_rows(person: "PersonRecord", clock: str) -> Iterator[str]:
    read_at = person_words.read_at(person)
    read = moment(read_at, clock) if read_at is not None else "-"
    calendar, hours = person_words.calendar_cell(person), person_words.hours_cell(person)
    yield _row(person.name, words.LABELS[person.state], calendar, read, hours, str(person.upcoming))
    sentences = [person.trouble.said, person.trouble.next_step] if person.trouble is not None else []
    if person.provider not in (None, Provider.WFM) and person.weekly_minutes is None:
        sentences.append(words.NO_AVAILABILITY)
    sentences += [person_words.imported(person.schedule, clock)] if person.schedule is not None else []
    sentences += person_words.events(person)
    if sentences:
        yield from _wrapped(f"{person.email}: {' '.join(sentences)}", "  ")


def _row(*cells: str) -> str:
    cut = (cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell, width in zip(cells, _COLUMNS, strict=True))
    left = [f"{cell:<{width}}" for cell, width in zip(cut, _COLUMNS, strict=True)]
    return " ".join(left[:-2]) + f" {left[-2].strip():>{_COLUMNS[-2]}} {left[-1].strip():>{_COLUMNS[-1]}}"


def _around(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from _wrapped(sentence, "")


def _wrapped(text: str, indent: str) -> list[str]:
    more = indent or "  "
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False)
