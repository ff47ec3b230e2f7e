"""The sentences people read."""

from datetime import UTC, datetime, timedelta

import pytest

from pmtui.backend.integrations import words
from pmtui.backend.integrations.records import ApprovalRecord, BannerRecord, Consequences, EndedRecord
from pmtui.backend.states import ApprovalState, Banner, EndedWhy, Provider

AT = datetime(2026, 11, 3, 20, 5, tzinfo=UTC)
CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    ("consequences", "sentences"),
    [
        (
            Consequences(((Provider.WFM, 12),), 1240, 0),
            (
                "12 coaches are disconnected from the WFM calendar.",
                "The WFM schedules of 1,240 agents no longer count, breaks and absences included.",
            ),
        ),
        (
            Consequences(((Provider.GOOGLE, 14),), 0, 38),
            ("14 Google calendars are disconnected.", "38 coaches are asked to connect."),
        ),
        (
            Consequences(((Provider.WFM, 1), (Provider.OUTLOOK, 1)), 1, 1),
            (
                "1 coach is disconnected from the WFM calendar.",
                "1 Outlook calendar is disconnected.",
                "The WFM schedule of 1 agent no longer counts, breaks and absences included.",
                "1 coach is asked to connect.",
            ),
        ),
        (Consequences(), ("Nobody is disconnected, and nobody is asked to connect.",)),
    ],
)
def test_consequences(consequences: Consequences, sentences: tuple[str, ...]) -> None:
    assert words.consequences_in_words(consequences) == sentences


APP = "Calendar App"
A = ApprovalState


@pytest.mark.parametrize(
    ("approval", "for_administrators", "before_the_link"),
    [
        (
            ApprovalRecord(APP),
            "Not asked yet.",
            "Your Microsoft administrator may have to approve first; not requested yet.",
        ),
        (
            ApprovalRecord(APP, needed_at=AT),
            "Not asked yet. Microsoft wanted it on 3 Nov.",
            "Your Microsoft administrator has to approve first; not requested yet.",
        ),
        (
            ApprovalRecord(APP, A.REQUESTED, AT, AT, "Dana Reyes"),
            "Requested on 3 Nov by Dana Reyes.",
            "Your Microsoft administrator has to approve first; requested 3 Nov.",
        ),
        (
            ApprovalRecord(APP, A.REQUESTED, AT, AT),
            "Requested on 3 Nov.",
            "Your Microsoft administrator has to approve first; requested 3 Nov.",
        ),
        (
            ApprovalRecord(APP, A.DENIED, AT),
            "Denied, as noted on 3 Nov. It may be requested again.",
            "Your Microsoft administrator has to approve first; denied 3 Nov. It may be requested again.",
        ),
        (
            ApprovalRecord(APP, A.BLOCKED, AT),
            "Blocked, as heard on 3 Nov. Only a Microsoft administrator can undo that.",
            'Your Microsoft administrator has blocked "Calendar App": ask them to allow it.',
        ),
        (ApprovalRecord(APP, A.APPROVED, AT), "Approved: Outlook sign-ins succeed since 3 Nov.", ""),
        (
            ApprovalRecord(APP, A.APPROVED, AT, needed_at=AT + timedelta(days=2)),
            "Approved: Outlook sign-ins succeed since 3 Nov."
            " But on 5 Nov Microsoft wanted it again: it may have been taken back.",
            "Your Microsoft administrator has to approve first again: so Microsoft said on 5 Nov.",
        ),
    ],
)
def test_the_approval(approval: ApprovalRecord, for_administrators: str, before_the_link: str) -> None:
    assert words.approval_state(approval, CHICAGO) == for_administrators
    assert words.approval_first(approval, CHICAGO) == before_the_link
    assert approval.certain == (before_the_link == "")


def test_banners() -> None:
    assert words.banner_in_words(BannerRecord(Banner.CONNECT), CHICAGO) == (
        "Your organisation lets you connect a calendar."
    )
    assert words.banner_in_words(BannerRecord(Banner.SET_AVAILABILITY), CHICAGO) == (
        "Your calendar is connected. Set your availability to be scheduled."
    )
    broken = BannerRecord(Banner.RECONNECT, Provider.GOOGLE, AT)
    assert words.banner_in_words(broken, CHICAGO) == "Google Calendar can't be read since 14:05; you get no sessions."
    assert words.banner_in_words(broken, CHICAGO, AT + timedelta(hours=1)).startswith(
        "Google Calendar can't be read since 14:05;"
    )
    assert words.banner_in_words(broken, CHICAGO, AT + timedelta(hours=12)) == (
        "Google Calendar can't be read since 3 Nov 14:05; you get no sessions."
    )


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        (EndedWhy.ACCESS_REMOVED, "Your Google calendar was disconnected by an administrator on 3 Nov."),
        (EndedWhy.BY_COACH, "You disconnected your Google calendar on 3 Nov."),
        (EndedWhy.PERSON_GONE, "Your Google calendar was disconnected on 3 Nov, when you could no longer coach."),
    ],
)
def test_why_a_connection_ended(why: EndedWhy, sentence: str) -> None:
    assert words.ended_in_words(EndedRecord(Provider.GOOGLE, AT, why), CHICAGO) == sentence
    late = EndedRecord(Provider.GOOGLE, AT.replace(hour=4), why)  # still the evening before in Chicago
    assert "2 Nov" in words.ended_in_words(late, CHICAGO)


@pytest.mark.parametrize(
    ("provider", "connect", "enable", "connected", "window"),
    [
        (
            Provider.WFM,
            "Connect WFM Calendar",
            "Enable WFM Calendar",
            "Connected to WFM Calendar",
            "WFM Calendar Integration",
        ),
        (
            Provider.GOOGLE,
            "Connect Google Calendar",
            "Connect Google Calendar",
            "Connected to Google Calendar",
            "Google Calendar Integration",
        ),
        (
            Provider.OUTLOOK,
            "Connect Outlook Calendar",
            "Connect Outlook Calendar",
            "Connected to Outlook Calendar",
            "Outlook Calendar Integration",
        ),
    ],
)
def test_buttons_and_windows_carry_the_products_words(
    provider: Provider, connect: str, enable: str, connected: str, window: str
) -> None:
    assert words.connect_button(provider) == connect
    assert words.enable_button(provider) == enable
    assert words.connected_button(provider) == connected
    assert words.window_title(provider) == window
