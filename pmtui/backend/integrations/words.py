"""The sentences of calendar access, connections and banners, for the app and the commands alike.

Standard library only. The seed's wording stands here as it is.
"""

from datetime import datetime

from pmtui.backend.integrations.records import (
    Access,
    ApprovalRecord,
    BannerRecord,
    Consequences,
    EndedRecord,
    IntegrationsPage,
    WfmServiceRecord,
)
from pmtui.backend.slots.clock import time_text
from pmtui.backend.slots.zones import zone
from pmtui.backend.states import ApprovalState, Banner, EndedWhy, External, Provider

SECTION_ACCESS = "Allow calendar access to coaches"
SECTION_CONNECT = "Connect your calendar"
SECTION_AVAILABILITY = "Set your availability"
SEND_ACCESS = "Send Access"
DISCONNECT = "Disconnect"
ONE_CALENDAR = "You can connect only one calendar"
WHOLE_ORGANISATION = "in the whole organisation"

DISCONNECT_WARNING = (
    "If you disconnect your calendar, Performance Management will still assign you to coaching sessions, but they"
    " will not appear on your calendar, and Performance Management might schedule sessions that conflict with other"
    " items on your calendar."
)
NO_LOGIN_EXPERIENCE = "Your organisation does not have the new login experience."
NO_LOGIN_EXPERIENCE_NEXT = "Ask your administrator to have it enabled."
GOOGLE_NOT_READY = "Google calendars can't be connected yet: the Google app is not configured."
WFM_NOT_READY = "WFM can't be sent: no working WFM token is stored."
WFM_NOT_READY_NEXT = "Store one: on Settings, or with pmtui integrations wfm-service"
WFM_REFUSED = "the WFM does not accept the token, or can't be reached"
WFM_WORKS = "works"
WFM_STORED = "Stored. The worker tries it now."

APPROVAL_TITLE = "Outlook approval"
PROPOSED_JUSTIFICATION = (
    "Our coaches' coaching sessions are planned around their Outlook calendars. The app reads when they are busy and"
    " writes the sessions; subjects, attendees and texts of other meetings are neither stored nor shown."
)
APPROVED_BY_SIGN_IN = (
    "That an app was approved is not noted by hand.",
    "Let a coach connect an Outlook calendar: a sign-in that succeeds is the proof.",
)
NO_LINK = "There is no link: the Microsoft app is not configured."
NO_LINK_NEXT = "Tell whoever runs pmtui to set microsoft_client_id."
CONSENT_LINK = (
    "This link lets a Microsoft administrator approve it for the whole organisation. Should their browser end at a page"
    " that can't be reached, that is all right: the next coach's sign-in shows whether it worked."
)

BANNER_BUTTONS = {
    Banner.CONNECT: "Connect Now",
    Banner.RECONNECT: "Reconnect",
    Banner.SET_AVAILABILITY: "Set availability",
}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def calendar(provider: Provider) -> str:
    """`WFM Calendar`."""
    return f"{provider.label} Calendar"


def connect_button(provider: Provider) -> str:
    """The page's button while this calendar is not connected: `Connect WFM Calendar`."""
    return f"Connect {calendar(provider)}"


def connected_button(provider: Provider) -> str:
    """The same button while it is: `Connected to WFM Calendar`."""
    return f"Connected to {calendar(provider)}"


def window_title(provider: Provider) -> str:
    """The title of the calendar's window: `WFM Calendar Integration`."""
    return f"{calendar(provider)} Integration"


def enable_button(provider: Provider) -> str:
    """The button inside that window: `Enable WFM Calendar`, `Connect Outlook Calendar`."""
    return f"Enable {calendar(provider)}" if provider is Provider.WFM else connect_button(provider)


def external(choice: External) -> str:
    """One of the three external choices: `Google Calendar`, `Outlook Calendar`, `No external calendar`."""
    return "No external calendar" if choice is External.NONE else f"{choice.value.capitalize()} Calendar"


def access_in_words(access: Access) -> str:
    """What is allowed, on one line."""
    return f"WFM Calendar {'on' if access.wfm else 'off'}, {external(access.external)}"


def banner_in_words(banner: BannerRecord, timezone: str, now: datetime | None = None, clock24: bool = True) -> str:
    """The banner's sentence; times on the person's clock. With `now` (aware), a time of another day names its day."""
    if banner.banner is Banner.CONNECT:
        return "Your organisation lets you connect a calendar."
    if banner.banner is Banner.SET_AVAILABILITY:
        return "Your calendar is connected. Set your availability to be scheduled."
    name = calendar(banner.provider) if banner.provider else "Your calendar"
    since = f" since {_moment(banner.since_at, timezone, now, clock24)}" if banner.since_at else ""
    return f"{name} can't be read{since}; you get no sessions."


