"""The WFM's skills, and how many people they have and need: counted from the schedules, so that meetings show in it.

Names and forms as the API's public clients show them, see wfm.py. What is needed is made up: a day that swells towards
noon, one team after the other in its own zone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pmtui.sandbox.people import TEAMS, made_up_id
from pmtui.sandbox.shifts import EMAIL_CHAT, PHONE, Activity
from pmtui.sandbox.times import days, seconds_z, windows_name, zone
from pmtui.sandbox.world import World

_INTERVAL = timedelta(minutes=15)
_SHRINKAGE = 0.15  # the part of paid time that people are away for training, coaching, illness
_NEEDED = {PHONE.name: 5.0, EMAIL_CHAT.name: 1.5}  # at noon
_ZONES = {"Billing": "America/Chicago", "Technical Support": "America/Denver", "Retention": "America/Los_Angeles"}


@dataclass(frozen=True, slots=True)
class Skill:
    """What customers want from a team by one activity."""

    team: str
    activity: Activity

    @property
    def name(self) -> str:
        """How planners call it."""
        return f"{self.team} {self.activity.name}"

    @property
    def id(self) -> str:
        """The id the WFM uses for it."""
        return made_up_id("skill", self.name)


SKILLS = {skill.id: skill for skill in (Skill(team, one) for team in TEAMS for one in (PHONE, EMAIL_CHAT))}


def skill_json(skill: Skill) -> dict[str, Any]:
    """One entry of Skill/AllSkills."""
    return {
        "Id": skill.id,
        "Name": skill.name,
        "ActivityId": skill.activity.id,
        "ResolutionMinutes": int(_INTERVAL.total_seconds() // 60),
        "TimeZoneId": windows_name(_ZONES[skill.team]),
    }


def staffing(world: World, skills: list[Skill], starts: datetime, ends: datetime) -> list[dict[str, Any]]:
    """One entry an interval of a quarter of an hour, all these skills together, in people."""
    spans = [span for skill in skills for span in _scheduled(world, skill, starts, ends)]
    answer = []
    at = datetime.fromtimestamp(starts.timestamp() // _INTERVAL.total_seconds() * _INTERVAL.total_seconds(), UTC)
    while at < ends:
        until = at + _INTERVAL
        minutes = sum(max(timedelta(), min(last, until) - max(first, at)).total_seconds() for first, last in spans)
        scheduled, needed = minutes / _INTERVAL.total_seconds(), sum(_needed(skill, at) for skill in skills)
        answer.append(
            {
                "Period": {"StartTime": seconds_z(at), "EndTime": seconds_z(until)},
                "ForecastedAgents": round(needed, 2),
                "ForecastedAgentsWithShrinkage": round(needed / (1 - _SHRINKAGE), 2),
                "ScheduledAgents": round(scheduled, 2),
                "ScheduledAgentsWithShrinkage": round(scheduled * (1 - _SHRINKAGE), 2),
            }
        )
        at = until
    return answer


def _scheduled(world: World, skill: Skill, starts: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """When who of the team does that activity: the shifts of the days in between, and of the one before."""
    agents = [one for one in world.people.values() if one.role == "agent" and one.team == skill.team]
    span = days(_day(starts) - timedelta(days=1), _day(ends) + timedelta(days=1))
    layers = [layer for agent in agents for on in span for layer in world.schedule(agent, on)]
    return [(one.starts, one.ends) for one in layers if one.activity_id == skill.activity.id]


def _needed(skill: Skill, at: datetime) -> float:
    local = at.astimezone(zone(_ZONES[skill.team]))
    hour = local.hour + local.minute / 60
    return _NEEDED[skill.activity.name] * (0.2 + 0.8 * math.sin(math.pi * (hour - 7) / 12) if 7 <= hour < 19 else 0.2)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
