"""`pmtui coaching`: find times for a coach and an agent; propose, approve, reschedule, cancel and list sessions."""

import sys
from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.backend.coaching import words
from pmtui.backend.coaching.records import READING, SearchRecord, SessionRecord
from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.errors import BadInput, Conflict, NotOffered, Unavailable
from pmtui.backend.states import Attention, SessionState
from pmtui.cli import asking, coaching_text, connecting, output, rules, runs
from pmtui.cli.output import Json
from pmtui.files import write_new

if TYPE_CHECKING:
    from pmtui.backend.actor import Actor
    from pmtui.backend.build import Services
    from pmtui.backend.coaching.service import Coaching

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(rules.app, name="rules")
for command in (runs.run, runs.runs, runs.report):
    app.command()(command)

Coach = Annotated[str, typer.Option(metavar="EMAIL", help="The coach.")]
Agent = Annotated[str, typer.Option(metavar="EMAIL", help="The agent.")]
Minutes = Annotated[
    int | None, typer.Option(help="How long: 15, 30, 45 or 60; otherwise what the organisation has set.")
]
Days = Annotated[
    int | None, typer.Option(help="How many of the coach's days to look ahead; 0 is today only. Otherwise as set.")
]
Code = Annotated[str, typer.Argument(metavar="CODE", help="The session, as `pmtui coaching list` names it.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Choose the time though it is not offered: shows every reason and asks.")
]
Yes = Annotated[bool, typer.Option("--yes", help="With --anyway: do not ask; needs --expect.")]
Expect = Annotated[int | None, typer.Option(help="With --yes: how many reasons stand against the time.")]


@app.callback()
def coaching() -> None:
    """Find times; propose, approve, reschedule, cancel and list sessions; Auto Coaching."""


@app.command()
def find(
    coach: Coach,
    agent: Agent,
    minutes: Minutes = None,
    days: Days = None,
    as_json: Json = False,
) -> None:
    """Show the starts both have time for, on the coach's clock."""
    with output.errors():
        service, actor = _service()
        found = service.search(actor, coach, agent, minutes=minutes, days=days)
        output.data(found, as_json, coaching_text.offer)


@app.command()
def propose(
    coach: Coach,
    agent: Agent,
    start: Annotated[
        str, typer.Option(metavar="TIME", help="'2027-03-01 10:15' on the coach's clock, or '2027-03-01T10:15+01:00'.")
    ],
    minutes: Minutes = None,
    title: Annotated[str, typer.Option(help="What the session is called.")] = "Coaching session",
    anyway: Anyway = False,
    yes: Yes = False,
    expect: Expect = None,
    as_json: Json = False,
) -> None:
    """Hold a time under Approval Required."""
    with output.errors():
        service, actor = _service()
        starts_at = parse_start(start, service.timezone(actor, coach))

        def hold(seen: Collection[str]) -> SessionRecord:
            return service.propose(actor, coach, agent, starts_at, minutes=minutes, title=title, anyway=seen)

        output.data(_chosen(hold, anyway=anyway, yes=yes, expect=expect), as_json, coaching_text.line)


@app.command()
def approve(code: Code, anyway: Anyway = False, yes: Yes = False, expect: Expect = None, as_json: Json = False) -> None:
    """Book a held time; its events are then written to both calendars."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)

        def book(seen: Collection[str]) -> SessionRecord:
            return _read_first(services, lambda: services.coaching.approve_anyway(actor, code, anyway=seen))

        if anyway:
            output.data(_chosen(book, anyway=True, yes=yes, expect=expect), as_json, coaching_text.line)
            return
        session = services.coaching.approve(actor, code)
        if session.attention is Attention.APPROVAL_REFUSED:
            best = words.best_new_time(session.best_at, session.timezone)
            raise Conflict(
                "approval_refused",
                " ".join((f"Session {session.code} was not approved.", session.attention_details, best)).rstrip(),
                "Reschedule it (--best takes the best new time), approve it again later or --anyway, or reject it.",
            )
        output.data(session, as_json, coaching_text.line)


@app.command()
def reject(code: Code, as_json: Json = False) -> None:
    """Give a held time back, or say no to a request."""
    with output.errors():
        service, actor = _service()
        output.data(service.reject(actor, code), as_json, coaching_text.line)


@app.command()
def reschedule(
    code: Code,
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="As for propose. Without it: show the times it could move to.")
    ] = None,
    best: Annotated[bool, typer.Option("--best", help="Take the best other time there is now.")] = False,
    days: Days = None,
    anyway: Anyway = False,
    yes: Yes = False,
    expect: Expect = None,
    as_json: Json = False,
) -> None:
    """Move a session to another time, its events with it; or hold a time for one that is only requested."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)
        if start is not None and best:
            raise BadInput("two_times", "--start and --best are two times.", "Repeat with one of them.", where="--best")
        if start is not None:
            starts_at = parse_start(start, services.coaching.session(actor, code).timezone)
        else:
            found = services.coaching.search_again(actor, code, days=days)
            if not best:
                output.data(found, as_json, coaching_text.offer)
                return
            starts_at = _best_of(found, code)

        def move(seen: Collection[str]) -> SessionRecord:
            return _read_first(services, lambda: services.coaching.reschedule(actor, code, starts_at, anyway=seen))

        output.data(_chosen(move, anyway=anyway, yes=yes, expect=expect), as_json, coaching_text.line)


