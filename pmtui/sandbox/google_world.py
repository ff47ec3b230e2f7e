"""Google's half of the sandbox's memory: sign-ins, and everybody's primary calendar.

Document followed: [quota] developers.google.com/workspace/calendar/api/guides/quota
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pmtui.sandbox.google_event import GoogleEvent, instances
from pmtui.sandbox.google_grants import GoogleSignIns
from pmtui.sandbox.limits import Limit


@dataclass
class Google:
    """Calendars by owner's email; a deleted event stays in them with the status `cancelled`, as at Google."""

    sign_ins: GoogleSignIns = field(default_factory=GoogleSignIns)
    events: dict[str, dict[str, GoogleEvent]] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)  # how often guests were written to, by owner
    # An answer may always hold fewer events than asked for, or none; these make it happen.
    page_size: int | None = None
    first_page_empty: bool = False
    # [quota] Google's own are 600 a minute and user, 10,000 a minute and project.
    quota: Limit = field(default_factory=lambda: Limit(timedelta(minutes=1)))
    project_quota: Limit = field(default_factory=lambda: Limit(timedelta(minutes=1)))
    project_status: int = 403

    def of(self, email: str) -> dict[str, GoogleEvent]:
        """That calendar, by event id. Change it through `keep`."""
        return self.events.setdefault(email, {})

    def keep(self, email: str, event: GoogleEvent, *, mailing: bool = False) -> None:
        """Store a new event, a new version of one, or an instance that now differs from its series."""
        self.of(email)[event.id] = event
        if mailing and event.fields.get("attendees"):
            self.mails[email] = self.mails.get(email, 0) + 1

    def find(self, email: str, event_id: str) -> GoogleEvent | None:
        """The event or instance of that id, deleted ones included."""
        kept = self.of(email)
        if event_id in kept:
            return kept[event_id]
        series_id, _, stamp = event_id.rpartition("_")
        series = kept.get(series_id)
        if series is None or not series.recurrence:
            return None
        try:
            day = datetime.strptime(stamp[:8], "%Y%m%d").replace(tzinfo=UTC)
        except ValueError:
            return None
        near = instances(series, day + timedelta(days=2), day - timedelta(days=2))
        return next((one for one in near if one.id == event_id), None)
