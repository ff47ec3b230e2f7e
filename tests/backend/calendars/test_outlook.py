"""Outlook against the sandbox, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.outlook import Outlook
from pmtui.backend.calendars.protocol import Event, OwnEvent, Refused, Temporary, Vanished
from pmtui.backend.errors import NeedsReconnecting, Unavailable, Whose
from pmtui.backend.slots.values import DAY_MINUTES, PartyName, Span, to_minute
from pmtui.backend.states import Provider
from tests.clock import START
from tests.stand_in import DANA, StandIn

NOW = to_minute(START)
WINDOW = (NOW - DAY_MINUTES, NOW + 43 * DAY_MINUTES)
AT = START + timedelta(hours=7)
EVENT = Event("K3F9AB", PartyName.COACH, 0, "Coaching session: Sam", AT, AT + timedelta(minutes=30))


@pytest.fixture
def outlook(stand_in: StandIn, calls: Calls) -> Outlook:
    """Dana's mailbox (Chicago), emptied."""
    stand_in.pull("clear_events", DANA)
    return stand_in.outlook(calls)


def add(stand_in: StandIn, **values: object) -> str:
    made: str = stand_in.pull("add_event", {"person": DANA, "subject": "Doctor", **values})
    return made


def at(text: str) -> int:
    return to_minute(datetime.fromisoformat(text).replace(tzinfo=UTC))


async def test_what_is_shown_as_free_takes_no_time(stand_in: StandIn, outlook: Outlook) -> None:
    for hour, show_as in enumerate(("free", "workingElsewhere", "busy", "oof", "tentative", "unknown")):
        add(stand_in, start=f"2027-03-02T{hour:02}:00:00Z", end=f"2027-03-02T{hour:02}:30:00Z", showAs=show_as)
    assert (await outlook.busy(WINDOW)).spans == tuple(
        Span(at(f"2027-03-02T0{hour}:00"), at(f"2027-03-02T0{hour}:30")) for hour in (2, 3, 4, 5)
    )


async def test_tentative_takes_no_time_where_the_organisation_says_so(stand_in: StandIn, calls: Calls) -> None:
    stand_in.pull("clear_events", DANA)
    for hour, show_as in ((1, "tentative"), (2, "unknown")):
        add(stand_in, start=f"2027-03-02T{hour:02}:00:00Z", end=f"2027-03-02T{hour:02}:30:00Z", showAs=show_as)
    outlook = stand_in.outlook(calls, tentative_is_busy=False)
    assert (await outlook.busy(WINDOW)).spans == (Span(at("2027-03-02T02:00"), at("2027-03-02T02:30")),)


async def test_seconds_are_rounded_outwards(stand_in: StandIn, outlook: Outlook) -> None:
    add(stand_in, start="2027-03-02T10:00:30Z", end="2027-03-02T10:29:10Z")
    assert (await outlook.busy(WINDOW)).spans == (Span(at("2027-03-02T10:00"), at("2027-03-02T10:30")),)


async def test_all_day_is_from_midnight_to_midnight_of_the_mailbox_across_a_clock_change(
    stand_in: StandIn, outlook: Outlook
) -> None:
    add(stand_in, on="2027-03-14", until="2027-03-14", showAs="oof")  # clocks go forward in Chicago: 23 hours
    assert (await outlook.busy(WINDOW)).spans == (Span(at("2027-03-14T06:00"), at("2027-03-15T05:00")),)