def sending_in_words(page: IntegrationsPage) -> tuple[str, ...]:
    """What sending the page's draft does, a sentence each, and what stands against it."""
    sentences = consequences_in_words(page.consequences)
    if page.draft.external is External.GOOGLE and not page.google_ready:
        sentences += (GOOGLE_NOT_READY,)
    if page.draft.external is External.OUTLOOK and not page.approval.certain:
        sentences += (approval_first(page.approval, page.timezone),)
    return sentences


def consequences_in_words(consequences: Consequences) -> tuple[str, ...]:
    """What happens to how many people, a sentence each, and what it means for them."""
    sentences = [
        f"{_number(count, 'coach is', 'coaches are')} disconnected from the WFM calendar."
        if provider is Provider.WFM
        else f"{_number(count, f'{provider.label} calendar is', f'{provider.label} calendars are')} disconnected."
        for provider, count in consequences.ended
        if count
    ]
    if consequences.agents:
        whose = _number(consequences.agents, "agent no longer counts", "agents no longer count")
        schedules = "schedule" if consequences.agents == 1 else "schedules"
        sentences.append(f"The WFM {schedules} of {whose}, breaks and absences included.")
    if consequences.asked:
        sentences.append(f"{_number(consequences.asked, 'coach is', 'coaches are')} asked to connect.")
    return tuple(sentences) or ("Nobody is disconnected, and nobody is asked to connect.",)


def approval_state(approval: ApprovalRecord, timezone: str) -> str:
    """How the approval stands, for administrators; days on their clock."""
    needed = f"on {_day(approval.needed_at, timezone)}" if approval.needed_at else ""
    since = _day(approval.since_at, timezone) if approval.since_at else ""
    if approval.state is ApprovalState.REQUESTED and approval.requested_at:
        who = f" by {approval.requested_by}" if approval.requested_by else ""
        return f"Requested on {_day(approval.requested_at, timezone)}{who}."
    if approval.state is ApprovalState.DENIED:
        return f"Denied, as noted on {since}. It may be requested again."
    if approval.state is ApprovalState.BLOCKED:
        return f"Blocked, as heard on {since}. Only a Microsoft administrator can undo that."
    if approval.state is ApprovalState.APPROVED:
        again = f" But {needed} Microsoft wanted it again: it may have been taken back." if needed else ""
        return f"Approved: Outlook sign-ins succeed since {since}.{again}"
    return f"Not asked yet. Microsoft wanted it {needed}." if needed else "Not asked yet."


def approval_first(approval: ApprovalRecord, timezone: str) -> str:
    """What a coach has to know before the link to Microsoft; empty once it is approved."""
    first = "Your Microsoft administrator has to approve first"
    if approval.certain:
        return ""
    if approval.state is ApprovalState.REQUESTED and approval.requested_at:
        return f"{first}; requested {_day(approval.requested_at, timezone)}."
    if approval.state is ApprovalState.DENIED and approval.since_at:
        return f"{first}; denied {_day(approval.since_at, timezone)}. It may be requested again."
    if approval.state is ApprovalState.BLOCKED:
        return f'Your Microsoft administrator has blocked "{approval.app}": ask them to allow it.'
    if approval.state is ApprovalState.APPROVED and approval.needed_at:
        return f"{first} again: so Microsoft said on {_day(approval.needed_at, timezone)}."
    return f"{first if approval.needed_at else first.replace('has to', 'may have to')}; not requested yet."


def wfm_service_state(service: WfmServiceRecord) -> str:
    """Whether the WFM can be used as it is stored: `works`, `not tried yet`, or why not."""
    if service.works:
        return WFM_WORKS
    return f"does not work: {WFM_REFUSED}" if service.checked_at is not None else "not tried yet"


def ended_in_words(ended: EndedRecord, timezone: str) -> str:
    """`Your Google calendar was disconnected by an administrator on 3 Nov.`, with the day on the person's clock."""
    name, day = f"Your {ended.provider.label} calendar", _day(ended.ended_at, timezone)
    if ended.why is EndedWhy.BY_COACH:
        return f"You disconnected your {ended.provider.label} calendar on {day}."
    if ended.why is EndedWhy.ACCESS_REMOVED:
        return f"{name} was disconnected by an administrator on {day}."
    return f"{name} was disconnected on {day}, when you could no longer coach."


def _number(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _day(at: datetime, timezone: str) -> str:
    local = at.astimezone(zone(timezone))
    return f"{local.day} {_MONTHS[local.month - 1]}"


def _moment(at: datetime, timezone: str, now: datetime | None, clock24: bool) -> str:
    local = at.astimezone(zone(timezone))
    clock = time_text(local, clock24)
    return (
        clock if now is None or now.astimezone(local.tzinfo).date() == local.date() else f"{_day(at, timezone)} {clock}"
    )
