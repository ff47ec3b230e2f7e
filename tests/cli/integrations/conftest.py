"""`pmtui integrations`, on a database of its own, with the worker's part played by the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlmodel import select

from pmtui.backend.clock import SystemClock
from pmtui.backend.signin import attempts
from pmtui.backend.states import AnswerWay, AttemptState, Provider
from pmtui.backend.storage import schema
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.integrations import WfmService
from pmtui.backend.storage.tables.signin import Attempt
from pmtui.cli import asking, connecting
from pmtui.cli.main import run
from pmtui.loading import load
from tests.clock import ManualClock
from tests.world import World

Pmtui = Callable[..., tuple[int, str, str]]
ADMIN = ("--as", "amy@acme.example", "integrations")
DANA = ("--as", "dana@acme.example", "integrations")
NOT_APPROVED = "Your Microsoft administrator may have to approve first; not requested yet."
LINK = "https://login.example/authorize?client_id=pmtui"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Amy administers; dana and carl coach; ann is an agent. Nobody is there to be asked."""
    url = f"sqlite:///{tmp_path / 'pmtui.db'}"
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    monkeypatch.setenv("PMTUI_DATABASE_URL", url)
    monkeypatch.setenv("PMTUI_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("PMTUI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setattr(asking, "interactive", lambda: False)
    clock = ManualClock(SystemClock().now())  # the command's own clock is the machine's
    database = Database(url, clock)
    world = World(database, clock)
    world.administrator("amy")
    world.coach("dana")
    world.coach("carl")
    world.agent("ann")
    yield world
    database.close()


@pytest.fixture
def pmtui(world: World, capsys: pytest.CaptureFixture[str]) -> Pmtui:
    """Run one command line in this process: exit code, output, errors."""

    def pmtui(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return pmtui


class PlayedWorker:
    """Plays the worker for one sign-in: a link, and after the answer an account."""

    def __init__(self, world: World, account: str = "dana@acme.example", *, wfm_works: bool = False) -> None:
        self._world = world
        self._account = account
        self._wfm_works = wfm_works

    def __call__(self, services: Any) -> "PlayedWorker":
        return self

    def start(self) -> None:
        """Nothing to start: it acts whenever the command looks."""

    def stop(self) -> None:
        """Nothing to stop."""

    def act(self) -> None:
        with self._world.database.write(self._world.operator) as tx:
            for service in tx.db.exec(select(WfmService)).all():
                service.works = self._wfm_works
                tx.db.add(service)
            for row in tx.db.exec(select(Attempt)).all():
                if row.state is AttemptState.STARTING and row.provider is Provider.WFM:
                    row.state, row.error_code = AttemptState.FAILED, "wfm_unknown"
                elif row.state is AttemptState.STARTING:
                    row.state, row.link, row.state_digest = AttemptState.AWAITING, LINK, attempts.digest("right")
                    if row.way is AnswerWay.DEVICE:
                        row.link, row.user_code, row.verification_uri = (
                            None,
                            "ABCD-1234",
                            "https://microsoft.example/code",
                        )
                elif row.state is AttemptState.EXCHANGING or (
                    row.state is AttemptState.AWAITING and row.way in (AnswerWay.HOSTED, AnswerWay.DEVICE)
                ):
                    row.state, row.account, row.external_id = AttemptState.CONFIRMING, self._account, "oid"
                    row.sealed_tokens, row.key_id = b"sealed", "k"
                    row.tokens_expire_at, row.code = row.expires_at, None
                tx.db.add(row)


class ActingEvent:
    """Instead of waiting for the worker, lets it act."""

    def __init__(self, worker: PlayedWorker) -> None:
        self._worker = worker

    def __call__(self) -> "ActingEvent":
        return self

    def wait(self, seconds: float) -> None:
        self._worker.act()


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[PlayedWorker], None]:
    """Have this worker stand in for the real one."""

    def play(worker: PlayedWorker) -> None:
        played = {connecting._WORKER: worker}
        monkeypatch.setattr("pmtui.cli.connecting.load", lambda place: played.get(place) or load(place))
        monkeypatch.setattr(connecting, "Event", ActingEvent(worker))

    return play
