"""A calendar system as rows, buttons and windows describe it: the product's own words, and what connecting means."""

from dataclasses import dataclass

from pmtui.backend.integrations import words
from pmtui.backend.states import Provider


@dataclass(frozen=True, slots=True)
class ProviderWords:
    """What screens say about one calendar system."""

    provider: Provider
    calendar: str
    """`Outlook Calendar`"""
    connect: str
    """The button on the page while it is not connected."""
    connected: str
    """The same button while it is."""
    window: str
    """The title of its window."""
    enable: str
    """The button in the window."""
    about: str
    """What connecting means, in the window."""


_SIGN_IN = (
    "Coaching sessions will be scheduled at times that are open in this calendar and within the availability you"
    " set, and they will appear in it. Only busy times are read: no titles, no attendees."
)
_WFM = (
    "Coaching sessions will be scheduled within your WFM schedule, and they will appear in it. You are found in the"
    " WFM system by your email address: there is nothing to sign in to."
)


def words_of(provider: Provider) -> ProviderWords:
    """The words of one calendar system."""
    return ProviderWords(
        provider,
        words.calendar(provider),
        words.connect_button(provider),
        words.connected_button(provider),
        words.window_title(provider),
        words.enable_button(provider),
        _WFM if provider is Provider.WFM else _SIGN_IN,
    )


PROVIDERS = tuple(words_of(provider) for provider in Provider)
