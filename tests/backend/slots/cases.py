"""Valid case files and one wrong change at any path of them."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pmtui.backend.slots.documents import ROOT

EXAMPLE: dict[str, Any] = {
    "version": 1,
    "id": "optional, echoed",
    "window": {"start": "2027-03-01T00:00Z", "end": "2027-03-15T00:00Z"},
    "now": "2027-03-01T08:00Z",
    "tenant": {"timezone": "America/Chicago"},
    "session": {"minutes": 30, "step": 15, "buffer_before": 0, "buffer_after": 0, "notice": 0},
    "limits": {"coach": {"day": 0, "week": 0}, "agent": {"day": 0, "week": 0}},
    "coach": {
        "calendar": "google",
        "availability": {
            "timezone": "Europe/London",
            "weekly": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}],
            "overrides": [
                {"date": "2027-03-02", "hours": [{"start": "14:00", "end": "18:00"}]},
                {"date": "2027-03-03", "hours": []},
            ],
        },
        "busy": [{"start": "2027-03-01T10:00Z", "end": "2027-03-01T11:00Z"}],
        "sessions": [{"start": "2027-03-01T15:00Z", "end": "2027-03-01T15:30Z"}],
    },
    "agent": {
        "calendar": "wfm",
        "timezone": "America/Denver",
        "shifts": [
            {
                "start": "2027-03-01T15:00Z",
                "end": "2027-03-01T23:00Z",
                "activity": "Phone",
                "overwritable": True,
            }
        ],
    },
}

ANSWER: dict[str, Any] = {
    "id": "optional, echoed",
    "rule": "coach: google calendar and availability; agent: wfm schedule",
    "free": [{"start": "2027-03-01T15:30:00Z", "end": "2027-03-01T17:00:00Z"}],
    "slots": [
        "2027-03-01T15:30:00Z",
        "2027-03-01T15:45:00Z",
        "2027-03-01T16:00:00Z",
        "2027-03-01T16:15:00Z",
        "2027-03-01T16:30:00Z",
    ],
    "reasons": {"outside_availability": 1235, "outside_schedule": 95, "busy": 5, "own_session": 3},
}

FULLEST: dict[str, Any] = {
    **EXAMPLE,
    "session": {**EXAMPLE["session"], "horizon_days": 20},
    "limits": {"coach": {"day": 8, "week": 40}, "agent": {"day": 1, "week": 3}},
    "staffing": [{"start": "2027-03-01T15:00Z", "end": "2027-03-01T15:15Z", "staff": 12, "forecast": 10}],
    "ignore": {"start": "2027-03-01T16:00:00.000+01:00", "end": "2027-03-01T15:30:00Z"},
    "coach": {**EXAMPLE["coach"], "timezone": "Asia/Kolkata", "unknown": False},
    "agent": {
        **EXAMPLE["agent"],
        "unknown": False,
        "known": {"start": "2027-02-01T00:00Z", "end": "2027-04-01T00:00Z"},
        "sessions": [{"start": "2027-03-02T15:00Z", "end": "2027-03-02T16:00Z", "role": "coach"}],
    },
}

OPTIONAL = {
    "id", "now", "session", "limits", "minutes", "step", "buffer_before", "buffer_after", "notice", "horizon_days",
    "availability", "weekly", "overrides", "hours", "busy", "sessions", "timezone",
    "shifts", "activity", "unknown", "ignore", "known", "role", "staffing",
}  # fmt: skip

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Wrong:
    """A case with one thing wrong: its text and the path that must be named."""

    text: str
    path: str


def shown(path: Path) -> str:
    """A path as error lines show it."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or ROOT


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every path of a document, its root first."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def at(document: Any, path: Path) -> Any:
    """What stands at a path."""
    for part in path:
        document = document[part]
    return document


def changed(document: Any, path: Path, change: Callable[[Any, Any], None]) -> Any:
    """A copy with `change(container, last part)` applied."""
    copied = copy.deepcopy(document)
    change(at(copied, path[:-1]), path[-1])
    return copied


