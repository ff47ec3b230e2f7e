"""The doctor: what is well, what is not and what to do; every look by itself, and no secret in what it says."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from pmtui.backend.calendars.reaching import Reaching
from pmtui.backend.clock import SystemClock
from pmtui.backend.config import in_force
from pmtui.backend.doctor import providers
from pmtui.backend.doctor.examination import examine
from pmtui.backend.doctor.records import Finding, Level, Report
from pmtui.backend.integrations.service import service_seal
from pmtui.backend.signin import key_file
from pmtui.backend.signin.vault import Vault
from pmtui.backend.states import ConnectionState, Provider, WorkKind
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.backend.storage.tables.sync import Work
from pmtui.sandbox.google_grants import DESKTOP_CLIENT_ID, DESKTOP_CLIENT_SECRET
from pmtui.sandbox.grants import CLIENT_ID, CLIENT_SECRET
from tests.clock import START, ManualClock
from tests.stand_in import StandIn, standing_in
from tests.world import World

Look = Callable[..., Report]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[StandIn]:
    """One sandbox for the module."""
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def clock() -> ManualClock:
    """The machine's time: the sandbox's server tells its own in every answer."""
    return ManualClock(SystemClock().now())


@pytest.fixture
def world(database: Database, clock: ManualClock, sandbox: StandIn, tmp_path: Path) -> World:
    """Everything set up well: both apps, keys, a WFM with its token."""
    stand_in = sandbox.fresh(clock)
    world = World(database, clock)
    world.coach("dana")
    world.wfm_service(url=stand_in.wfm_url)
    sealed = Vault.create(tmp_path / "keys").seal(stand_in.world.wfm.token.encode(), service_seal(world.tenant_id))
    with database.write(world.operator) as tx:
        row = tx.db.get_one(WfmService, world.tenant_id)
        row.sealed_token, row.key_id = sealed.data, sealed.key_id
    for name, secret in (("google", DESKTOP_CLIENT_SECRET), ("microsoft", CLIENT_SECRET)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret)
    return world


@pytest.fixture
def look(world: World, sandbox: StandIn, tmp_path: Path, clock: ManualClock) -> Look:
    """Examine the installation, with some settings another way."""
    base = sandbox.base_url
    settings = {
        "DATABASE_URL": world.database.url,
        "KEY_FILE": str(tmp_path / "keys"),
        "LOG_FILE": str(tmp_path / "log"),
        "CONFIG": str(tmp_path / "none.toml"),
        "MICROSOFT_AUTHORITY": f"{base}/microsoft",
        "GRAPH_URL": sandbox.graph_url,
        "MICROSOFT_CLIENT_ID": CLIENT_ID,
        "MICROSOFT_CLIENT_SECRET_FILE": str(tmp_path / "microsoft"),
        "GOOGLE_AUTHORIZE_URL": f"{base}/google/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URL": f"{base}/google/token",
        "GOOGLE_REVOKE_URL": f"{base}/google/revoke",
        "GOOGLE_KEYS_URL": f"{base}/google/oauth2/v3/certs",
        "GOOGLE_ISSUER": f"{base}/google",
        "GOOGLE_CALENDAR_URL": f"{base}/google/calendar/v3/",
        "GOOGLE_CLIENT_ID": DESKTOP_CLIENT_ID,
        "GOOGLE_CLIENT_SECRET_FILE": str(tmp_path / "google"),
        "INSECURE_ENDPOINTS": "true",
    }

    def look(**other: str) -> Report:
        environment = {f"PMTUI_{name}": value for name, value in (settings | other).items()}
        report = examine(in_force({}, environment), clock)
        said = repr(report)
        for secret in (DESKTOP_CLIENT_SECRET, CLIENT_SECRET, sandbox.world.wfm.token, *_material(tmp_path / "keys")):
            assert secret not in said
        return report

    return look


def _material(path: Path) -> list[str]:
    return path.read_text().split()[1::2] if path.exists() else []


def at(report: Report, level: Level) -> list[tuple[str, str, str]]:
    return [(one.area, one.said, one.next_step) for one in report.findings if one.level is level]


def the_one(report: Report, area: str, part: str) -> Finding:
    [found] = [one for one in report.findings if one.area == area and part in one.said]
    return found


def test_a_good_installation_is_well(look: Look) -> None:
    report = look()
    assert report.well
    assert at(report, Level.PROBLEM) == at(report, Level.WARNING) == []
    assert {"database", "keys", "Google", "Microsoft", "WFM of acme", "clock", "worker"} <= {
        one.area for one in report.findings
    }
    assert "http://localhost/callback/outlook" in the_one(report, "Microsoft", "redirect").said


def test_a_wrong_secret_is_told_from_a_good_one(look: Look, world: World, tmp_path: Path) -> None:
    (tmp_path / "google").write_text("wrong")
    (tmp_path / "microsoft").write_text("wrong")
    report = look()
    assert "invalid_client" in the_one(report, "Google", "refused").said
    assert "7000215" in the_one(report, "Microsoft", "refused").said
    assert len(at(report, Level.PROBLEM)) == 2


def test_what_does_not_answer_hides_nothing_else(look: Look) -> None:
    report = look(GOOGLE_KEYS_URL="http://127.0.0.1:1/keys", CALLBACK_URL="http://127.0.0.1:1", GOGLE="x")
    assert "nothing answers" in the_one(report, "Google", "keys (").said
    assert "nothing answers" in the_one(report, "callback page", "").said
    assert "PMTUI_GOGLE" in the_one(report, "configuration", "no setting").said
    assert the_one(report, "WFM of acme", "accepts").level is Level.OK


def test_an_address_that_is_no_callback_page_is_told(look: Look, sandbox: StandIn) -> None:
    report = look(CALLBACK_URL=sandbox.base_url)
    assert "answers with 404" in the_one(report, "callback page", "").said
    assert f"{sandbox.base_url}/callback/google" in the_one(report, "Google", "redirect").said


def test_files_others_may_read_are_named(look: Look, world: World, tmp_path: Path) -> None:
    (tmp_path / "google").chmod(0o644)
    (tmp_path / "keys").chmod(0o640)
    report = look()
    assert f"chmod 600 {tmp_path}/google" in the_one(report, "google_client_secret_file", "").next_step
    assert the_one(report, "Google", "All addresses answer").level is Level.OK
    assert not [one for one in report.findings if one.area == "Google" and "client" in one.said]
    assert f"chmod 600 {tmp_path}/keys" in the_one(report, "keys", "").next_step


def test_a_lost_key_is_counted(look: Look, world: World, tmp_path: Path) -> None:
    (tmp_path / "keys").unlink()
    Vault.create(tmp_path / "keys")
    report = look()
    assert "do not open: 1 of 1" in the_one(report, "keys", "not open").said
    assert the_one(report, "WFM of acme", "key").level is Level.PROBLEM


def test_an_unfinished_rotation_is_told(look: Look, world: World, tmp_path: Path) -> None:
    key_file.add(tmp_path / "keys")
    assert "pmtui keys rotate" in the_one(look(), "keys", "older").next_step


def test_a_wfm_without_its_token_or_activity_is_told(look: Look, sandbox: StandIn) -> None:
    sandbox.world.wfm.token = "another"
    assert "wfm_token_refused" in the_one(look(), "WFM of acme", "").said


def test_a_lost_guard_and_an_old_schema_are_problems(look: Look, world: World) -> None:
    with world.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER no_overlap_insert"))
        else:
            connection.execute(text("ALTER TABLE participant DROP CONSTRAINT no_overlap"))
    assert "no_overlap" in the_one(look(), "database", "guards").said
    with world.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    report = look()
    assert "pmtui db upgrade" in the_one(report, "database", "0001").next_step
    assert the_one(report, "keys", "can be read").level is Level.OK


def test_no_database_is_a_problem_and_none_is_made(look: Look, tmp_path: Path) -> None:
    report = look(DATABASE_URL=f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert "pmtui init" in the_one(report, "database", "").next_step
    assert not (tmp_path / "nowhere.db").exists()


def test_due_work_that_nobody_looks_at_is_a_problem(look: Look, world: World, clock: ManualClock) -> None:
    with world.database.write(world.operator) as tx:
        tx.look_at(WorkKind.READ, 1, tx.now - timedelta(minutes=5))
        tx.db.add(
            Work(
                tenant_id=world.tenant_id,
                kind=WorkKind.READ,
                subject=2,
                due_at=tx.now - timedelta(minutes=5),
                leased_until=tx.database_now() + timedelta(minutes=1),
                leased_by="somebody",
            )
        )
    assert "waits: 1, the oldest since" in the_one(look(), "worker", "").said


def test_what_a_worker_took_and_never_gave_back_waits_too(look: Look, world: World, clock: ManualClock) -> None:
    with world.database.write(world.operator) as tx:
        tx.look_at(WorkKind.READ, 1)
    work.claim(world.database, "died", 1)
    world.passes(minutes=5)
    (row,) = world.rows(Work)
    ran_out = row.leased_until
    said = the_one(look(), "worker", "").said
    assert said == f"Work that is due waits: 1, the oldest since {ran_out:%Y-%m-%d %H:%M} UTC."


def test_connections_in_trouble_are_counted(look: Look, world: World, tmp_path: Path) -> None:
    world.connect("dana", Provider.WFM, state=ConnectionState.DEGRADED)
    assert the_one(look(), "connections", "").said == "0 ready, 1 degraded."


async def ask(answer: Callable[[httpx2.Request], httpx2.Response], client_id: str = "id") -> list[Finding]:
    clock = ManualClock()
    config = in_force({}, {"PMTUI_GOOGLE_CLIENT_ID": client_id}).config
    async with Reaching(clock, httpx2.MockTransport(answer)) as reaching:
        return await providers.examine(config, reaching, clock.now())


@pytest.mark.parametrize(("seconds", "way"), [(61, "behind"), (-61, "ahead of"), (30, None)])
async def test_a_wrong_clock_is_told_with_its_direction(seconds: int, way: str | None) -> None:
    theirs = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(400, json={"error": "invalid_grant", "keys": []}, headers={"Date": theirs})

    [clock] = [one for one in await ask(answer) if one.area == "clock"]
    assert (clock.level is Level.WARNING) is (way is not None)
    assert way is None or f"61 s {way} Google's" in clock.said


async def test_a_bad_certificate_is_named() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        wrong = ssl.SSLCertVerificationError(1, "certificate verify failed")
        wrong.verify_message = "certificate has expired"
        raise httpx2.ConnectError("tls", request=request) from wrong

    found = await ask(answer)
    said = [one.said for one in found if one.area == "Google" and one.level is Level.PROBLEM]
    assert len(said) == 5
    assert all("certificate has expired" in one for one in said)


async def test_an_answer_that_says_nothing_is_a_warning() -> None:
    found = await ask(lambda _: httpx2.Response(200, text="<html>a proxy's page</html>"))
    assert [one.said for one in found if "says nothing" in one.said]
    assert [one.said for one in found if "not with keys" in one.said]


def test_examining_changes_nothing(look: Look, world: World) -> None:
    before = world.rows(Work), world.rows(WfmService)
    look()
    assert (world.rows(Work), world.rows(WfmService)) == before
