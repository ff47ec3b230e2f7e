"""Auto Coaching's rules in sentences. Standard library only."""

from collections.abc import Iterator

from pmtui.backend.coaching.records import MatchRecord, RuleDraft, RuleRecord


def calls_for(rule: RuleDraft) -> str:
    """`quality below 80`."""
    return f"{rule.metric} {rule.comparison.value} {rule.value:g}"


def whom(rule: RuleDraft) -> str:
    """`North, Night shift`, or `every agent`."""
    return ", ".join((*rule.teams, *rule.groups)) or "every agent"


def about(record: RuleRecord) -> Iterator[str]:
    """Everything about a rule, a sentence each."""
    rule = record.rule
    if rule.description:
        yield rule.description
    yield f"Who: {whom(rule)}."
    yield f"When: {calls_for(rule)}."
    if rule.target is not None:
        yield f"Target: {rule.target[0]:g} in {_days(rule.target[1])}."
    length = f"{rule.minutes} minutes" if rule.minutes is not None else "as long as the organisation has set"
    yield f'Sessions: "{rule.title}", {length}.'
    ahead = _days(rule.look_ahead_days) if rule.look_ahead_days is not None else "as far as the organisation has set"
    yield f"Looks ahead: {ahead}."
    if rule.cooldown_days:
        yield f"Leaves an agent alone for {_days(rule.cooldown_days)} afterwards."
    yield f"Priority: {rule.priority.value}."
    yield f"{record.agents:,} {'agent falls' if record.agents == 1 else 'agents fall'} under it now."


def match(one: MatchRecord) -> str:
    """An agent who falls under a rule, on a line."""
    return (
        f"{one.agent} <{one.agent_email}> · {one.rule} ({one.priority.value}) · {one.metric} {one.value:g}"
        f" on {one.measured_on} · misses by {one.miss:.0%}"
    )


def _days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"
