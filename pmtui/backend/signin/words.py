"""Why a sign-in ended, in words a coach understands: a title and what to do next. Standard library only.

Codes are `name` or `name:detail`; the detail is the provider's own number or word, shown for whoever helps.
"""

from dataclasses import dataclass

from pmtui.backend.signin.records import Page, PageSays
from pmtui.backend.states import AnswerWay, Provider

_AGAIN = "Press {button} to try again."
_NEW_LINK = "Start again with {button} and use the new link."
_OPERATOR = "It is nothing you did: tell whoever runs pmtui in your organisation{number}."
_ADMINISTRATOR = "Ask your {service} administrator{number}."

_WORDS = {
    "timeout": ("The sign-in was not finished within ten minutes.", _AGAIN),
    "code_expired": (
        "The code was not used in time.",
        "Press {button} for another. If {service}'s page refused it, your organisation does not allow signing in with a"
        " code: use a link.",
    ),
    "code_unknown": ("{service} does not know that code any more{number}.", "Press {button} for another."),
    "more_needed": (
        "{service} asks for more than that sign-in{number}.",
        "Press {button} again: it is asked for then.",
    ),
    "unreachable": ("{service} could not be reached in time.", "Wait a few minutes, then press {button} again."),
    "unused": ("The answer from {service} came too late to be used.", _NEW_LINK),
    "cancelled": ("The sign-in was cancelled.", _AGAIN),
    "declined": (
        "The sign-in was left on {service}'s page.",
        'Press {button} to try again. If the page said "Approval required", your Microsoft administrator has to'
        ' approve "{app}" first.',
    ),
    "unclear": (
        "{service} did not let pmtui in{number}.",
        "If you declined, press {button} to try again. If you did not, your Microsoft administrator has to approve"
        ' "{app}" first.',
    ),
    "needs_approval": (
        "Your Microsoft administrator has to approve first{number}.",
        'Ask them to approve "{app}" for your organisation, then press {button} again.',
    ),
    "approval_requested": (
        "Your Microsoft administrator has been asked to approve.",
        'You hear from Microsoft by email. Once "{app}" is approved, press {button} again.',
    ),
    "admin_only": (
        "Only a Microsoft administrator can let the app in.",
        'Nothing was sent to them: ask one yourself to approve "{app}" for your organisation, then press {button}'
        " again.",
    ),
    "org_internal": (
        "The app is open to one organisation's accounts only.",
        "Press {button} again and pick your work account; if you did, tell whoever runs pmtui{number}.",
    ),
    "admin_policy": (
        "Your Google administrator does not allow the app.",
        "Ask them to trust it in their Admin console{number}, then press {button} again.",
    ),
    "not_tester": (
        "{service} lets only its testers use the app yet.",
        "Tell whoever runs pmtui: the app has to be published, or you made a tester{number}.",
    ),
    "not_configured": (
        "The calendar is not switched on for the app.",
        "Tell whoever runs pmtui to enable the Calendar API of its project{number}.",
    ),
    "redirect_mismatch": (
        "{service} does not know the address it should send you back to.",
        "Tell whoever runs pmtui to register its redirect address with the app{number}.",
    ),
    "app_blocked": (
        'Your Microsoft administrator has blocked "{app}"{number}.',
        "Trying again does not help: ask them to allow it.",
    ),
    "policy": ("Your organisation's sign-in rules did not let you in from here{number}.", _ADMINISTRATOR),
    "not_assigned": ('Your account may not use "{app}"{number}.', _ADMINISTRATOR),
    "operator": ("This pmtui is not set up correctly for {service}.", _OPERATOR),
    "provider_trouble": ("{service} had trouble{number}.", "Wait a few minutes, then press {button} again."),
    "refused": ("{service} refused the sign-in{number}.", "Press {button} to try again; if it stays, ask for help."),
    "bad_state": ("That answer belongs to another sign-in.", _NEW_LINK),
    "bad_issuer": ("That answer does not come from {service}.", _NEW_LINK),
    "reused": ("That answer was used before{number}.", _NEW_LINK),
    "bad_identity": ("{service}'s answer could not be trusted.", _AGAIN),
    "scope_missing": (
        "{service} did not give everything that is needed: {detail}.",
        "Press {button} again and leave every permission switched on.",
    ),
    "no_mailbox": (
        "This {service} account has no mailbox that can be reached{number}.",
        "Press {button} again and pick the account with your calendar.",
    ),
    "key_lost": ("The key of this sign-in was lost.", _AGAIN),
    "seal_broken": ("What was kept of this sign-in was damaged.", _AGAIN),
    "replaced": ("A newer sign-in was started.", "Use the newer one."),
    "access_removed": (
        "An administrator no longer allows this calendar.",
        "Ask them, or connect another calendar that is allowed.",
    ),
    "person_gone": ("You may no longer connect a calendar.", "Ask an administrator for Coach View Access."),
    "wfm_unknown": (
        "The WFM system knows nobody with the address {email}.",
        "Ask your WFM administrator to add you with this address, then press {button} again.",
    ),
    "wfm_not_ready": (
        "The organisation's WFM system can't be used.",
        "Ask an administrator to check the WFM token.",
    ),
    "already_connected": ("A calendar is connected already.", "You can connect only one: disconnect the other first."),
}
_GOOGLE_WORDS = {
    "declined": ("The sign-in was left on {service}'s page.", _AGAIN),
    "no_mailbox": (
        "This {service} account has no calendar that can be reached{number}.",
        "Press {button} again and pick the account with your calendar.",
    ),
}
"""Where Google needs other words: there is no approval to wait for."""
CODES = frozenset(_WORDS)
"""The names of all ends there are words for."""
_SERVICES = {Provider.WFM: "the WFM system", Provider.GOOGLE: "Google", Provider.OUTLOOK: "Microsoft"}


