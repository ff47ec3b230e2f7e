"""The ready-made organisation: Acme, its people, where they work, and the names the providers know them by.

The same answer every time, so that `GET /__people` can seed another database with the same people.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass
from typing import Literal

Role = Literal["coach", "agent", "admin", "support"]

DOMAIN = "acme.example"
ORGANISATION = "Acme"
TEAMS = ("Billing", "Technical Support", "Retention")
_NAMESPACE = uuid.UUID("5f1a2c34-8d0e-4b6f-9a57-0c1d2e3f4a5b")

_COACHES = (
    ("Dana Reyes", "Billing", "America/Chicago"),
    ("Marcus Webb", "Billing", "America/New_York"),
    ("Priya Raman", "Technical Support", "Asia/Kolkata"),
    ("Oliver Grant", "Technical Support", "Europe/London"),
    ("Elena Vasquez", "Technical Support", "America/Denver"),
    ("Tom Lindgren", "Retention", "America/Los_Angeles"),
    ("Grace Kim", "Retention", "America/Los_Angeles"),
    ("Noah Brooks", "Billing", "America/Phoenix"),
)
_STAFF: tuple[tuple[str, Role], ...] = (("Ada Okafor", "admin"), ("Sam Lindqvist", "support"))
_AGENTS = 60
_FIRST_NAMES = """
    Aaron Bianca Carlos Deepa Ethan Fatima Gavin Hannah Ivan Jasmine Kevin Lucia Mateo Nina Omar Paula Quinn Rosa
    Samir Tessa Ursula Victor Wendy Xavier Yara Zoe Andre Beatriz Colin Diana Emeka Fiona Gustav Helena Isaac Joanna
    Karim Leah Mohan Nadia Oscar Petra Rafael Selma Tariq Uma Vera Walid Ximena Yusuf Alma Boris Clara Dmitri Esther
    Felix Greta Hugo Irene Jonas
"""
_LAST_NAMES = """
    Abbott Baker Castillo Desai Ellis Farouk Gomez Hughes Ivanov Jensen Khan Lopez Meyer Novak Osei Park Ramos Singh
    Tanaka Underwood Vargas Walsh Young Zhang
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the organisation. `timezone` is an IANA name, `coach` the email of an agent's coach."""

    name: str
    email: str
    role: Role
    team: str | None
    timezone: str
    coach: str | None = None

    @property
    def has_outlook(self) -> bool:
        """Agents do not sign in anywhere, so they have no Microsoft account."""
        return self.role != "agent"

    @property
    def has_google(self) -> bool:
        """The same people have a Google account: which of the two an organisation uses is its own choice."""
        return self.has_outlook

    @property
    def in_wfm(self) -> bool:
        """Coaches and agents are scheduled in the WFM; the office staff is not."""
        return self.role in ("coach", "agent")

    @property
    def person_id(self) -> str:
        """The id the WFM knows this person by."""
        return made_up_id("wfm person", self.email)

    @property
    def object_id(self) -> str:
        """The `oid` of this person in Microsoft's directory."""
        return made_up_id("microsoft account", self.email)

    @property
    def google_id(self) -> str:
        """The `sub` of this person's Google account: 21 digits."""
        return str(uuid.UUID(made_up_id("google account", self.email)).int % 10**21).zfill(21)


@functools.cache
def made_up_id(*parts: str) -> str:
    """A UUID that is the same on every start: of a person, a team, an activity."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def everyone() -> tuple[Person, ...]:
    """All of Acme: the administrator, support, 8 coaches, 60 agents, in this order."""
    staff = [Person(name, _first(name), role, None, "America/Chicago") for name, role in _STAFF]
    coaches = [Person(name, _first(name), "coach", team, zone) for name, team, zone in _COACHES]
    agents = [_agent(number, coaches[number % len(coaches)]) for number in range(_AGENTS)]
    return (*staff, *coaches, *agents)


def _first(name: str) -> str:
    return f"{name.split()[0].lower()}@{DOMAIN}"


def _agent(number: int, coach: Person) -> Person:
    firsts, lasts = _FIRST_NAMES.split(), _LAST_NAMES.split()
    first, last = firsts[number], lasts[number % len(lasts)]
    return Person(
        f"{first} {last}", f"{first}.{last}@{DOMAIN}".lower(), "agent", coach.team, coach.timezone, coach.email
    )
