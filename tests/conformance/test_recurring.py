"""Busy time of recurring events: our client on the sandbox's Google, against Xandikos, a CalDAV server, and the RFC."""

import asyncio
import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag

import httpx2
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from pmtui.backend.calendars.calls import Calls
from pmtui.backend.calendars.google import GoogleCalendar
from pmtui.backend.slots.values import from_minute, to_minute
from pmtui.sandbox import levers
from pmtui.sandbox.app import create_app
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, EMAIL, WRITE_SCOPES, Grant
from pmtui.sandbox.world import World
from tests.clock import ManualClock
from tests.conformance import recurring
from tests.conformance.recurring import UID, WINDOWS, ZONES, Series

pytestmark = pytest.mark.conformance
DANA = "dana@acme.example"
SEED = int(os.environ.get("PMTUI_SEED") or random.SystemRandom().randrange(10**9))
EXAMPLES = 500
AROUND = timedelta(days=4)
"""Xandikos is asked for so much more on both sides: it expands by UTC dates and loses whole days at a window's edge."""
_WAIT = Flag()  # never set: waits a moment between two looks

Times = list[tuple[datetime, datetime]]


def joined(times: Times, window: tuple[datetime, datetime]) -> Times:
    """Cut to the window, sorted, and those that touch as one."""
    found: Times = []
    for starts, ends in sorted((max(one, window[0]), min(other, window[1])) for one, other in times):
        if starts >= ends:
            continue
        if found and starts <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], ends))
        else:
            found.append((starts, ends))
    return found


@dataclass
class Xandikos:
    """The CalDAV server, with one calendar a zone."""

    http: httpx2.Client

    def prepare(self) -> None:
        """Make the calendars."""
        for number, zone in enumerate(ZONES):
            body = (
                '<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
                f"<C:calendar-timezone>{recurring.zone_of(zone).decode()}</C:calendar-timezone>"
                "</D:prop></D:set></D:propertyupdate>"
            )
            self.http.request("MKCALENDAR", f"/user/calendars/z{number}/").raise_for_status()
            answer = self.http.request(
                "PROPPATCH", f"/user/calendars/z{number}/", content=body, headers={"Content-Type": "text/xml"}
            )
            assert answer.status_code == 207, answer.text
            assert "200 OK" in answer.text, answer.text

    def busy(self, icalendar: bytes, zone: str, window: tuple[datetime, datetime]) -> Times:
        """Its own free-busy report with this as the only thing in the calendar of that zone."""
        calendar = f"/user/calendars/z{ZONES.index(zone)}/"
        put = self.http.put(f"{calendar}{UID}.ics", content=icalendar, headers={"Content-Type": "text/calendar"})
        assert put.status_code in (201, 204), put.text
        start, end = (f"{at:%Y%m%dT%H%M%SZ}" for at in window)
        asked = (
            '<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav">'
            f'<C:time-range start="{start}" end="{end}"/></C:free-busy-query>'
        )
        headers = {"Content-Type": "text/xml", "Depth": "1"}
        answer = self.http.request("REPORT", calendar, content=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        text = re.sub(r"\r?\n ", "", answer.text)
        periods = [one for line in re.findall(r"^FREEBUSY[^:]*:(.*)$", text, re.M) for one in line.strip().split(",")]
        return [_period(one) for one in periods if one]


def _period(text: str) -> tuple[datetime, datetime]:
    first, second = text.split("/")
    starts = _instant(first)
    if not second.startswith("P"):
        return starts, _instant(second)
    units = {"W": 604_800, "D": 86_400, "H": 3600, "M": 60, "S": 1}
    return starts, starts + timedelta(
        seconds=sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+)([A-Z])", second))
    )


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Xandikos]:
    """A fresh server on this machine."""
    folder = tmp_path_factory.mktemp("xandikos")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("xandikos")), "serve", "-d", str(folder / "data"), "--defaults"]
    command += ["--state-dir", str(folder / "state"), "-l", "127.0.0.1", "-p", str(port), "--no-detect-systemd"]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder), "PYTHONTZPATH": ""},
    ) as process:
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
                for _ in range(600):
                    try:
                        http.get("/")
                        break
                    except httpx2.TransportError:
                        _WAIT.wait(0.05)
                server = Xandikos(http)
                server.prepare()
                yield server
        finally:
            process.terminate()
            process.wait(20)


