"""The tour: what a person presses, and what must stand on the screen. Played in tmux by the conformance tests,
and in a terminal of our own by `make pictures`, which writes docs/tour.md of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Step:
    """Keys (tmux's names; `type:` before text), then what must stand on the screen.

    `says` explains the step to a reader; with `picture` its screen is shown there.
    """

    says: str
    keys: tuple[str, ...]
    marks: tuple[str, ...]
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Some steps of one person."""

    title: str
    steps: tuple[Step, ...]


DEMO = "leave the demo"
_LEAVE = Step("`ctrl+q` leaves the app.", ("C-q",), ("Open pmtui as",))

TOUR = (
    Chapter(
        "An administrator lets coaches connect Outlook",
        (
            Step(
                "Open as Ada Okafor, the administrator. The Integrations page shows what coaches may connect.",
                ("3", "Enter"),
                ("Allow calendar access to coaches", "Send Access"),
            ),
            Step(
                "`o` chooses Outlook. That is a draft: the text says what sending it would do, and to how many people.",
                ("o",),
                ("(o) Outlook", "coaches are asked to connect"),
                "administrator",
            ),
            Step("`S` sends it. Every coach without a calendar sees the banner now.", ("S",), ("Access was sent",)),
            _LEAVE,
        ),
    ),
    Chapter(
        "A coach connects Outlook",
        (
            Step(
                "Open as Dana Reyes, who has no calendar. The banner stands on every screen until she has.",
                ("1", "Enter"),
                ("Connect Now", "Connect Outlook Calendar"),
                "banner",
            ),
            Step(
                "`c` leads to the calendars, the arrows to *Connect Outlook Calendar*. Enter opens its window.",
                ("c", "Down", "Enter"),
                ("Outlook Calendar Integration", "[ Connect Outlook Calendar ]   [ Cancel ]"),
                "outlook-window",
            ),
            Step(
                "Enter again, and the link is there. Over SSH, copy it into a browser anywhere (`o` prints it alone)"
                " and paste the address it ends at. In the demo, `k` clicks through the sign-in pages for you.",
                ("Enter",),
                ("Open this link in a browser",),
                "sign-in",
            ),
            Step(
                "The worker has exchanged and verified the answer. Dana confirms that the account is hers.",
                ("k",),
                ("Is this your calendar?", "dana@acme.example"),
                "confirm",
            ),
            Step(
                "Connected. The next banner says what is still missing.",
                ("Enter",),
                ("[ Connected to Outlook Calendar ]", "Set your availability"),
                "connected",
            ),
        ),
    ),
    Chapter(
        "She sets her availability",
        (
            Step("`e` opens the editor.", ("e",), ("week of", "Auto Coaching would find", "closed")),
            Step(
                "`:` takes days and hours as one would say them, and says what it understood before Enter.",
                (":", "type:mon-thu 9-12, 13-17"),
                ("Mon Tue Wed Thu",),
                "hours",
            ),
            Step(
                "And Friday.",
                ("Enter", ":", "type:fri 9-12:30", "Enter"),
                ("9-12:30", "31.5 h a week"),
            ),
            Step(
                "`s` saves. What is busy in Outlook this week is drawn into the hours, and below stands what"
                " Auto Coaching would find.",
                ("s",),
                ("Your availability is saved", "31.5 h a week"),
                "availability",
            ),
            _LEAVE,
        ),
    ),
    Chapter(
        "A session is booked",
        (
            Step(
                "As Ada again: `3` is Coaching, `n` a new session. First the coach, then the agent; typing narrows the"
                " lists.",
                ("3", "Enter", "wait:Send Access", "3", "wait:n looks for a time", "n", "wait:Who coaches?"),
                ("Dana Reyes", "Outlook"),
            ),
            Step(
                "The times that fit Dana's Outlook calendar and availability and Aaron's WFM schedule.",
                ("type:dana", "Enter", "wait:Who is coached?", "type:aaron", "wait:Aaron Abbott", "Enter"),
                ("When?", "Outlook calendar and availability", "best"),
                "times",
            ),
            Step(
                "The best is marked: Enter proposes it. It holds the time of both under *Approval Required*.",
                ("Enter",),
                ("Approval Required", "Aaron Abbott", "Enter details"),
                "held",
            ),
            Step(
                "`a` approves it: it is checked again on fresh facts, and the worker writes it into both calendars.",
                ("a",),
                ("Aaron Abbott: Scheduled",),
                "scheduled",
            ),
            _LEAVE,
        ),
    ),
    Chapter(
        "The session stands in both calendars",
        (
            Step(
                "`c` in the demo's list shows what was written into the stand-ins' calendars: Dana's Outlook and"
                " Aaron's WFM schedule. In the WFM, which others can look into, the entry names nobody.",
                ("c", "Enter"),
                ("Coaching session: Aaron Abbott", "Open pmtui as"),
                "calendars",
            ),
        ),
    ),
    Chapter(
        "A coach on WFM",
        (
            Step(
                "Open as Marcus Webb. His window has nothing to sign in to: the WFM knows him by his address.",
                (
                    "type:marcus@acme.example",
                    "Enter",
                    "wait:[ Connect WFM Calendar ]",
                    "wait:Connect Now",
                    "c",
                    "Enter",
                ),
                ("WFM Calendar Integration", "[ Enable WFM Calendar ]"),
                "wfm-window",
            ),
            Step(
                "*Enable WFM Calendar* connects at once. Nothing to set: his WFM schedule counts.",
                ("Enter",),
                ("[ Connected to WFM Calendar ]", "WFM schedule"),
                "wfm-connected",
            ),
            _LEAVE,
            Step(
                "Ada books him with Bianca Baker in the same way.",
                (
                    *("3", "Enter", "wait:Send Access", "3", "wait:Aaron Abbott", "n", "wait:Who coaches?"),
                    *(
                        "wait:Marcus Webb",
                        "type:marcus",
                        "Enter",
                        "wait:Who is coached?",
                        "type:bianca",
                        "wait:Bianca Baker",
                    ),
                    *("Enter", "wait:best", "Enter"),
                    *("wait:Enter details", "a"),
                ),
                ("Bianca Baker: Scheduled",),
            ),
            _LEAVE,
        ),
    ),
    Chapter(
        "An administrator makes a rule",
        (
            Step(
                "As Ada, `5` is Auto Coaching. `n` opens a form; each field is typed as one would say it.",
                (
                    *("3", "Enter", "wait:Send Access", "5", "wait:No rules here", "n", "wait:New rule"),
                    *("type:Quality", "Enter", "type:quality", "Enter", "type:below 80", "Enter", "type:high"),
                ),
                ("New rule", "below 80"),
                "rule-form",
            ),
            Step(
                "Enter goes from field to field and, in the last, saves. The rule says how many agents fall under it.",
                ("Enter",) * 9,
                ("The rule Quality is saved", "quality below 80"),
                "auto-coaching",
            ),
            Step(
                "`7` shows what the organisation has set; Enter changes what is under the cursor.",
                ("7",),
                ("session-length", "coach-sessions-a-day"),
                "settings",
            ),
            _LEAVE,
        ),
    ),
    Chapter(
        "Support finds out why",
        (
            Step(
                "Open as Sam Lindqvist, support. `4` shows everybody's calendar, the worst first, while it changes.",
                ("4", "Enter", "wait:Integrations", "wait:Sam Lindqvist", "4"),
                ("waiting for the coach", "● connected", "Dana Reyes"),
                "connections",
            ),
            Step(
                "`/` looks for words, Enter opens the person: how it stands, and what happened.",
                ("/", "type:dana", "wait:1 of 8 coaches", "Enter", "wait:Enter details", "Enter"),
                ("History", "the Outlook calendar was connected"),
                "connection",
            ),
            Step(
                "`t` has the worker read the calendar once, now, and says how that went.",
                ("t",),
                ("was read just now",),
            ),
            Step(
                "`w` says why a coach and an agent have no time, or which: here with Aaron.",
                ("w", "wait:Who is the agent?", "type:aaron", "wait:Aaron Abbott", "Enter"),
                ("Dana Reyes and Aaron Abbott", "offered"),
                "why-no-slots",
            ),
            Step(
                "`6` is Activity: who did what, and when. Enter shows everything that is kept of an entry.",
                ("Escape", "wait:Who is the agent?", "Escape", "wait:t test now", "Escape", "wait:1 of 8 coaches", "6"),
                ("What was done", "a test reading of the Outlook"),
                "activity",
            ),
            _LEAVE,
        ),
    ),
    Chapter(
        "The coach disconnects",
        (
            Step(
                "Before she does, the window says what that means.",
                ("1", "Enter", "wait:Connected to Outlook", "Enter"),
                ("assign you to coaching sessions", "[ Disconnect ]"),
                "disconnect",
            ),
        ),
    ),
)


class Player(Protocol):
    """Somewhere to play the tour."""

    def press(self, key: str) -> None:
        """Press one key by tmux's name."""

    def write(self, text: str) -> None:
        """Type text."""

    def wait(self, *marks: str) -> str:
        """Wait until all stand on the screen; the screen."""


def play(player: Player, chapters: tuple[Chapter, ...] = TOUR) -> Iterator[tuple[Chapter, Step, str]]:
    """Press everything, wait for everything; each step with the screen it led to."""
    player.wait(DEMO)
    for chapter in chapters:
        for step in chapter.steps:
            for key in step.keys:
                _act(player, key)
            yield chapter, step, player.wait(*step.marks)


def _act(player: Player, key: str) -> None:
    for prefix, act in _ACTS.items():
        if key.startswith(prefix):
            act(player, key.removeprefix(prefix))
            return
    player.press(key)


_ACTS: dict[str, Callable[[Player, str], object]] = {
    "type:": lambda player, text: player.write(text),
    "wait:": lambda player, text: player.wait(text),
}
