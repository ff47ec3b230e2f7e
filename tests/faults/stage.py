"""The product and the sandbox in one process, without sockets, on a clock that jumps from one due thing to the next."""

import asyncio
import functools
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from multiprocessing.util import Finalize
from pathlib import Path
from random import Random
from typing import Any, ParamSpec, TypeVar

import httpx2
from sqlalchemy import create_engine
from sqlalchemy import event as events
from sqlmodel import SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from pmtui.backend.actor import Actor, Surface, operator
from pmtui.backend.build import Services, build
from pmtui.backend.config import Config
from pmtui.backend.integrations.records import Access
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import External, Permission, Provider, TeamRole
from pmtui.backend.storage import schema
from pmtui.backend.storage.tables.sync import Work
from pmtui.demo.clicker import sign_in
from pmtui.sandbox import levers
from pmtui.sandbox.inprocess import InProcess
from pmtui.sandbox.people import Person, everyone
from pmtui.sandbox.world import World
from pmtui.worker.run import Worker
from tests.clock import START, ManualClock

ADMIN = "ada@acme.example"
COACH = {
    Provider.GOOGLE: "dana@acme.example",
    Provider.OUTLOOK: "dana@acme.example",
    Provider.WFM: "marcus@acme.example",
}
AGENT = next(person.email for person in everyone() if person.role == "agent")
_BASE = "http://127.0.0.1"
_EXTERNAL = {Provider.GOOGLE: External.GOOGLE, Provider.OUTLOOK: External.OUTLOOK, Provider.WFM: External.NONE}
_DAYS = 14  # of calendar, from the day before
_TROUBLE = timedelta(days=5)  # a story that takes longer than this will not end
_NEXT = select(Work.due_at).order_by(col(Work.due_at)).limit(1)

Row = TypeVar("Row", bound=SQLModel)
P = ParamSpec("P")
R = TypeVar("R")
Interval = tuple[datetime, datetime]


class Failed(Exception):
    """Something that must never be."""


class Browser(httpx2.BaseTransport):
    """A browser's way into the sandbox, from another thread than the sandbox's."""

    def __init__(self, sandbox: InProcess, loop: asyncio.AbstractEventLoop) -> None:
        self._sandbox, self._loop = sandbox, loop

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One page."""

        async def answered() -> httpx2.Response:
            copy = httpx2.Request(request.method, request.url, headers=request.headers, content=request.read())
            response = await self._sandbox.handle_async_request(copy)
            return httpx2.Response(response.status_code, headers=response.headers, content=await response.aread())

        return asyncio.run_coroutine_threadsafe(answered(), self._loop).result(30)


class Inline(ThreadPoolExecutor):
    """Does at once, in the event loop's own thread, what `asyncio.to_thread` hands over: a run has one thread.

    What goes on at the same time is then the requests to the providers, which the worker starts together.
    """

    def submit(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Already done on return."""
        done: Future[R] = Future()
        try:
            done.set_result(function(*args, **kwargs))
        except BaseException as error:  # handed over to whoever awaits it, as a thread would
            done.set_exception(error)
        return done


class Kept(sqlite3.Connection):
    """A connection that the next transaction takes over, instead of reading the schema anew."""

    kept: list[sqlite3.Connection]

    def close(self) -> None:
        """Nothing is open in it, and it waits for the next one."""
        self.rollback()
        self.kept.append(self)


