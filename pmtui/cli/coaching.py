"""`pmtui coaching`: find times for a coach and an agent; propose, approve, reschedule, cancel and list sessions."""

import sys
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from pmtui.backend.coaching import words
from pmtui.backend.coaching.records import READING, EventRecord, SearchRecord, SessionRecord
from pmtui.backend.coaching.starts import parse_start
from pmtui.backend.errors import BadInput, Conflict, NotOffered, Unavailable
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import Attention, Delivery, Origin, SessionState
from pmtui.cli import asking, connecting, output, rules, runs

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
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Anyway = Annotated[
    bool, typer.Option("--anyway", help="Choose the time though it is not offered: shows every reason and asks.")
]
Yes = Annotated[bool, typer.Option("--yes", help="With --anyway: do not ask; needs --expect.")]
Expect = Annotated[int | None, typer.Option(help="With --yes: how many reasons stand against the time.")]

_STANDS = {
    SessionState.HELD: "Approval Required",
    SessionState.APPROVING: "being approved",
}
_DELIVERY = {
    Delivery.PENDING: "not yet in",
    Delivery.DELIVERED: "in",
    Delivery.REFUSED: "refused by",
    Delivery.LEFT_BEHIND: "left behind in",
}


@app.callback()
def coaching() -> None:
    """Find times; propose, approve, reject, reschedule, cancel and list sessions; Auto Coaching."""


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
        output.data(found, as_json, _offer)


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

        output.data(_chosen(hold, anyway=anyway, yes=yes, expect=expect), as_json, _line)


@app.command()
def approve(code: Code, anyway: Anyway = False, yes: Yes = False, expect: Expect = None, as_json: Json = False) -> None:
    """Book a held time; its events are then written to both calendars."""
    with output.errors():
        services = output.services()
        actor = output.actor(services)

        def book(seen: Collection[str]) -> SessionRecord:
            return _read_first(services, lambda: services.coaching.approve_anyway(actor, code, anyway=seen))

        if anyway:
            output.data(_chosen(book, anyway=True, yes=yes, expect=expect), as_json, _line)
            return
        session = services.coaching.approve(actor, code)
        if session.attention is Attention.APPROVAL_REFUSED:
            best = words.best_new_time(session.best_at, session.timezone)
            raise Conflict(
                "approval_refused",
                " ".join((f"Session {session.code} was not approved.", session.attention_details, best)).rstrip(),
                "Reschedule it (--best takes the best new time), approve it again later or --anyway, or reject it.",
            )
        output.data(session, as_json, _line)


@app.command()
def reject(code: Code, as_json: Json = False) -> None:
    """Give a held time back, or say no to a request."""
    with output.errors():
        service, actor = _service()
        output.data(service.reject(actor, code), as_json, _line)


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
                output.data(found, as_json, _offer)
                return
            starts_at = _best_of(found, code)

        def move(seen: Collection[str]) -> SessionRecord:
            return _read_first(services, lambda: services.coaching.reschedule(actor, code, starts_at, anyway=seen))

        output.data(_chosen(move, anyway=anyway, yes=yes, expect=expect), as_json, _line)


@app.command()
def cancel(code: Code, as_json: Json = False) -> None:
    """Call a scheduled session off; its events are removed from both calendars."""
    with output.errors():
        service, actor = _service()
        output.data(service.cancel(actor, code), as_json, _line)


@app.command("list")
def list_sessions(
    days: Annotated[int, typer.Option(min=0, help="How many days back to show what is over.")] = 14,
    as_json: Json = False,
) -> None:
    """Show the sessions to come and the recent ones."""
    with output.errors():
        service, actor = _service()
        output.data(service.list(actor, days=days), as_json, _lines)


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


def _service() -> "tuple[Coaching, Actor]":
    services = output.services()
    return services.coaching, output.actor(services)