@dataclass(frozen=True, slots=True)
class About:
    """What the sentences speak of. `email` is the person's own address, `app` the name the administrator sees."""

    provider: Provider
    email: str
    app: str


_PAGES = {
    Page.SIGNED_IN: (
        "You are signed in.",
        "Go back to your terminal: it names the account and asks you to confirm it. You can close this window.",
    ),
    Page.USED: (
        "This sign-in has been answered already.",
        "Go back to your terminal: it says how it went. You can close this window.",
    ),
    Page.EXPIRED: (
        "This sign-in came too late.",
        "Go back to your terminal and start again there: you get a new link.",
    ),
    Page.OVER: ("This sign-in is over.", "Go back to your terminal: start again there, or use its newest link."),
    Page.UNKNOWN: (
        "There is no such sign-in.",
        "A sign-in starts in the terminal: start one there and open its link. You can close this window.",
    ),
    Page.UNREADABLE: (
        "There is nothing to see here.",
        "This page only takes what {service}'s sign-in page sends. A sign-in starts in the terminal.",
    ),
    Page.CONSENT_SAID: (
        "Microsoft says that the app is approved for your organisation.",
        "That proves nothing yet: pmtui takes it as approved once somebody has connected an Outlook calendar. Ask a"
        " coach to try, or connect your own. You can close this window.",
    ),
    Page.CONSENT_REFUSED: (
        "Microsoft did not approve the app{number}.",
        "If you followed the link that approves it for a whole organisation: nothing has changed, and the link can be"
        " opened again by an administrator who may decide. If you were connecting your own calendar: start again in"
        " your terminal.",
    ),
}


def page(which: Page, provider: Provider, number: str | None = None) -> tuple[str, str]:
    """Title and text of a callback page that stands for itself; `number` is the provider's own."""
    service = _SERVICES[provider]
    values = {"service": service, "number": f" (it says {number})" if number else ""}
    title, text = (sentence.format_map(values) for sentence in _PAGES[which])
    return title, text