async def test_every_page_is_read(stand_in: StandIn, outlook: Outlook) -> None:
    for number in range(1100):
        first = START + timedelta(minutes=20 * number)
        add(stand_in, start=f"{first:%Y-%m-%dT%H:%M:%SZ}", end=f"{first + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    assert len((await outlook.busy(WINDOW)).spans) == 1100
    assert stand_in.requests()["GET /me/calendarView"] == 2


async def test_a_page_that_fails_makes_the_whole_read_fail(stand_in: StandIn, outlook: Outlook) -> None:
    for number in range(1100):
        first = START + timedelta(minutes=20 * number)
        add(stand_in, start=f"{first:%Y-%m-%dT%H:%M:%SZ}", end=f"{first + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}")
    stand_in.fault(kind="status", path="/graph/v1.0/me/calendarView", skip=1, status=503)
    with pytest.raises(Temporary):
        await outlook.busy(WINDOW)


async def test_the_sandboxs_own_month_reads(stand_in: StandIn, calls: Calls) -> None:
    found = await stand_in.outlook(calls).busy(WINDOW)
    assert len(found.spans) > 40
    assert found.window == WINDOW
    assert {
        word for entry in stand_in.world.requests for word in ("subject", "body", "attendees") if word in entry.query
    } == set()


async def test_every_call_asks_for_immutable_ids_and_utc(stand_in: StandIn, outlook: Outlook) -> None:
    await outlook.remove(_with_id(await outlook.put(EVENT)))
    assert stand_in.world.requests
    for entry in stand_in.world.requests:
        assert ", ".join(entry.prefer) == 'IdType="ImmutableId", outlook.timezone="UTC"'


async def test_our_event_is_known_again_and_never_busy(stand_in: StandIn, outlook: Outlook) -> None:
    provider_id = await outlook.put(EVENT)
    found = await outlook.busy(WINDOW)
    assert found.spans == ()
    assert found.own == (OwnEvent("K3F9AB", provider_id, EVENT.starts, EVENT.ends),)


async def test_an_event_says_only_what_it_must(stand_in: StandIn, outlook: Outlook) -> None:
    await outlook.put(EVENT)
    (event,) = stand_in.events()
    assert (event.subject, event.starts, event.ends) == (EVENT.title, EVENT.starts, EVENT.ends)
    assert (event.show_as, event.sensitivity, event.all_day) == ("busy", "private", False)


async def test_putting_again_changes_the_one_event(stand_in: StandIn, outlook: Outlook) -> None:
    first = await outlook.put(EVENT)
    assert await outlook.put(EVENT) == first
    moved = Event("K3F9AB", PartyName.COACH, 0, "Renamed", AT + timedelta(hours=1), AT + timedelta(hours=2), first)
    assert await outlook.put(moved) == first
    (event,) = stand_in.events()
    assert (event.subject, event.starts, event.ends) == ("Renamed", moved.starts, moved.ends)


async def test_removing_is_repeatable_and_needs_no_id(stand_in: StandIn, outlook: Outlook) -> None:
    provider_id = await outlook.put(EVENT)
    await outlook.remove(EVENT)
    assert stand_in.events() == []
    await outlook.remove(EVENT)
    await outlook.remove(_with_id(provider_id))


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("names_event", [True, False])
async def test_a_repeat_whose_first_answer_was_lost_finds_the_event(
    stand_in: StandIn, outlook: Outlook, status: int, names_event: bool
) -> None:
    stand_in.pull("duplicates", {"status": status, "names_event": names_event})
    stand_in.fault(kind="cut-after", path="/graph/v1.0/me/events", method="POST")
    with pytest.raises(Temporary):
        await outlook.put(EVENT)
    # The search by property is blind once, as if the mailbox's index were behind: the transaction id still holds.
    stand_in.fault(kind="status", path="/graph/v1.0/me/events", method="GET", status=200, body={"value": []})
    provider_id = await outlook.put(EVENT)
    assert [event.starts for event in stand_in.events()] == [AT]
    assert (await outlook.busy(WINDOW)).own[0].provider_id == provider_id


async def test_a_refusal_broken_off_on_the_way_is_no_refusal(stand_in: StandIn, outlook: Outlook) -> None:
    provider_id = await outlook.put(EVENT)
    stand_in.pull("delete_event", {"person": DANA, "id": provider_id})
    stand_in.fault(kind="garbage", form="truncated", path="/graph/v1.0/me/events", method="POST", after=True)
    with pytest.raises(Temporary):  # it says that the transaction id is taken
        await outlook.put(EVENT)
    with pytest.raises(Vanished):
        await outlook.put(EVENT)


async def test_an_event_somebody_deleted_is_made_again_in_a_new_generation_only(
    stand_in: StandIn, outlook: Outlook
) -> None:
    provider_id = await outlook.put(EVENT)
    stand_in.pull("delete_event", {"person": DANA, "id": provider_id})
    with pytest.raises(Vanished):
        await outlook.put(_with_id(provider_id))
    again = Event(EVENT.session, EVENT.whose, 1, EVENT.title, EVENT.starts, EVENT.ends, provider_id)
    assert await outlook.put(again) != provider_id
    assert len(stand_in.events()) == 1


async def test_of_two_events_of_ours_one_stays(stand_in: StandIn, outlook: Outlook) -> None:
    await outlook.put(EVENT)
    (event,) = stand_in.events()
    copy = stand_in.world.new_event_id()
    stand_in.world.outlook.of(DANA)[copy] = event.__class__(
        **{name: getattr(event, name) for name in event.__slots__} | {"id": copy, "transaction_id": None}
    )
    await outlook.put(EVENT)
    assert len(stand_in.events()) == 1


async def test_a_token_that_expired_is_renewed_once(stand_in: StandIn, calls: Calls) -> None:
    asked: list[bool] = []

    async def token(newer: bool) -> str:
        asked.append(newer)
        return stand_in.token() if newer else "sandbox-access-old"

    mailbox = Outlook(calls, stand_in.graph_url, token, account=DANA)
    await mailbox.probe()
    assert asked == [False, True]


async def test_a_renewed_token_that_is_refused_too_needs_reconnecting(stand_in: StandIn, calls: Calls) -> None:
    async def token(newer: bool) -> str:
        return "sandbox-access-revoked"

    with pytest.raises(NeedsReconnecting) as caught:
        await Outlook(calls, stand_in.graph_url, token, account=DANA).busy(WINDOW)
    assert (caught.value.code, caught.value.whose) == ("InvalidAuthenticationToken", Whose.PERSON)


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_throttling_names_the_time_to_come_back(stand_in: StandIn, outlook: Outlook, status: int) -> None:
    stand_in.fault(kind="status", status=status, retry_after=77)
    with pytest.raises(Temporary) as caught:
        await outlook.busy(WINDOW)
    assert caught.value.retry_at == START + timedelta(seconds=77)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "garbage"}, Temporary),
        ({"kind": "cut-before"}, Temporary),
        ({"kind": "status", "status": 500}, Temporary),
        ({"kind": "status", "status": 403}, Refused),
        ({"kind": "status", "status": 200, "body": {}}, Temporary),
        ({"kind": "status", "status": 200, "body": {"value": [{}]}}, Temporary),
        (
            {"kind": "status", "status": 200, "body": {"value": [], "@odata.nextLink": "https://evil.example/"}},
            Temporary,
        ),
    ],
)
async def test_a_read_that_is_not_good_is_no_read(
    stand_in: StandIn, outlook: Outlook, fault: dict[str, object], error: type[Unavailable]
) -> None:
    stand_in.fault(**fault)
    with pytest.raises(error):
        await outlook.busy(WINDOW)


async def test_calls_are_counted(stand_in: StandIn, outlook: Outlook, calls: Calls) -> None:
    await outlook.probe()
    await outlook.put(EVENT)
    assert calls.made[Provider.OUTLOOK] == len(stand_in.world.requests) == 3


def _with_id(provider_id: str) -> Event:
    return Event(EVENT.session, EVENT.whose, EVENT.generation, EVENT.title, EVENT.starts, EVENT.ends, provider_id)
