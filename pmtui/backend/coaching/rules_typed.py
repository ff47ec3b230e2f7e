"""What people type about rules and metrics, made into values. The only parser of them; standard library only."""

import math
import re
from collections.abc import Mapping
from datetime import date

from pmtui.backend.coaching.records import RuleDraft
from pmtui.backend.errors import BadInput
from pmtui.backend.states import Comparison, Priority

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 1_000
FIELDS = (
    "name",
    "metric",
    "when",
    "priority",
    "title",
    "description",
    "teams",
    "groups",
    "target",
    "minutes",
    "look-ahead",
    "cooldown",
)
"""What is typed for a rule, in the order of a form."""
TITLE = "Coaching session"
_WHEN = re.compile(r"(below|under|<=|<|at most|above|over|>=|>|at least) ?(.+)", re.IGNORECASE)
_WORDS = {
    "below": Comparison.BELOW,
    "under": Comparison.BELOW,
    "<": Comparison.BELOW,
    "<=": Comparison.AT_MOST,
    "at most": Comparison.AT_MOST,
    "above": Comparison.ABOVE,
    "over": Comparison.ABOVE,
    ">": Comparison.ABOVE,
    ">=": Comparison.AT_LEAST,
    "at least": Comparison.AT_LEAST,
}
_TARGET = re.compile(r"(\S+) (?:in|within) (\d{1,3}) ?(?:d|days?)", re.IGNORECASE)
_LONGEST_DAYS = 366


def name(text: str, where: str = "name") -> str:
    """A rule's, a metric's or a session's name: one line of 1 to 100 characters."""
    clean = " ".join(text.split())
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        raise BadInput("bad_name", f"{text[:40]!r} is no name.", f"Write 1 to {LONGEST_NAME} characters.", where)
    return clean


def metric(text: str) -> str:
    """A metric's name, in whatever case it is written: lower case."""
    return name(text, "metric").lower()


def description(text: str) -> str:
    """Free words about a rule, on one line."""
    clean = " ".join(text.split())
    if len(clean) > LONGEST_DESCRIPTION or not (clean.isprintable() or not clean):
        raise BadInput(
            "bad_description",
            "That is no description.",
            f"Write at most {LONGEST_DESCRIPTION:,} characters.",
            "description",
        )
    return clean


def number(text: str, where: str = "value") -> float:
    """A metric's value: `80`, `80.5`, `-3`, `80%` (the sign says nothing, the number is taken as it is)."""
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise BadInput("bad_number", f"{text[:40]!r} is no number.", "Write it like 80 or 80.5.", where)
    return value


def day(text: str, where: str = "date") -> date:
    """A date as 2027-03-01."""
    try:
        if len(text.strip()) != 10:
            raise ValueError
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput("bad_date", f"{text[:40]!r} is no date.", "Write it like 2027-03-01.", where) from None


def when(text: str) -> tuple[Comparison, float]:
    """`below 80`, `at least 5`, `> 300`."""
    found = _WHEN.fullmatch(" ".join(text.split()))
    if found is None:
        raise BadInput(
            "bad_comparison",
            f"{text[:40]!r} says no comparison.",
            "Write it like 'below 80', 'at most 80', 'above 300' or 'at least 300'.",
            "when",
        )
    return _WORDS[found[1].lower()], number(found[2], "when")


def target(text: str) -> tuple[float, int]:
    """`85 in 30 days`: the value to come to, and the days given for it."""
    found = _TARGET.fullmatch(" ".join(text.split()))
    days = int(found[2]) if found else 0
    if found is None or not 1 <= days <= _LONGEST_DAYS:
        raise BadInput("bad_target", f"{text[:40]!r} is no target.", "Write it like '85 in 30 days'.", "target")
    return number(found[1], "target"), days


def draft(texts: Mapping[str, str]) -> RuleDraft:
    """A rule of what was typed for each of `FIELDS`; what is left out is empty. Raises BadInput naming the field.

    `when` is like `below 80`, `target` like `85 in 30 days`; teams and groups have `;` or commas between them.
    """
    typed = {field: texts.get(field, "").strip() for field in FIELDS}
    comparison, value = when(typed["when"])
    return RuleDraft(
        name=name(typed["name"]),
        metric=metric(typed["metric"]),
        comparison=comparison,
        value=value,
        priority=priority(typed["priority"] or Priority.MEDIUM),
        title=name(typed["title"] or TITLE, "title"),
        description=description(typed["description"]),
        teams=_names(typed["teams"]),
        groups=_names(typed["groups"]),
        target=target(typed["target"]) if typed["target"] else None,
        minutes=_count(typed["minutes"], "minutes"),
        look_ahead_days=_count(typed["look-ahead"], "look-ahead"),
        cooldown_days=_count(typed["cooldown"], "cooldown") or 0,
    )


def typed(rule: RuleDraft) -> dict[str, str]:
    """What one would type for a rule: `draft` of it is the rule again."""
    return {
        "name": rule.name,
        "metric": rule.metric,
        "when": f"{rule.comparison.value} {_shown(rule.value)}",
        "priority": rule.priority.value,
        "title": rule.title,
        "description": rule.description,
        "teams": _joined(rule.teams),
        "groups": _joined(rule.groups),
        "target": f"{_shown(rule.target[0])} in {rule.target[1]} days" if rule.target else "",
        "minutes": "" if rule.minutes is None else str(rule.minutes),
        "look-ahead": "" if rule.look_ahead_days is None else str(rule.look_ahead_days),
        "cooldown": str(rule.cooldown_days) if rule.cooldown_days else "",
    }


def _names(text: str) -> tuple[str, ...]:
    """Names with semicolons between, as in files; or with commas, where no name has one."""
    parts = text.split(";" if ";" in text else ",")
    return tuple(dict.fromkeys(" ".join(one.split()) for one in parts if one.strip()))


def _joined(names: tuple[str, ...]) -> str:
    return "; ".join(names) + (";" if any("," in name for name in names) else "")


def _count(text: str, where: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise BadInput("bad_number", f"{text[:40]!r} is no number.", "Write it like 14, or nothing.", where)
    return int(text)


def _shown(value: float) -> str:
    return repr(value).removesuffix(".0")


def days(value: int, where: str, most: int = _LONGEST_DAYS) -> int:
    """A number of days from 0 to `most`."""
    if not 0 <= value <= most:
        raise BadInput("bad_days", f"It can't be {value} days.", f"Choose 0 to {most}.", where)
    return value


def priority(text: str) -> Priority:
    """`high`, `medium` or `low`."""
    try:
        return Priority(text.strip().lower())
    except ValueError:
        raise BadInput(
            "bad_priority", f"{text[:40]!r} is no priority.", "Choose high, medium or low.", "priority"
        ) from None