def _offer(found: SearchRecord) -> str:
    """The starts by day, or why there are none."""
    lines = [
        f"{found.coach} with {found.agent}, {found.minutes} minutes, times in {found.timezone}",
        found.rule,
        *(sentence for _, sentence in found.unknown),
    ]
    local = [start.astimezone(zone(found.timezone)) for start in found.starts_at]
    for day, starts in groupby(local, key=lambda start: start.date()):
        lines.append(f"{day:%a} {day.day:2} {day:%b}  {' '.join(_clocks(list(starts)))}")
    lines += _best(found)
    if not local:
        when = f"in the next {found.days} days" if found.days else "today"
        lines.append(f"There is no time to offer {when}. Starts that are ruled out:")
        lines += [f"  {line}" for line in words.removed_in_words(found.reasons)]
        lines += [found.helps] if found.helps else []
    return "\n".join(lines)


def _best(found: SearchRecord) -> list[str]:
    """The best of the starts where staffing has a say in it, and what it says."""
    if found.best_at is None or not found.best_why:
        return []
    local = found.best_at.astimezone(zone(found.timezone))
    return [f"Best: {local:%a} {local.day} {local:%b} {_clocks([local])[0]}, {found.best_why}."]


def _clocks(starts: list[datetime]) -> list[str]:
    """The times of one day; with their offset where the clock shows a time twice."""
    shown = Counter(f"{start:%H:%M}" for start in starts)
    return [f"{start:%H:%M}{start.isoformat()[-6:] if shown[f'{start:%H:%M}'] > 1 else ''}" for start in starts]


def _lines(sessions: tuple[SessionRecord, ...]) -> str:
    return "\n".join(_line(session) for session in sessions) or "There are no sessions."


def _line(session: SessionRecord) -> str:
    starts, ends = (at.astimezone(zone(session.timezone)) for at in (session.starts_at, session.ends_at))
    parts = [
        session.code,
        _asked(session) or f"{starts:%a} {starts.day:2} {starts:%b %Y %H:%M}-{ends:%H:%M} {session.timezone}",
        f"{session.coach} with {session.agent}",
        session.title,
        *([f"because: {session.reason}"] if session.reason else []),
        _stands(session),
        *_held(session),
        *([f"booked anyway: {', '.join(session.overruled)}"] if session.overruled else []),
        *map(_event, session.events),
    ]
    if session.attention is not None:
        best = words.best_new_time(session.best_at, session.timezone)
        why = f"{session.attention.value.replace('_', ' ')}. {session.attention_details} {best}"
        parts.append(f"needs attention: {why}".rstrip())
    return "  ".join(parts).rstrip()


def _stands(session: SessionRecord) -> str:
    """Where it stands, and whether a run thought of it."""
    stands = _STANDS.get(session.state, session.state.value)
    if session.origin is Origin.MANUAL:
        return stands
    return "Auto-scheduled" if session.state is SessionState.SCHEDULED else f"{stands} (Auto)"


def _asked(session: SessionRecord) -> str:
    """By when a session is wanted that has no time yet."""
    if session.state is not SessionState.REQUESTED or session.wanted_on is None:
        return ""
    return f"wanted by {session.wanted_on:%a} {session.wanted_on.day} {session.wanted_on:%b %Y}"


def _event(event: EventRecord) -> str:
    """How far an event is; why, where that is somebody's business."""
    where = f"the {event.whose}'s {event.provider.label}"
    if event.undelivered and event.delivery is Delivery.PENDING:
        said = f"undelivered for more than a day to {where}" if event.wanted else f"still not removed from {where}"
    else:
        said = f"{_DELIVERY[event.delivery]} {where}"
    return f"{said} ({event.reason})" if event.reason else said


def _held(session: SessionRecord) -> list[str]:
    """Until when the time is held, on the coach's clock."""
    if session.held_until is None:
        return []
    until = session.held_until.astimezone(zone(session.timezone))
    return [f"until {until:%a} {until.day} {until:%b %H:%M}"]