_SAYS = {
    PageSays.UNREACHABLE: "The page can't be reached ({host} refused to connect)",
    PageSays.APPROVAL_REQUIRED: "Approval required, with a box for a justification",
    PageSays.REQUEST_SENT: "Request sent: I have asked for approval",
    PageSays.ADMIN_ONLY: "Need admin approval, and nothing to send",
    PageSays.BLOCKED: "The app is disabled or blocked (AADSTS7000112)",
    PageSays.NOT_ALLOWED_HERE: "You can't get there from here, or access was blocked (AADSTS53003)",
    PageSays.ORG_INTERNAL: "Only for users within the organisation (org_internal)",
    PageSays.ADMIN_POLICY: "Blocked by your administrator (admin_policy_enforced)",
    PageSays.NOT_TESTER: "Has not completed Google's verification (access_denied)",
    PageSays.NOT_CONFIGURED: "The API is not enabled (access_not_configured)",
    PageSays.REDIRECT_MISMATCH: "A redirect address does not match ({mismatch})",
}
_ONLY_GOOGLE = frozenset({PageSays.ORG_INTERNAL, PageSays.ADMIN_POLICY, PageSays.NOT_TESTER, PageSays.NOT_CONFIGURED})
_ONLY_MICROSOFT = frozenset(
    {
        PageSays.APPROVAL_REQUIRED,
        PageSays.REQUEST_SENT,
        PageSays.ADMIN_ONLY,
        PageSays.BLOCKED,
        PageSays.NOT_ALLOWED_HERE,
    }
)
PAGE_STAYS = {
    PageSays.UNREACHABLE: (
        "The sign-in worked; only the way back is missing. Copy the whole address from the browser's address bar and"
        " paste it here."
    ),
    PageSays.APPROVAL_REQUIRED: (
        "Write a justification on the page, such as the one below, and press Request approval. When the page says"
        ' "Request sent", press e again and say so.'
    ),
}
"""What to do while the sign-in goes on."""


def page_may_say(provider: Provider, way: AnswerWay | None) -> tuple[tuple[PageSays, str], ...]:
    """What the provider's page may say that never comes back to pmtui, as people read it there."""
    hidden = set(_ONLY_MICROSOFT if provider is Provider.GOOGLE else _ONLY_GOOGLE)
    if way in (AnswerWay.HOSTED, AnswerWay.DEVICE):
        hidden.add(PageSays.UNREACHABLE)
    google = provider is Provider.GOOGLE
    values = {
        "host": "127.0.0.1" if google else "localhost",
        "mismatch": "redirect_uri_mismatch" if google else "AADSTS50011",
    }
    return tuple((said, label.format_map(values)) for said, label in _SAYS.items() if said not in hidden)


_NO_WAY = {
    AnswerWay.HOSTED: (
        "There is no callback page here.",
        "Leave the way out, or have callback_url set and `pmtui callback` run.",
    ),
    AnswerWay.DEVICE: (
        "Signing in with a code is switched off.",
        "Leave the way out, or ask whoever runs pmtui to set microsoft_device_code.",
    ),
}
_NO_CODE_AT_GOOGLE = ("Google lets nobody give access to a calendar by typing a code.", "Sign in with a link instead.")
_ONLY_HOSTED = ("Answers come back to this organisation's callback page only.", "Leave the way out.")


def no_such_way(provider: Provider, way: AnswerWay) -> tuple[str, str]:
    """Title and next step for a way back that is not offered."""
    if provider is Provider.WFM:
        return "There is nothing to sign in to in the WFM.", "Leave the way out."
    if way is AnswerWay.DEVICE and provider is Provider.GOOGLE:
        return _NO_CODE_AT_GOOGLE
    return _NO_WAY.get(way, _ONLY_HOSTED)


def replaces(before: str) -> str:
    """What confirming does where another account was connected."""
    return f"Until now {before} was connected: this account takes its place."


def why(code: str, about: About) -> tuple[str, str]:
    """Title and next step for the end a code stands for. An unknown code still gets a sentence, and its name shown."""
    name, _, detail = code.partition(":")
    if name not in _WORDS:
        name, detail = "refused", code
    service = _SERVICES[about.provider]
    values = {
        "service": service,
        "button": f"Connect {about.provider.label} Calendar",
        "app": about.app,
        "email": about.email,
        "detail": detail,
        "number": f" ({service[:1].upper()}{service[1:]} says {detail})" if detail else "",
    }
    own = _GOOGLE_WORDS if about.provider is Provider.GOOGLE else {}
    title, next_step = (sentence.format_map(values) for sentence in own.get(name, _WORDS[name]))
    return title[:1].upper() + title[1:], next_step
