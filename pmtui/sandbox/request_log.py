"""What was asked of the stand-ins, and by which names each call of a client goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

_TEMPLATES = (
    (re.compile(r"(/me/events/|/calendars/[^/]+/events/)[^/]+"), r"\1{id}"),
    (re.compile(r"(/google/calendar/v3/calendars/)[^/]+"), r"\1{calendar}"),
    (re.compile(r"^/microsoft/[^/]+/"), "/microsoft/{tenant}/"),
)
_MICROSOFT, _GRAPH = "/microsoft/{tenant}", "/graph/v1.0/me"
_GOOGLE, _EVENTS, _WFM = "/google", "/google/calendar/v3/calendars/{calendar}/events", "/wfm/api"

CALLS = (
    f"POST {_MICROSOFT}/oauth2/v2.0/token",
    f"POST {_MICROSOFT}/oauth2/v2.0/devicecode",
    f"GET {_MICROSOFT}/discovery/v2.0/keys",
    f"GET {_MICROSOFT}/v2.0/.well-known/openid-configuration",
    f"GET {_GRAPH}",
    f"GET {_GRAPH}/mailboxSettings",
    f"GET {_GRAPH}/calendarView",
    f"GET {_GRAPH}/events",
    f"POST {_GRAPH}/events",
    f"GET {_GRAPH}/events/{{id}}",
    f"PATCH {_GRAPH}/events/{{id}}",
    f"DELETE {_GRAPH}/events/{{id}}",
    f"POST {_GOOGLE}/token",
    f"POST {_GOOGLE}/revoke",
    f"GET {_GOOGLE}/oauth2/v3/certs",
    f"GET {_GOOGLE}/.well-known/openid-configuration",
    f"GET {_EVENTS}",
    f"POST {_EVENTS}",
    f"GET {_EVENTS}/{{id}}",
    f"PATCH {_EVENTS}/{{id}}",
    f"PUT {_EVENTS}/{{id}}",
    f"DELETE {_EVENTS}/{{id}}",
    f"POST {_WFM}/query/Schedule/ScheduleByPersonIds",
    f"POST {_WFM}/query/ScheduleChanges/SchedulesByChangeDate",
    f"POST {_WFM}/query/Activity/AllActivities",
    f"POST {_WFM}/query/Team/AllTeams",
    f"POST {_WFM}/query/Person/PeopleByTeamId",
    f"POST {_WFM}/query/Skill/AllSkills",
    f"POST {_WFM}/query/Staffing/StaffingBySkills",
    f"POST {_WFM}/command/AddMeetings",
    f"POST {_WFM}/command/EditMeetings",
    f"POST {_WFM}/command/RemoveMeetings",
)
"""Every call a client makes (a browser's pages are none), as `LoggedRequest.route` names it."""


@dataclass
class LoggedRequest:
    """One request as the log keeps it: never a header's or form's value that could be a secret."""

    number: int
    at: datetime
    method: str
    path: str
    query: str
    prefer: list[str] = field(default_factory=list)
    status: int | None = None
    fault: str | None = None

    @property
    def route(self) -> str:
        """Method and path, with ids, calendars and tenants left out: what requests are counted by."""
        path = self.path
        for pattern, template in _TEMPLATES:
            path = pattern.sub(template, path)
        return f"{self.method} {path}"
