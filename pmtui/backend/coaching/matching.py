"""Which rule an agent falls under. Pure, standard library only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pmtui.backend.states import Comparison, Priority

R = TypeVar("R")

_ORDER = {priority: index for index, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class Candidate(Generic[R]):
    """A rule an agent could fall under, and the agent's latest value of its metric."""

    rule: R
    name: str
    priority: Priority
    comparison: Comparison
    limit: float
    value: float

    @property
    def calls(self) -> bool:
        """Whether the value calls for coaching."""
        match self.comparison:
            case Comparison.BELOW:
                return self.value < self.limit
            case Comparison.AT_MOST:
                return self.value <= self.limit
            case Comparison.ABOVE:
                return self.value > self.limit
            case Comparison.AT_LEAST:
                return self.value >= self.limit

    @property
    def miss(self) -> float:
        """How far the value is from the rule's, relative to it; absolute where that is nought."""
        return abs(self.value - self.limit) / (abs(self.limit) or 1.0)


def reached(comparison: Comparison, value: float, target: float) -> bool:
    """Whether a value is where coaching was to bring it: the rule's comparison calls below, the target lies above."""
    if comparison in (Comparison.BELOW, Comparison.AT_MOST):
        return value >= target
    return value <= target


def chosen(candidates: Iterable[Candidate[R]]) -> Candidate[R] | None:
    """The one that counts: by priority, then the largest miss, then the rule's name; None where none calls."""
    calling = (one for one in candidates if one.calls)
    return min(calling, key=lambda one: (_ORDER[one.priority], -one.miss, one.name), default=None)