class Stage:
    """One coach on `provider` and one agent on the WFM; what fills their days is drawn by `random`.

    `busy` is the truth about the coach: whatever was put into the calendar by hand, told by nobody's connector.
    """

    def __init__(self, provider: Provider, random: Random) -> None:
        self._ground = _ground(provider)
        self._ground.clear()
        self.provider = provider
        self.clock, self.services = self._ground.clock, self._ground.services
        self.coach, self.agent = COACH[provider], AGENT
        self.world = World(self.clock.now, tuple(one for one in everyone() if one.email in (self.coach, AGENT, ADMIN)))
        self.sandbox = InProcess(self.world)
        self.worker = Worker(self.services, transport=self.sandbox)
        self.busy: list[Interval] = []
        self._fill(random)

    async def close(self) -> None:
        """Give everything back."""
        await self.worker.calls.close()
        self._ground.leave()

    def actor(self, email: str) -> Actor:
        """A person as the one who acts."""
        return self.services.people.actor_for(email, Surface.CLI)

    def person(self, email: str) -> Person:
        """The sandbox's person."""
        return self.world.people[email]

    def rows(self, table: type[Row]) -> list[Row]:
        """Every row of a table."""
        with self.services.database.read(operator()) as tx:
            return list(tx.db.exec(_every(table)).all())

    async def work(self) -> None:
        """The worker does all that is due."""
        due = self.next_due()
        if due is not None and due <= self.clock.now():
            await self.worker.once()

    def next_due(self) -> datetime | None:
        """When there is something to do again."""
        with self.services.database.engine.connect() as connection:
            return connection.execute(_NEXT).scalar()

    async def pass_time(self, wait: timedelta) -> None:
        """Time passes, and the worker does on the way what becomes due."""
        until = self.clock.now() + wait
        await self.work()
        while (due := self.next_due()) is not None and due <= until:
            self.clock.at = max(self.clock.at, due)
            await self.work()
        self.clock.at = max(self.clock.at, until)
        if self.clock.now() - START > _TROUBLE:
            raise Failed("no end is in sight after days")

    async def browse(self, link: str) -> str:
        """The coach signs in; the address the browser ends at."""
        browser = Browser(self.sandbox, asyncio.get_running_loop())
        with ThreadPoolExecutor(1) as thread:
            return await asyncio.get_running_loop().run_in_executor(thread, sign_in, link, self.coach, browser)

    def occupy(self, starts: datetime, ends: datetime) -> None:
        """The coach gets something else to do then."""
        self.busy.append((starts, ends))
        start, end = _z(starts), _z(ends)
        if self.provider is Provider.OUTLOOK:
            self._pull("add_event", {"person": self.coach, "subject": "Private", "start": start, "end": end})
        elif self.provider is Provider.GOOGLE:
            event = {"summary": "Private", "start": {"dateTime": start}, "end": {"dateTime": end}}
            self._pull("google_add_event", {"person": self.coach, "event": event})
        else:
            self._plan(self.coach, starts, self.busy)

    def is_free(self, starts: datetime, ends: datetime) -> bool:
        """Whether coach and agent truly have time then, by what was put into the calendars by hand."""
        works = [(at, at + timedelta(hours=4)) for at in (_at(starts, 14), _at(starts, 18, 30))]
        agent = any(first <= starts and ends <= last for first, last in works)
        return agent and not any(first < ends and starts < last for first, last in self.busy)

    def written(self) -> list[tuple[str, datetime, datetime]]:
        """What stands in the calendars because of us, as the sandbox remembers it: whose it is, start and end."""
        found = [(self.coach, one.starts, one.ends) for one in self.world.outlook.of(self.coach).values() if one.by_app]
        for event in self.world.google.of(self.coach).values():
            if event.by_app and event.status != "cancelled":
                found.append((self.coach, event.starts, event.ends))
        by_id = {person.person_id: person.email for person in self.world.people.values()}
        for meeting in self.world.wfm.meetings.values():
            found += [(by_id[one], meeting.starts, meeting.ends) for one in meeting.participants]
        return sorted(found)

    def delete_ours(self) -> None:
        """The coach deletes, by hand, what we wrote."""
        if self.provider is Provider.OUTLOOK:
            for one in [one for one in self.world.outlook.of(self.coach).values() if one.by_app]:
                self.world.outlook.drop(self.coach, one.id)
        elif self.provider is Provider.GOOGLE:
            for event in self.world.google.of(self.coach).values():
                if event.by_app:
                    self._pull("google_delete_event", {"person": self.coach, "id": event.id})
        else:
            person_id = self.person(self.coach).person_id
            for meeting in list(self.world.wfm.meetings.values()):
                if person_id in meeting.participants:
                    self.world.drop_meeting(meeting.external_id)

    def _fill(self, random: Random) -> None:
        self._pull("clear_events", self.coach)
        self._pull("google_clear_events", self.coach)
        taken = []
        for day in range(-1, _DAYS):
            first = _at(START + timedelta(days=day), 15)
            for _ in range(4):
                starts = first + timedelta(minutes=15 * random.randrange(28))
                taken.append((starts, starts + timedelta(minutes=random.choice((15, 25, 45)))))
        for day in range(-2, _DAYS):
            self._plan(self.agent, START + timedelta(days=day), [])
        if self.provider is Provider.WFM:
            self.busy = taken
            for day in range(-2, _DAYS):
                self._plan(self.coach, START + timedelta(days=day), taken)
        else:
            for starts, ends in taken:
                self.occupy(starts, ends)

    def _plan(self, email: str, on: datetime, busy: list[Interval]) -> None:
        """A day in the WFM: phone from 14:00 to 22:30 UTC with lunch at 18:00, and training whenever it is busy."""
        starts, ends = _at(on, 14), _at(on, 22, 30)
        lunch = [(_at(on, 18), _at(on, 18, 30), "Lunch")]
        fixed = sorted((*lunch, *((one, other, "Training") for one, other in busy if starts <= one and other <= ends)))
        layers, at = [], starts
        for first, last, activity in fixed:
            first = max(first, at)
            if at < first:
                layers.append((at, first, "Phone"))
            if first < last:
                layers.append((first, last, activity))
                at = last
        if at < ends:
            layers.append((at, ends, "Phone"))
        planned = [{"activity": name, "start": _z(one), "end": _z(other)} for one, other, name in layers]
        self._pull("set_shift", {"person": email, "on": on.date().isoformat(), "layers": planned})

    def _pull(self, lever: str, value: object) -> None:
        levers.pull(self.world, lever, value)


