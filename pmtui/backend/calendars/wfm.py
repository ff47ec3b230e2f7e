"""The organisation's Calabrio WFM: its people, their schedules, and meetings in them.

Its reference lies behind each customer's own address, `https://<customer>.teleopticloud.com/api`. Everything is
POST; errors come as a status or, just as well, as `Errors` in a 200.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pmtui.backend.calendars.calls import Answer, Calls, Form
from pmtui.backend.calendars.protocol import Busy, Event, Minutes, Misconfigured, Refused, Temporary
from pmtui.backend.calendars.wfm_schedules import (
    Activity,
    days_of,
    meeting_id,
    read_activities,
    read_people,
    read_schedules,
)
from pmtui.backend.errors import NeedsReconnecting
from pmtui.backend.slots.values import to_minute, to_minute_up
from pmtui.backend.states import Provider

PEOPLE_AT_ONCE = 100
"""How many people's schedules one call asks for."""

COACHING = "coaching"
NO_ACTIVITY = "coaching_activity_missing"


class Wfm:
    """One organisation's WFM, by the token of its one service user. Make a new one for each piece of work."""

    def __init__(
        self,
        calls: Calls,
        url: str,
        token: str,
        *,
        business_unit_id: str = "",
        scenario_id: str | None = None,
        coaching_activity_id: str | None = None,
        coachable: Collection[str] = (),
    ) -> None:
        """`coachable` names the activities a session may overwrite, instead of what the WFM says of each."""
        self._calls = calls
        self._url = url.rstrip("/")
        self._token = token
        self._business_unit = {"BusinessUnitId": business_unit_id} if business_unit_id else {}
        self._scenario = {"ScenarioId": scenario_id} if scenario_id else {}
        self._coaching_activity_id = coaching_activity_id
        self._coachable = coachable
        self._activities: dict[str, Activity] | None = None

    def now(self) -> datetime:
        """The present instant."""
        return self._calls.clock.now()

    async def people(self) -> dict[str, str]:
        """The WFM's person ids by email address (lower case). Addresses that two people share are left out."""
        teams = await self._query("Team/AllTeams", self._business_unit)
        today = self.now().date().isoformat()
        found: dict[str, set[str]] = {}
        for team in teams:
            if not isinstance(team, dict) or "Id" not in team:
                raise Temporary("garbage", Provider.WFM)
            answer = await self._query("Person/PeopleByTeamId", {"TeamId": team["Id"], "Date": today})
            for email, person_id in read_people(answer):
                found.setdefault(email, set()).add(person_id)
        return {email: next(iter(ids)) for email, ids in found.items() if len(ids) == 1}

    async def schedules(self, person_ids: Sequence[str], window: Minutes) -> dict[str, Busy]:
        """The schedules of these people in `window` (minutes), by person id as given; those unknown are left out."""
        activities = await self.activities()
        first, last = days_of(window)
        period = {"StartDate": first.isoformat(), "EndDate": last.isoformat()}
        found: dict[str, Busy] = {}
        for some in _chunks(person_ids):
            asked = {"PersonIds": list(some), "Period": period, **self._scenario}
            items = await self._query("Schedule/ScheduleByPersonIds", asked)
            by_id = read_schedules(items, activities, window)
            found.update({one: by_id[one.lower()] for one in some if one.lower() in by_id})
        return found

    async def activities(self) -> dict[str, Activity]:
        """Every activity by its id; asked for once."""
        if self._activities is None:
            items = await self._query("Activity/AllActivities", self._business_unit)
            self._activities = read_activities(items, self._coachable)
        return self._activities

    async def add(self, meeting: dict[str, Any]) -> bool:
        """AddMeetings with one meeting; False if the WFM refuses."""
        more = {**self._business_unit, **self._scenario, "HandleNonOverwritableActivities": False}
        return await self._command("AddMeetings", {"TimeZoneId": "UTC", "ExternalMeetings": [meeting], **more})

    async def edit(self, meeting: dict[str, Any]) -> bool:
        """EditMeetings with one meeting; False if the WFM refuses, as for one that is not there."""
        return await self._command("EditMeetings", {"TimeZoneId": "UTC", "ExternalMeetings": [meeting]})

    async def remove(self, external_id: str) -> bool:
        """RemoveMeetings with one meeting; False if the WFM refuses."""
        return await self._command("RemoveMeetings", {"ExternalMeetingIds": [external_id]})

    async def coaching_activity(self) -> str:
        """The activity of sessions (its id). Raises Refused if there is none."""
        found = await self.find_coaching_activity()
        if found is None:
            raise Refused(
                NO_ACTIVITY, Provider.WFM, "An administrator has to make an activity named Coaching in the WFM."
            )
        return found

    async def find_coaching_activity(self) -> str | None:
        """The id of the activity of sessions: of the one set, else of the one called Coaching; None without it."""
        activities = await self.activities()
        if self._coaching_activity_id is not None:
            return self._coaching_activity_id if self._coaching_activity_id.lower() in activities else None
        named = (one.id for one in activities.values() if one.name.strip().lower() == COACHING)
        return next(named, None)

    async def _query(self, name: str, body: dict[str, Any]) -> list[Any]:
        answer = await self._post(f"/query/{name}", body, _is_result, repeatable=True)
        if answer.document.get("Errors") or not answer.ok:
            raise _refused(answer)
        result: list[Any] = answer.document["Result"]
        return result

    async def _command(self, name: str, body: dict[str, Any]) -> bool:
        answer = await self._post(f"/command/{name}", body, _is_said, repeatable=False)
        if not answer.ok and answer.status not in (400, 404, 409):
            raise _refused(answer)
        return answer.ok and not answer.document.get("Errors")

    async def _post(self, path: str, body: dict[str, Any], form: Form, *, repeatable: bool) -> Answer:
        answer = await self._calls.send(
            Provider.WFM,
            "POST",
            self._url + path,
            self._token,
            account=self._url,
            repeatable=repeatable,
            body=body,
            form=form,
        )
        if answer.status in (401, 403):
            raise Misconfigured(
                "wfm_token_refused",
                "The WFM does not accept the organisation's access token.",
                "Ask an administrator to set a new WFM token.",
            )
        return answer


