"""Figures: added up by whichever worker, an organisation's own, and gone after a while."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pmtui.backend.calendars.tally import Count, Key, Tally, on_behalf_of
from pmtui.backend.states import Provider
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.sync import ProviderCalls
from pmtui.backend.sync import figures
from tests.clock import START, ManualClock
from tests.world import World


def stored(world: World) -> dict[tuple[int, str, str], int]:
    return {(row.tenant_id, row.provider.value, row.code): row.calls for row in world.rows(ProviderCalls)}


def test_several_workers_add_up(world: World, database: Database) -> None:
    other = World(database, world.clock, subdomain="other")
    counts = {
        Key(tenant_id, provider, START, code): Count(3, START)
        for tenant_id in (world.tenant_id, other.tenant_id)
        for provider in Provider
        for code in ("", "http_503")
    }
    backwards = dict(reversed(counts.items()))
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(figures.add, database, some) for some in [counts, backwards] * 12]:
            done.result()
    assert set(stored(world).values()) == {72}
    assert len(stored(world)) == 12


def test_the_latest_call_is_kept_whoever_stores_first(world: World, database: Database) -> None:
    key = Key(world.tenant_id, Provider.WFM, START, "")
    late, early = START + timedelta(minutes=9), START + timedelta(minutes=2)
    figures.add(database, {key: Count(1, late)})
    figures.add(database, {key: Count(1, early)})
    (row,) = world.rows(ProviderCalls)
    assert (row.calls, row.last_at) == (2, late)


def test_old_figures_are_pruned(world: World, database: Database, clock: ManualClock) -> None:
    figures.add(database, {Key(world.tenant_id, Provider.WFM, START, ""): Count(1, START)})
    clock.advance(hours=48)
    figures.add(database, {Key(world.tenant_id, Provider.WFM, clock.now(), ""): Count(1, clock.now())})
    assert len(world.rows(ProviderCalls)) == 2
    clock.advance(minutes=15)
    figures.add(database, {Key(world.tenant_id, Provider.WFM, clock.now(), ""): Count(1, clock.now())})
    assert [row.quarter_at for row in world.rows(ProviderCalls)] == [
        START + timedelta(hours=48),
        START + timedelta(hours=48, minutes=15),
    ]


async def test_what_cannot_be_stored_is_stored_the_next_time(
    world: World, database: Database, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    tally = Tally(clock)
    with on_behalf_of(world.tenant_id):
        tally.note(Provider.OUTLOOK)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE provider_calls RENAME TO away")
    await figures.keep(database, tally)
    assert "figures can't be stored" in caplog.text
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO provider_calls")
    await figures.keep(database, tally)
    await figures.keep(database, tally)
    assert stored(world) == {(world.tenant_id, "outlook", ""): 1}