@app.command()
def cancel(code: Code, as_json: Json = False) -> None:
    """Call a scheduled session off; its events are removed from both calendars."""
    with output.errors():
        service, actor = _service()
        output.data(service.cancel(actor, code), as_json, coaching_text.line)


@app.command()
def done(code: Code, as_json: Json = False) -> None:
    """Note that a session took place."""
    _note(code, SessionState.DONE, as_json)


@app.command()
def missed(code: Code, as_json: Json = False) -> None:
    """Note that a session did not take place; no cooldown is counted from it."""
    _note(code, SessionState.MISSED, as_json)


@app.command()
def ics(
    code: Code,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="A new file, or - for standard output; else session-CODE.ics.")
    ] = None,
) -> None:
    """Write a scheduled session as an iCalendar file, for whoever has no calendar here: to mail, or to import."""
    with output.errors():
        service, actor = _service()
        text = service.ics(actor, code)
        if file == "-":
            print(text, end="")
            return
        path = write_new(file or f"session-{service.session(actor, code).code}.ics", text)
        print(f"Written: {path}, {len(text.encode()):,} bytes.")


@app.command("list")
def list_sessions(
    days: Annotated[int, typer.Option(min=0, max=3650, help="How many days back to show what is over.")] = 14,
    as_json: Json = False,
) -> None:
    """Show the sessions to come and the recent ones."""
    with output.errors():
        service, actor = _service()
        output.data(service.list(actor, days=days), as_json, coaching_text.lines)


def _best_of(found: SearchRecord, code: str) -> datetime:
    if found.best_at is None:
        title = f"There is no other time in the next {found.days} days. {found.helps}".rstrip()
        raise Conflict("no_other_time", title, f"See why: pmtui coaching reschedule {code}")
    return found.best_at


def _chosen(
    take: Callable[[Collection[str]], SessionRecord], *, anyway: bool, yes: bool, expect: int | None
) -> SessionRecord:
    """The session at the time somebody chose; one not offered only after a yes to all against it."""
    try:
        return take(())
    except NotOffered as error:
        if not anyway:
            error.next_step = "Choose one of the times offered, or repeat with --anyway."
            raise
        sentences = tuple(dict.fromkeys(error.reasons.values()))
        print("That time is not offered:", *(f"  {one}" for one in sentences), sep="\n", file=sys.stderr, flush=True)
        number = len(sentences)
        found = f"{number} {'reason stands' if number == 1 else 'reasons stand'} against that time"
        if not asking.expected(number, found, "Book it anyway?", yes=yes, expect=expect):
            raise typer.Abort from None
        return take(error.reasons)


def _read_first(services: "Services", attempt: Callable[[], SessionRecord]) -> SessionRecord:
    """What the attempt gives, once the calendars have been read that it needs."""
    done: list[SessionRecord] = []

    def tried() -> bool:
        try:
            done.append(attempt())
        except Unavailable as error:
            if error.code != READING:
                raise
        return bool(done)

    if not tried():
        print("Reading the calendars first ...", file=sys.stderr, flush=True)
        with connecting.worker(services):
            connecting.wait_until(tried)
    return done[0] if done else attempt()


def _note(code: str, state: SessionState, as_json: bool) -> None:
    with output.errors():
        service, actor = _service()
        output.data(service.note(actor, code, state), as_json, coaching_text.line)


def _service() -> "tuple[Coaching, Actor]":
    services = output.services()
    return services.coaching, output.actor(services)
