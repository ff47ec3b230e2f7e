"""Carrying out what somebody wants of one session, with the questions that come before."""

from typing import TYPE_CHECKING

from pmtui.backend.actor import Actor
from pmtui.backend.coaching.records import SessionRecord
from pmtui.backend.states import Attention, SessionState
from pmtui.host import Host
from pmtui.screens.dialogs.booking import READING_FIRST, booked
from pmtui.screens.dialogs.confirm import ConfirmDialog
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.session import Wish
from pmtui.screens.dialogs.starts import Appointment, StartsDialog
from pmtui.widgets.session_words import stretch, when

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pmtui.backend.build import Services


async def carry_out(app: Host, wish: Wish) -> SessionRecord | None:
    """The session as it has become; None where the person thought better of it. `best` needs its time.

    Waits for answers: to be run in the group `ASKING`.
    """
    actor, session, code, at = app.actor, wish.session, wish.session.code, wish.at
    match wish.action:
        case "approve":
            return await _approved(app, session)
        case "move":
            return await app.push_screen_wait(StartsDialog(_another_time(actor, session, app.clock24)))
        case "best" if at is not None:
            time = stretch(at, at + (session.ends_at - session.starts_at), session.timezone, app.clock24)
            return await _booked(app, session, time, lambda s, a: s.coaching.reschedule(actor, code, at, anyway=a))
        case "ics":
            if said := await app.push_screen_wait(_file_of(app, session)):
                app.told(said)
        case "reject" if await _sure(app, session, "Reject this session?", "Reject"):
            return await app.background.call(lambda services: services.coaching.reject(actor, code))
        case "cancel" if await _sure(app, session, "Cancel this session?", "Cancel session"):
            return await app.background.call(lambda services: services.coaching.cancel(actor, code))
    return None


async def _approved(app: Host, session: SessionRecord) -> SessionRecord | None:
    """Booked; or, where something has come against it, booked anyway if the person still wants it."""
    actor, code = app.actor, session.code
    found = await app.background.call(lambda services: services.coaching.approve(actor, code))
    if found.attention is not Attention.APPROVAL_REFUSED:
        return found
    time = stretch(session.starts_at, session.ends_at, session.timezone, app.clock24)
    return await _booked(app, session, time, lambda s, a: s.coaching.approve_anyway(actor, code, anyway=a))


async def _booked(
    app: Host, session: SessionRecord, time: str, take: "Callable[[Services, Collection[str]], SessionRecord]"
) -> SessionRecord | None:
    whose = f"{time}: {session.coach} with {session.agent}"
    return await booked(app, take, whose, lambda: app.told(READING_FIRST))


def _file_of(app: Host, session: SessionRecord) -> ExportDialog:
    """Asks where to write the session as a calendar file."""
    what = f"The session of {session.coach} with {session.agent} as a calendar file, to mail or to import."
    actor, code = app.actor, session.code
    return ExportDialog(what, f"session-{code}.ics", lambda services: services.coaching.ics(actor, code))


async def _sure(app: Host, session: SessionRecord, question: str, yes: str) -> bool:
    sentences: tuple[str, ...] = (f"{session.title}: {session.coach} with {session.agent}",)
    if session.state is SessionState.REQUESTED:
        sentences += (f"Wanted {when(session, app.clock24)}; no time is held for it yet.",)
    else:
        sentences += (
            stretch(session.starts_at, session.ends_at, session.timezone, app.clock24),
            "It is removed for both of them, from their calendars too.",
        )
    dialog = ConfirmDialog(question, sentences, yes, "Keep it")
    sure = await app.push_screen_wait(dialog)
    return sure is True


def _another_time(actor: Actor, session: SessionRecord, clock24: bool) -> Appointment:
    """The starts a session could move to; it stays where it is until one is booked."""
    code, requested = session.code, session.state is SessionState.REQUESTED
    whose = f"{session.coach} with {session.agent}"
    if requested:
        so_far = f"Wanted {when(session, clock24)}. {session.reason}".rstrip()
    else:
        now = stretch(session.starts_at, session.ends_at, session.timezone, clock24)
        so_far = f"It keeps {now} until another time is {'held' if session.state is SessionState.HELD else 'booked'}."
    return Appointment(
        "A time for this request" if requested else "Move this session",
        f"{session.title}: {whose}\n{so_far}",
        whose,
        lambda services, _: services.coaching.search_again(actor, code),
        lambda services, at, _, anyway: services.coaching.reschedule(actor, code, at, anyway=anyway),
        keeps_length=True,
    )
