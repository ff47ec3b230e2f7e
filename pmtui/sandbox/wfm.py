"""The WFM's API (Calabrio WFM, formerly Teleopti): queries and commands over POST, errors inside a 200.

Its reference is behind each customer's own `https://<customer>.teleopticloud.com/api`. The names and forms follow that
reference as its public clients show it: `/query/{Entity}/{Name}` and `/command/{Name}`, PascalCase JSON, periods of
StartDate/EndDate (days, both included) or StartTime/EndTime (instants), answers `{"Result": [...], "Errors": [...]}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from pmtui.sandbox.people import Person, made_up_id
from pmtui.sandbox.shifts import BUSINESS_UNIT_ID, Layer
from pmtui.sandbox.times import days, parse, seconds_z, windows_name, zone
from pmtui.sandbox.wfm_staffing import SKILLS, skill_json, staffing
from pmtui.sandbox.world import Meeting, World

PREFIX = "/wfm/api"
_LONGEST_PERIOD, _LONGEST_STAFFING = 400, 62  # days a query may cover

_Query = Callable[[dict[str, Any]], list[Any]]


class WfmError(Exception):
    """Something the WFM answers as an entry of `Errors`, with status 200."""


class Wfm:
    """The endpoints under `/wfm/api`, all for the one service user whose token `World.wfm.token` is."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """Where each lives."""
        return [
            self._route("/query/Schedule/ScheduleByPersonIds", self.schedules),
            self._route("/query/ScheduleChanges/SchedulesByChangeDate", self.changed_schedules),
            self._route("/query/Activity/AllActivities", self.activities),
            self._route("/query/Team/AllTeams", self.teams),
            self._route("/query/Person/PeopleByTeamId", self.people),
            self._route("/query/Skill/AllSkills", self.skills),
            self._route("/query/Staffing/StaffingBySkills", self.staffing),
            self._route("/command/AddMeetings", self.add_meetings),
            self._route("/command/EditMeetings", self.edit_meetings),
            self._route("/command/RemoveMeetings", self.remove_meetings),
        ]

    def _route(self, path: str, query: _Query) -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            if request.headers.get("authorization", "") != f"Bearer {self._world.wfm.token}":
                return JSONResponse({"Message": "Authorization has been denied for this request."}, 401)
            wait = self._wait()
            if wait is not None:
                return JSONResponse({"Message": "API calls quota exceeded."}, 429, {"Retry-After": str(wait)})
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError:
                return JSONResponse({"Message": "The request is invalid."}, 400)
            if not isinstance(body, dict):
                return JSONResponse({"Message": "The request is invalid."}, 400)
            try:
                return JSONResponse({"Result": query(body), "Errors": []})
            except WfmError as error:
                return JSONResponse({"Result": [], "Errors": [{"Message": str(error)}]})

        return Route(PREFIX + path, endpoint, methods=["POST"])

    def _wait(self) -> int | None:
        """How long to wait, if the service user asks more than a minute or an hour allows."""
        now, wfm = self._world.now(), self._world.wfm
        waits = (wfm.minute.wait("", now), wfm.hour.wait("", now))
        return max((one for one in waits if one is not None), default=None)

    # --- queries ---------------------------------------------------------------------------------------------

    def schedules(self, body: dict[str, Any]) -> list[Any]:
        """Schedule/ScheduleByPersonIds {PersonIds, Period: {StartDate, EndDate}, ScenarioId?}: one entry a person
        and day; unknown people are left out silently."""
        first, last = _dates(body)
        wanted = [self._world.person_by_id(str(one)) for one in _list(body, "PersonIds")]
        return [self._day(person, on) for person in wanted if person is not None for on in days(first, last)]

    def changed_schedules(self, body: dict[str, Any]) -> list[Any]:
        """ScheduleChanges/SchedulesByChangeDate {ChangesFrom, ChangesTo, Page, PageSize}: the schedules of the days
        that changed in between, as they are now. Pages count from 1; page 0 is everything."""
        since, until = _instant(body, "ChangesFrom"), self._world.now()
        if body.get("ChangesTo"):
            until = min(until, _instant(body, "ChangesTo"))
        found = sorted({(who, on) for at, who, on in self._world.wfm.changes if since <= at <= until})
        page, size = int(body.get("Page") or 0), int(body.get("PageSize") or 0) or 100
        pages = max(1, -(-len(found) // size))
        shown = found if page == 0 else found[(page - 1) * size : page * size]
        people = [(self._world.person_by_id(who), on) for who, on in shown]
        return [
            {
                "Schedules": [self._day(person, on) for person, on in people if person is not None],
                "Page": page,
                "TotalPages": 1 if page == 0 else pages,
                "TotalSchedules": len(found),
                "ChangesUpTo": seconds_z(until),
            }
        ]

    def activities(self, body: dict[str, Any]) -> list[Any]:
        """Activity/AllActivities {BusinessUnitId}."""
        return [
            {
                "Id": one.id,
                "Name": one.name,
                "InReadyTime": one.name in ("Phone", "Email/Chat"),
                "RequiresSkill": one.name in ("Phone", "Email/Chat"),
                "InWorkTime": one.in_work_time,
                "InPaidTime": one.in_work_time,
                "ReportLevelDetail": one.detail,
                "RequiresSeat": False,
                "PayrollCode": None,
                "AllowOverwrite": one.overwritable,
                "DisplayColor": f"#{one.colour & 0xFFFFFF:06X}FF",
            }
            for one in self._world.activities().values()
        ]

    def teams(self, body: dict[str, Any]) -> list[Any]:
        """Team/AllTeams {BusinessUnitId}."""
        site = made_up_id("site")
        return [{"Id": id, "Name": name, "SiteId": site} for id, name in self._world.teams().items()]

    def people(self, body: dict[str, Any]) -> list[Any]:
        """Person/PeopleByTeamId {TeamId, Date}: who is in that team; zones by their Windows names."""
        name = self._world.teams().get(str(body.get("TeamId", "")).lower())
        if name is None:
            raise WfmError("The team does not exist.")
        return [self._person(one) for one in self._world.in_wfm() if one.team == name]

    def skills(self, body: dict[str, Any]) -> list[Any]:
        """Skill/AllSkills {BusinessUnitId}."""
        return [skill_json(skill) for skill in SKILLS.values()]

    def staffing(self, body: dict[str, Any]) -> list[Any]:
        """Staffing/StaffingBySkills {BusinessUnitId, SkillIds, Period: {StartTime, EndTime}}: people needed and
        scheduled, an entry a quarter of an hour, all the skills together."""
        skills = [SKILLS.get(str(one).lower()) for one in _list(body, "SkillIds")]
        starts, ends = _times(body, "UTC")
        if ends - starts > timedelta(days=_LONGEST_STAFFING):
            raise WfmError("The period is not valid.")
        if None in skills:
            raise WfmError("A skill does not exist.")
        return staffing(self._world, [one for one in skills if one is not None], starts, ends)

    # --- commands --------------------------------------------------------------------------------------------

    def add_meetings(self, body: dict[str, Any]) -> list[Any]:
        """AddMeetings {TimeZoneId, BusinessUnitId, ScenarioId, ExternalMeetings, HandleNonOverwritableActivities}.

        All or none. An ExternalMeetingId already known is written over, so repeating is safe. Shifts are not looked
        at: the WFM takes a meeting at any time of any person.
        """
        return self._keep(body, must_exist=False)

    def edit_meetings(self, body: dict[str, Any]) -> list[Any]:
        """EditMeetings {TimeZoneId, ExternalMeetings}: as AddMeetings, but each must exist."""
        return self._keep(body, must_exist=True)

    def remove_meetings(self, body: dict[str, Any]) -> list[Any]:
        """RemoveMeetings {ExternalMeetingIds}: what is not there is removed already."""
        ids = [str(one) for one in _list(body, "ExternalMeetingIds")]
        for external_id in ids:
            self._world.drop_meeting(external_id)
        return [{"ExternalMeetingId": one} for one in ids]

    def _keep(self, body: dict[str, Any], *, must_exist: bool) -> list[Any]:
        where = str(body.get("TimeZoneId", ""))
        try:
            zone(where)
        except ValueError:
            raise WfmError(f"The time zone '{where}' does not exist.") from None
        meetings = [self._meeting(one, where) for one in _list(body, "ExternalMeetings")]
        for meeting in meetings:
            if must_exist and meeting.external_id not in self._world.wfm.meetings:
                raise WfmError(f"The meeting '{meeting.external_id}' does not exist.")
        for meeting in meetings:
            if self._world.wfm.meetings.get(meeting.external_id) != meeting:
                self._world.keep_meeting(meeting)
        return [{"ExternalMeetingId": meeting.external_id} for meeting in meetings]

    def _meeting(self, given: Any, where: str) -> Meeting:
        if not isinstance(given, dict) or not given.get("ExternalMeetingId"):
            raise WfmError("ExternalMeetingId is missing.")
        activity = str(given.get("ActivityId", "")).lower()
        if activity not in self._world.activities():
            raise WfmError("The activity does not exist.")
        people = [self._world.person_by_id(str(one)) for one in _list(given, "Participants")]
        if not people or None in people:
            raise WfmError("A participant does not exist.")
        starts, ends = _times(given, where)
        return Meeting(
            str(given["ExternalMeetingId"]),
            starts,
            ends,
            tuple(one.person_id for one in people if one is not None),
            activity,
            str(given.get("Title", "")),
        )

    # --- forms -----------------------------------------------------------------------------------------------

    def _day(self, person: Person, on: date) -> dict[str, Any]:
        layers = self._world.schedule(person, on)
        return {"PersonId": person.person_id, "Date": on.isoformat(), "Shift": [layer_json(layer) for layer in layers]}

    def _person(self, person: Person) -> dict[str, Any]:
        first, _, last = person.name.partition(" ")
        return {
            "Id": person.person_id,
            "FirstName": first,
            "LastName": last,
            "EmploymentNumber": str(int(person.person_id[:6], 16)),
            "Email": self._world.wfm.addresses.get(person.person_id, person.email),
            "DisplayName": person.name,
            "TimeZoneId": windows_name(person.timezone),
            "BusinessUnitId": BUSINESS_UNIT_ID,
            "SiteId": made_up_id("site"),
            "TeamId": made_up_id("team", person.team or ""),
            "WorkflowControlSetId": made_up_id("workflow"),
            "FirstDayOfWeek": 1,
        }


def layer_json(layer: Layer) -> dict[str, Any]:
    """One layer of a `Shift`."""
    return {
        "Name": layer.name,
        "Period": {"StartTime": seconds_z(layer.starts), "EndTime": seconds_z(layer.ends)},
        "ActivityId": layer.activity_id,
        "AbsenceId": layer.absence_id,
        "DisplayColor": layer.colour,
        "ExternalMeetingId": layer.meeting_id,
    }


def _list(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list):
        raise WfmError(f"{name} is missing.")
    return value


def _dates(body: dict[str, Any]) -> tuple[date, date]:
    period = body.get("Period")
    try:
        first, last = (date.fromisoformat(str(period[name])[:10]) for name in ("StartDate", "EndDate"))  # type: ignore[index]  # a wrong type is caught below
    except (KeyError, TypeError, ValueError):
        raise WfmError("Period needs StartDate and EndDate.") from None
    if not timedelta(0) <= last - first <= timedelta(days=_LONGEST_PERIOD):
        raise WfmError("The period is not valid.")
    return first, last


def _times(given: dict[str, Any], where: str) -> tuple[datetime, datetime]:
    """A meeting's period: local to the command's TimeZoneId, unless an offset says otherwise."""
    period = given.get("Period")
    try:
        starts, ends = (parse(str(period[name]), zone(where)) for name in ("StartTime", "EndTime"))  # type: ignore[index]  # a wrong type is caught below
    except (KeyError, TypeError, ValueError):
        raise WfmError("Period needs StartTime and EndTime.") from None
    if ends <= starts:
        raise WfmError("The period ends before it starts.")
    return starts, ends


def _instant(body: dict[str, Any], name: str) -> datetime:
    try:
        return parse(str(body[name]), UTC)
    except (KeyError, ValueError):
        raise WfmError(f"{name} is missing or no date and time.") from None