class _Ground:
    """What the runs of one process with one provider share: services on a database that each run finds as new.

    Its organisation is set up and access sent. Statements are compiled once, and connections opened once a run.
    """

    def __init__(self, provider: Provider) -> None:
        folder = Path(tempfile.mkdtemp(prefix="pmtui-faults-"))
        Finalize(self, shutil.rmtree, (folder, True), exitpriority=1)  # a pool's processes end without `atexit`
        self._path = folder / "pmtui.db"
        self._kept: list[sqlite3.Connection] = []
        engine = create_engine(f"sqlite:///{self._path}")
        schema.upgrade(engine)
        engine.dispose()
        Vault.create(folder / "keys")
        for name in ("microsoft", "google"):
            (folder / name).touch(mode=0o600)
        self.clock = ManualClock()
        with ThreadPoolExecutor(1) as pool:  # a loop of its own: one may be running here
            told = pool.submit(asyncio.run, _settings(World(self.clock.now))).result()
        (folder / "microsoft").write_text(told["microsoft"]["client_secret"])
        (folder / "google").write_text(told["google"]["desktop_client_secret"])
        self.services = build(_config(folder, told, self._path), self.clock)
        _populate(self.services, provider, told["wfm"], folder / "keys")
        self._content = self._path.read_bytes()
        engine = self.services.database.engine
        events.listen(engine, "connect", _unsafe)
        events.listen(engine, "do_connect", self._connect)

    def clear(self) -> None:
        """As at the start of a run."""
        self.leave()
        self.clock.at = START
        self._path.write_bytes(self._content)

    def leave(self) -> None:
        """Close every connection and forget what the run wrote."""
        while self._kept:
            sqlite3.Connection.close(self._kept.pop())
        for leftover in self._path.parent.glob("pmtui.db*"):
            leftover.unlink()

    def _connect(
        self, dialect: object, record: object, where: Sequence[Any], options: Mapping[str, Any]
    ) -> sqlite3.Connection:
        """One that is kept and not in use, else a new one."""
        if self._kept:
            return self._kept.pop()
        connection = sqlite3.connect(*where, **options, factory=Kept)
        connection.kept = self._kept
        return connection


_ground = functools.cache(_Ground)


async def _settings(world: World) -> dict[str, dict[str, str]]:
    async with httpx2.AsyncClient(transport=InProcess(world), base_url=_BASE) as client:
        found: dict[str, dict[str, str]] = (await client.get("/__settings")).json()
        return found


def _populate(services: Services, provider: Provider, wfm: dict[str, str], keys: Path) -> None:
    people = World().people
    tenant = services.people.create_tenant(
        operator(), "acme", "Acme", "America/Chicago", administrator=(ADMIN, "Ada Okafor")
    )
    for email, role, permissions in (
        (COACH[provider], TeamRole.COACH, (Permission.VIEW, Permission.COACH)),
        (AGENT, TeamRole.AGENT, ()),
    ):
        services.people.add(
            operator(tenant),
            email,
            people[email].name,
            timezone="America/Chicago",
            team="North",
            role=role,
            permissions=permissions,
        )
    services.integrations.set_wfm_service(
        operator(tenant),
        wfm["url"],
        wfm["token"],
        Vault.load(keys),
        business_unit_id=wfm["business_unit_id"],
        scenario_id=wfm["scenario_id"],
        coaching_activity_id=wfm["coaching_activity_id"],
    )
    with services.database.write(operator(tenant)) as tx:  # as once the worker has seen that the WFM answers
        tx.db.connection().exec_driver_sql(
            "UPDATE wfm_service SET works = 1, checked_at = '2027-03-01 08:00:00.000000'"
        )
    ada = services.people.actor_for(ADMIN, Surface.CLI)
    page = services.integrations.page(ada)
    page = services.integrations.set_draft(ada, Access(True, _EXTERNAL[provider]), page.version)
    services.integrations.send_access(ada, page.version, page.consequences)


@functools.cache
def _every(table: type[Row]) -> SelectOfScalar[Row]:
    return select(table)


def _unsafe(connection: sqlite3.Connection, _: object) -> None:
    """A run's database is thrown away with the run: nothing has to outlive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")


def _config(folder: Path, told: dict[str, dict[str, str]], database: Path) -> Config:
    google = told["google"]
    return Config(
        database_url=f"sqlite:///{database}",
        key_file=folder / "keys",
        microsoft_authority=told["microsoft"]["authority"],
        graph_url=told["graph"]["url"].rstrip("/"),
        microsoft_client_id=told["microsoft"]["client_id"],
        microsoft_client_secret_file=folder / "microsoft",
        google_authorize_url=google["authorize_url"],
        google_token_url=google["token_url"],
        google_revoke_url=google["revoke_url"],
        google_keys_url=google["keys_url"],
        google_issuer=google["issuer"],
        google_calendar_url=google["calendar_url"],
        google_client_id=google["desktop_client_id"],
        google_client_secret_file=folder / "google",
        insecure_endpoints=True,
    )


def _at(on: datetime, hour: int, minute: int = 0) -> datetime:
    return on.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _z(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