class WfmCalendar:
    """One person's WFM schedule as a calendar. `person_id` is the WFM's own."""

    def __init__(self, wfm: Wfm, person_id: str) -> None:
        self._wfm = wfm
        self._person_id = person_id

    async def busy(self, window: Minutes) -> Busy:
        """See `Calendar`. NeedsReconnecting if the WFM no longer knows the person."""
        found = (await self._wfm.schedules([self._person_id], window)).get(self._person_id)
        if found is None:
            raise unknown_person()
        return found

    async def put(self, event: Event) -> str:
        """See `Calendar`. Refused (`coaching_activity_missing`) where the WFM has no activity for it."""
        external_id = meeting_id(event)
        meeting = {
            "ExternalMeetingId": external_id,
            "Period": {"StartTime": _z(event.starts), "EndTime": _z(event.ends)},
            "Participants": [self._person_id],
            "ActivityId": await self._wfm.coaching_activity(),
            "Title": event.title,
        }
        known = event.provider_id is not None or await self._holds(event)
        ways = (self._wfm.edit, self._wfm.add) if known else (self._wfm.add, self._wfm.edit)
        for way in ways:
            if await way(meeting):
                return external_id
        raise Refused("meeting_refused", Provider.WFM)

    async def remove(self, event: Event) -> None:
        """See `Calendar`."""
        if not await self._wfm.remove(meeting_id(event)) and await self._holds(event):
            raise Refused("meeting_refused", Provider.WFM)

    async def probe(self) -> None:
        """See `Calendar`."""
        now = to_minute(self._wfm.now())
        await self.busy((now, now + 1))

    async def _holds(self, event: Event) -> bool:
        """Whether the schedule shows the meeting, at the wanted time or wherever else on those days."""
        read = await self.busy((to_minute(event.starts), to_minute_up(event.ends)))
        return any(own.provider_id == meeting_id(event) for own in read.own)


def unknown_person() -> NeedsReconnecting:
    """The WFM has nobody by the id the connection was made with."""
    return NeedsReconnecting("not_in_wfm", "The WFM no longer knows this person.")


def _is_result(document: Mapping[str, Any]) -> bool:
    """The form of a query's answer: what went wrong, or a list of objects."""
    result = document.get("Result")
    return bool(document.get("Errors")) or (isinstance(result, list) and all(isinstance(one, dict) for one in result))


def _is_said(document: Mapping[str, Any]) -> bool:
    """The form of a command's answer. Without it nobody knows whether it was done."""
    return not document.keys().isdisjoint(("Result", "Errors"))


def _chunks(person_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(person_ids), PEOPLE_AT_ONCE):
        yield person_ids[first : first + PEOPLE_AT_ONCE]


def _z(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _refused(answer: Answer) -> Refused:
    return Refused("wfm_error" if answer.ok else f"http_{answer.status}", Provider.WFM)