def is_optional(path: Path) -> bool:
    """Whether a case stays whole without what stands at `path`."""
    last = path[-1]
    if path[0] in ("tenant", "limits"):
        return path[0] == "limits"
    if path[0] == "staffing":
        return len(path) < 3
    return isinstance(last, int) or last in OPTIONAL


def other_types(value: Any) -> list[Any]:
    """JSON values of another type than `value`'s."""
    everything: list[Any] = [None, True, 7.5, float("nan"), 10**30, -1, "", "nonsense", [7], {"surprise": 1}, [[]], {}]
    kind = type(value)
    kept = [other for other in everything if type(other) is not kind]
    if kind in (list, dict):
        return [other for other in kept if not isinstance(other, list | dict)]
    return kept


OUT_OF_RANGE: dict[str, list[Any]] = {
    "version": [0, 2, "1"],
    "minutes": [0, 1441],
    "step": [0, -15, 1441],
    "buffer_before": [-1, 1441],
    "buffer_after": [-1, 1441],
    "notice": [-1, 60481],
    "horizon_days": [-1, 401],
    "day": [-1, 1441],
    "week": [-1, 1441],
    "staff": [-1, 1_000_001],
    "forecast": [-1, 1_000_001],
    "role": ["Coach", ""],
    "timezone": ["Mars/Olympus", "", "europe/london", "Europe"],
    "calendar": ["yahoo", "", "Google"],
    "date": ["2027-02-29", "2027-3-1", "20270301", "2027-03-01T00:00Z", "０２２７-03-01"],
}
CLOCKS = ["9:00", "24:01", "25:00", "09:60", "09:00:00", "0900", " 09:00", "09:00\n"]
INSTANTS = [
    "2027-03-01", "2027-03-01T10:00", "2027-03-01 10:00Z", "2027-02-29T10:00Z", "2027-03-01T24:00Z",
    "0000-01-01T00:00Z", "2027-03-01T10:00:60Z", "2027-03-01T10:00+24:00", "2027-03-01T10:00+0100",
    "2027-03-01T10:00:00.Z", "27-03-01T10:00Z", "2027-03-01t10:00z", "2027-03-01T10:00Z\n",
]  # fmt: skip


def bad_values(document: Any, path: Path) -> list[Any]:
    """Values of the right type that are wrong at `path`."""
    last, value = path[-1], at(document, path)
    if last in ("start", "end"):
        if "T" in value:
            odd = ["2027-03-01T10:00:30Z"] if path[0] == "window" else []
            return [*INSTANTS, *odd]
        return [*CLOCKS, "24:00"] if last == "start" else CLOCKS
    if path[-2:-1] == ("days",):
        return ["Mon", "monday", ""]
    if last == "now":
        return INSTANTS
    if last == "days":
        return [[]]
    return OUT_OF_RANGE.get(str(last), [])


@st.composite
def wrong_cases(draw: st.DrawFn) -> Wrong:
    """A valid case with one key dropped, added or doubled, or one value retyped or out of range."""
    document = draw(st.sampled_from((EXAMPLE, FULLEST)))
    path = draw(st.sampled_from(list(places(document))))
    changes: list[tuple[Any, str]] = []
    value = at(document, path)

    def put(new: Any) -> Any:
        def change(container: Any, last: Any) -> None:
            container[last] = new

        return changed(document, path, change) if path else new

    if path and not is_optional(path):
        changes.append((changed(document, path, lambda container, last: container.pop(last)), shown(path)))
    if isinstance(value, dict):
        key = draw(st.sampled_from(("surprise", "Start", "start ", "notes")))
        changes.append((put({**value, key: 1}), shown((*path, key))))
    if path:
        changes += [(put(new), shown(path)) for new in bad_values(document, path)]
    retyped = [new for new in other_types(value) if not (path and path[-1] == "horizon_days" and new is None)]
    changes += [(put(new), shown(path)) for new in retyped]
    changed_document, named = draw(st.sampled_from(changes))
    return Wrong(json.dumps(changed_document, ensure_ascii=draw(st.booleans())), named)
