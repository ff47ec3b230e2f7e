"""An organisation's settings as everybody reads them. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What an organisation has set; the defaults are those of a new one.

    `notice_minutes` is how soon a session made by hand may start, `run_notice_minutes` one that Auto Coaching proposes;
    `approve_at_once` books those without anybody's approval. Of the numbers of sessions, 0 is no limit.
    `coachable_activities` names the WFM activities that a session may overwrite; empty means: those the WFM itself
    allows to be overwritten, without breaks.
    """

    session_minutes: int = 30
    step_minutes: int = 15
    look_ahead_days: int = 14
    notice_minutes: int = 0
    run_notice_minutes: int = 1440
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    coach_sessions_a_day: int = 8
    coach_sessions_a_week: int = 0
    agent_sessions_a_day: int = 1
    agent_sessions_a_week: int = 0
    hold_days: int = 5
    approve_at_once: bool = False
    tentative_is_busy: bool = True
    coachable_activities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingRecord:
    """One setting to show: its name, its value as one would type it, the default, and what it means."""

    name: str
    value: str
    default: str
    what: str
