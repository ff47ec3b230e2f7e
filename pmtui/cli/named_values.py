"""`NAME=VALUE`, as people type several of them, and tables of what such names stand for."""

from collections.abc import Iterable
from typing import Protocol

from pmtui.backend.errors import BadInput


class Named(Protocol):
    """A name, its value in force, and what it means."""

    @property
    def name(self) -> str: ...

    @property
    def value(self) -> str: ...

    @property
    def what(self) -> str: ...


def read(texts: Iterable[str], code: str, example: str) -> dict[str, str]:
    """The values by name. BadInput (`code`) for a text without a value, and for a name that stands there twice."""
    values: dict[str, str] = {}
    for one in texts:
        name, equals, text = one.partition("=")
        if not equals:
            raise BadInput(code, f"{one[:40]!r} sets nothing.", f"Write NAME=VALUE, like {example}.")
        if name in values:
            raise BadInput(code, f"{name} stands there twice.", "Set it once.")
        values[name] = text
    return values


def table(rows: Iterable[Named]) -> str:
    """A line for each, in columns; `none` where there is no value."""
    shown = [(one.name, one.value or "none", one.what) for one in rows]
    names, values = (max(len(row[column]) for row in shown) for column in (0, 1))
    return "\n".join(f"{name:<{names}}  {value:<{values}}  {what}" for name, value, what in shown)
