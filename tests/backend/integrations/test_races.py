"""Calendar access that is sent while somebody signs in: nobody ends up with what is not allowed."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pmtui.backend.config import Config
from pmtui.backend.errors import Conflict, PmtuiError
from pmtui.backend.integrations.connecting import access_to_change
from pmtui.backend.integrations.records import IntegrationsPage
from pmtui.backend.integrations.service import Integrations
from pmtui.backend.signin.service import SignIn
from pmtui.backend.states import External, Provider
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.signin import Attempt
from tests.waiting import waiting
from tests.world import World

Send = Callable[..., IntegrationsPage]


@pytest.fixture(autouse=True)
def _allowed(world: World) -> None:
    world.allow(wfm=True, external=External.OUTLOOK)
    world.wfm_service()


def test_send_access_and_confirm_at_once_leave_no_forbidden_connection(
    integrations: Integrations, world: World, send: Any
) -> None:
    attempt_id = world.attempt("dana", Provider.OUTLOOK)
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def confirm() -> None:
        actor = world.actor("dana")
        together.wait()
        try:
            integrations.confirm(actor, attempt_id)
            outcomes.append("connected")
        except PmtuiError as error:
            outcomes.append(error.code)

    def remove() -> None:
        together.wait()
        try:
            send(wfm=True)
        except Conflict:  # the confirmation came first and changed the numbers
            send(wfm=True)

    threads = [threading.Thread(target=work) for work in (confirm, remove)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert [row for row in world.rows(Connection) if row.ended_at is None] == []


def outcome_while_access_ends(world: World, act: Callable[[], object]) -> str:
    """How `act` ends that begins while a transaction is taking Outlook away: it must wait for it."""
    outcomes: list[str] = []

    def run() -> None:
        try:
            act()
            outcomes.append("done")
        except PmtuiError as error:
            outcomes.append(error.code)

    with world.database.write(world.operator) as tx:
        row = access_to_change(tx)
        row.external = External.NONE
        tx.db.add(row)
        tx.db.flush()
        thread = waiting(world.database, run)
        assert outcomes == []
    thread.join()
    return outcomes[0]


def test_a_confirmation_waits_for_the_access_that_is_being_sent(integrations: Integrations, world: World) -> None:
    attempt_id, dana = world.attempt("dana", Provider.OUTLOOK), world.actor("dana")
    outcome = outcome_while_access_ends(world, lambda: integrations.confirm(dana, attempt_id))
    assert outcome == "access_not_sent"


def test_a_start_waits_for_the_access_that_is_being_sent(world: World) -> None:
    sign_in, dana = SignIn(world.database, Config()), world.actor("dana")
    outcome = outcome_while_access_ends(world, lambda: sign_in.start(dana, Provider.OUTLOOK))
    assert outcome == "access_not_sent"
    assert world.rows(Attempt) == []
