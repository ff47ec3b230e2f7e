"""How many requests a provider takes in a stretch of time: a sliding window, by whatever is counted apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Limit:
    """At most `most` requests in `per`, each key by itself; None is any number.

    Off to begin with everywhere, because a test's clock may stand still.
    """

    per: timedelta
    most: int | None = None
    _asked_at: dict[str, list[datetime]] = field(default_factory=dict)

    def set(self, most: int | None) -> int | None:
        """Another number from now on; what was asked before is forgotten."""
        self.most = None if most is None else int(most)
        self._asked_at.clear()
        return self.most

    def wait(self, key: str, now: datetime) -> int | None:
        """Count a request. None if it is within the limit, else the seconds after which the next one would be.

        Requests that are refused count as well: who does not wait, waits longer.
        """
        if self.most is None:
            return None
        recent = [at for at in self._asked_at.get(key, []) if at > now - self.per]
        self._asked_at[key] = [*recent, now]
        if len(recent) < self.most:
            return None
        if self.most == 0:
            return int(self.per.total_seconds())
        room_at = self._asked_at[key][-self.most] + self.per
        return max(1, math.ceil((room_at - now).total_seconds()))
