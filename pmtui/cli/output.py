"""How commands begin and end: the services, who acts, text or JSON, and errors in one line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.errors import BadInput, BadRows, NotFound, PmtuiError
from pmtui.backend.plain import json_text
from pmtui.cli import commands
from pmtui.loading import load

if TYPE_CHECKING:
    from pmtui.backend.build import Services
    from pmtui.backend.config import Config

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""The option of every command that shows something."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before the command. `as_email` says for whom; None is the operator of this machine."""

    as_email: str | None = None
    tenant: str | None = None
    flags: dict[str, object] = field(default_factory=dict)


_options: ContextVar[Options | None] = ContextVar("options", default=None)


def choose(options: Options) -> None:
    """Set what stood before the command, for this invocation."""
    _options.set(options)


def options() -> Options:
    """What stood before the command."""
    return _options.get() or Options()


def config() -> "Config":
    """The configuration in force for this invocation."""
    configuration: Config = load(commands.CONFIG)(options().flags)
    return configuration


def services() -> "Services":
    """The backend for this invocation. Raises Unavailable where there is no database, or the wrong one."""
    configuration = config()
    built: Services = load(commands.BUILD)(configuration)
    load(commands.LOG)(configuration)
    return built


def actor(services: "Services") -> Actor:
    """Who acts: the person of `--as`, else the operator in the only (or named) organisation."""
    chosen_by = options()
    if chosen_by.as_email is not None:
        return services.people.actor_for(chosen_by.as_email, Surface.CLI, chosen_by.tenant)
    tenants = services.people.tenants(operator())
    chosen = [row for row in tenants if chosen_by.tenant in (None, row[1])]
    if not chosen:
        raise NotFound("no_tenant", "There is no such organisation.", "Run: pmtui init", where=chosen_by.tenant)
    if len(chosen) > 1:
        raise BadInput(
            "which_tenant",
            f"There are several organisations: {', '.join(row[1] for row in chosen)}.",
            "Name one with --tenant.",
        )
    return operator(chosen[0][0])


@contextmanager
def errors() -> Iterator[None]:
    """Turn an error into one line on standard error and the exit code: 2 for bad input, else 1."""
    try:
        yield
    except PmtuiError as error:
        for row in error.rows if isinstance(error, BadRows) else ():
            print(f"pmtui: {row}", file=sys.stderr)
        print(f"pmtui: {error.line}", file=sys.stderr)
        raise typer.Exit(2 if isinstance(error, BadInput) else 1) from None
    except BrokenPipeError:
        raise typer.Exit(1) from None


def data(value: T, as_json: bool, text: Callable[[T], str]) -> None:
    """Print `value` as JSON (one document) or as `text(value)`."""
    print(json_text(value) if as_json else text(value))