class Ours:
    """Our client, on a sandbox in this process whose only event is the series."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.world = World(self.clock.now)
        self.calls = Calls(self.clock, insecure=True, transport=httpx2.ASGITransport(create_app(self.world)))

    async def busy(self, series: Series, zone: str, window: tuple[datetime, datetime]) -> Times:
        """What it reads."""
        world = self.world
        levers.pull(world, "google_clear_events", DANA)
        world.people[DANA] = replace(world.people[DANA], timezone=zone)
        series_id = levers.pull(world, "google_add_event", {"person": DANA, "event": recurring.google_of(series)})
        for change in series.changed:
            one = {"person": DANA, "id": recurring.google_instance(series, series_id, change.original)}
            if change.starts is None:
                levers.pull(world, "google_delete_event", one)
                continue
            changes = recurring.google_times(series, change.starts, change.minutes)
            changes |= {"transparency": "transparent"} if change.free else {}
            levers.pull(world, "google_change_event", {**one, "changes": changes})
        calendar = GoogleCalendar(self.calls, "http://127.0.0.1/google/calendar/v3/", self._token, account=DANA)
        found = await calendar.busy((to_minute(window[0]), to_minute(window[1])))
        return [(from_minute(span.start), from_minute(span.end)) for span in found.spans]

    async def _token(self, newer: bool) -> str:
        until = self.clock.now() + timedelta(hours=1)
        grant = Grant(DANA, DESKTOP_CLIENT_ID, ("openid", EMAIL, WRITE_SCOPES[-1]), None, until)
        return self.world.google.sign_ins.new_access(grant, self.clock.now())


WHAT = st.sampled_from(WINDOWS).flatmap(
    lambda w: st.tuples(st.just(w), st.sampled_from(ZONES), recurring.all_series(w))
)


@pytest.mark.shows(
    "Calendars",
    f"Busy time of {EXAMPLES} random recurring events as our client reads them from the sandbox's Google: what RFC 5545"
    " and Xandikos' free-busy report say, but for the length of instances across a clock change (see below)",
    by="xandikos, hypothesis",
)
@pytest.mark.timeout(600)
def test_busy_time_is_what_a_caldav_server_says(
    xandikos: Xandikos, record_property: Callable[[str, object], None], checks: Callable[[int], None]
) -> None:
    """Every example is compared three ways; Xandikos may say otherwise in the one way `NOTES` in `proof` tells of."""
    record_property("seed (PMTUI_SEED)", SEED)
    ours, tried, across = Ours(), 0, 0
    with asyncio.Runner() as runner:

        @seed(SEED)
        @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(WHAT)
        def compare(drawn: tuple[tuple[datetime, datetime], str, Series]) -> None:
            nonlocal tried, across
            window, zone, series = drawn
            tried += 1
            expected = joined(recurring.meant(series, window, zone), window)
            assert joined(runner.run(ours.busy(series, zone, window)), window) == expected
            wide = (window[0] - AROUND, window[1] + AROUND)
            said = joined(xandikos.busy(recurring.icalendar_of(series), zone, wide), window)
            if said != expected:
                across += 1
                assert said == joined(recurring.meant(series, window, zone, by_the_wall_clock=True), window)

        compare()
        runner.run(ours.calls.close())
    record_property("examples with an instance across a clock change, which Xandikos gives another length", across)
    assert tried >= EXAMPLES
    checks(tried)
