"""What came of the agents of a run, in sentences. Standard library only: screens load it too."""

from collections.abc import Sequence
from datetime import datetime

from pmtui.backend.coaching.outcomes import Why
from pmtui.backend.coaching.records import RunAgentRecord, RunRecord
from pmtui.backend.coaching.words import moment
from pmtui.backend.slots import words as slot_words
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.values import PartyName, from_minute
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import RunOutcome, RunState, SessionState

OUTCOMES = {
    RunOutcome.PROPOSED: "proposed",
    RunOutcome.OPEN_PROPOSAL: "have an open proposal",
    RunOutcome.UPCOMING_SESSION: "have a session ahead",
    RunOutcome.COOLDOWN: "had one lately",
    RunOutcome.TARGET_MET: "have reached the target",
    RunOutcome.RULE_GONE: "whose rule was removed",
    RunOutcome.AGENT_GONE: "not there any more",
    RunOutcome.NO_COACH: "without a coach",
    RunOutcome.COACH_DISABLED: "whose coach is disabled",
    RunOutcome.COACH_WITHOUT_PERMISSION: "whose coach may not coach",
    RunOutcome.COACH_OUT_OF_SCOPE: "whose coach is out of scope",
    RunOutcome.CALENDAR_UNKNOWN: "with an unknown calendar",
    RunOutcome.NO_SLOT: "without a common time",
    RunOutcome.TAKEN_BY_OTHERS: "whose times went to others",
    RunOutcome.NOT_PLANNED: "not planned",
}
"""Each outcome in a few words, after a number of agents."""

STATES = {
    SessionState.REQUESTED: "requested",
    SessionState.HELD: "waits for approval",
    SessionState.APPROVING: "being approved",
    SessionState.SCHEDULED: "scheduled",
    SessionState.DONE: "done",
    SessionState.MISSED: "missed",
    SessionState.CANCELLED: "cancelled",
    SessionState.REJECTED: "rejected",
    SessionState.EXPIRED: "expired: nobody approved it in time",
}

_NAMED = 3  # of those who got the time instead


def reason(outcome: RunOutcome | None, why: Why, coach: str, agent: str, timezone: str, now: datetime) -> str:
    """Why an agent got no session, as a sentence on the coach's clock; empty for one who did."""
    match outcome:
        case None:
            return "Not planned yet."
        case RunOutcome.PROPOSED:
            return ""
        case RunOutcome.OPEN_PROPOSAL:
            return f"Session {why.session} on {_at(why.start, timezone, now)} waits for approval already."
        case RunOutcome.UPCOMING_SESSION:
            return f"Session {why.session} on {_at(why.start, timezone, now)} is scheduled already."
        case RunOutcome.COOLDOWN:
            last, until = _at(why.start, timezone, now), _at(why.until, timezone, now)
            return f"The last session ({why.session}) was on {last}; the cooldown ends {until}."
        case RunOutcome.TARGET_MET:
            return "The target is reached already."
        case RunOutcome.RULE_GONE:
            return "The rule was removed before the agent's turn came."
        case RunOutcome.AGENT_GONE:
            return f"{agent} is not there any more."
        case RunOutcome.NO_COACH:
            return "No coach is assigned, and the main team has none."
        case RunOutcome.COACH_DISABLED:
            return f"{coach} is disabled."
        case RunOutcome.COACH_WITHOUT_PERMISSION:
            return f"{coach} has no Coach View Access."
        case RunOutcome.COACH_OUT_OF_SCOPE:
            return f"{coach} is not among the people of whoever asked for the run."
        case RunOutcome.CALENDAR_UNKNOWN:
            return " ".join(why.unknown)
        case RunOutcome.NO_SLOT:
            return f"No time suits {coach} and {agent}."
        case RunOutcome.TAKEN_BY_OTHERS:
            return _taken(why, coach, timezone)
        case RunOutcome.NOT_PLANNED:
            return "The run was cancelled before the agent's turn came."


def agent(one: RunAgentRecord, clock24: bool = True) -> tuple[str, ...]:
    """One agent's part of a report, in lines: first what came of it, then what stood in the way."""
    head = f"{one.agent} <{one.agent_email}> · {one.rule} ({one.priority.value}) · "
    if one.outcome is RunOutcome.PROPOSED and one.starts_at is not None and one.state is not None:
        local = one.starts_at.astimezone(zone(one.timezone))
        when = f"{local:%a} {local.day} {local:%b} {time_text(local, clock24)} {one.timezone}"
        return (f"{head}{when} with {one.coach} · {one.session} {STATES[one.state]}",)
    names = {PartyName.COACH: one.coach, PartyName.AGENT: one.agent}
    removed = slot_words.removed_in_words(one.removed, names)
    lines = [head + one.reason, *(f"    {line}" for line in removed)]
    return (*lines, f"    {one.helps}") if one.helps else tuple(lines)


def progress(run: RunRecord) -> str:
    """How far a run is, in a line: `12,000 of 100,000 agents, 9,310 proposed · 2,400 a second · 37 s left`."""
    if run.state is RunState.WAITING:
        return "Waiting for the worker to see who is meant."
    parts = [f"{run.done:,} of {_agents(run.agents)}, {run.proposed:,} proposed"]
    if run.state is RunState.RUNNING and run.per_second is not None and run.seconds_left is not None:
        parts.append(pace(run.per_second, run.seconds_left))
    elif run.state is not RunState.RUNNING:
        parts.append(run.state.value)
    return " · ".join(parts)


def pace(per_second: float, seconds_left: int) -> str:
    """`2,400 a second · 37 s left`."""
    return f"{per_second:,.{0 if per_second >= 1 else 1}f} a second · {_left(seconds_left)} left"


def summary(run: RunRecord, outcomes: Sequence[tuple[RunOutcome, int]]) -> tuple[str, ...]:
    """A run and how many agents came to what, a line each."""
    of_rules = f" for {', '.join(run.rules)}" if run.rules else ""
    of_team = f" in {run.team}" if run.team else ""
    head = f"Run {run.code}{of_rules}{of_team}, asked for by {run.asked_by}: {progress(run)}."
    lines = [f"  {count:,} {OUTCOMES[outcome]}" for outcome, count in outcomes]
    if not outcomes and run.ended_at is not None:
        lines.append("  Nobody falls under a rule." if run.state is RunState.DONE else "  It had not begun.")
    return (head, *lines)


def _agents(count: int) -> str:
    return f"{count:,} {'agent' if count == 1 else 'agents'}"


def _left(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _taken(why: Why, coach: str, timezone: str) -> str:
    if not why.others:
        return "The time that was found was taken meanwhile, and so was the next one: the next run looks again."
    named = [f"{name} ({slot_words.clock(timezone, start)})" for name, start in why.others[:_NAMED]]
    more = len(why.others) - len(named)
    got = ", ".join(named) + (f" and {more:,} others" if more > 1 else " and 1 other" if more else "")
    if why.limit:
        return f"{coach} has enough sessions on every day that would suit: {got} come first."
    return f"Every time that would suit goes to others who come first: {got}."


def _at(minute: int | None, timezone: str, now: datetime) -> str:
    return moment(from_minute(minute or 0), now, timezone)
