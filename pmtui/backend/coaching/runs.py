"""Auto Coaching runs: asking for one, following it, cancelling it, and the worker's part of it."""

import json
from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlmodel import col, select

from pmtui.backend.actor import Actor, ActorKind, Surface, worker
from pmtui.backend.coaching import blocks, codes, reports, roster
from pmtui.backend.coaching.records import RunRecord, RunReport
from pmtui.backend.coaching.rules import rule_named
from pmtui.backend.errors import Conflict, NotAllowed, NotFound
from pmtui.backend.people import access
from pmtui.backend.people.membership import team_named
from pmtui.backend.states import ADMINISTER, RunOutcome, Topic, Verb, WorkKind
from pmtui.backend.storage.database import Database, repeated
from pmtui.backend.storage.tables.runs import Run, RunBlock
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync.service import Sync

LISTED = 20
"""How many runs are listed, the newest first."""


class Runs:
    """Runs for administrators, and for the worker who does them."""

    def __init__(self, database: Database, sync: Sync) -> None:
        self._database = database
        self._sync = sync

    @repeated
    def ask(self, actor: Actor, *, rules: Sequence[str] = (), team: str | None = None) -> RunRecord:
        """Have the worker propose sessions for the agents of the actor's scope who fall under a rule.

        Only for these rules and the agents of this team, where named. Raises NotFound for a rule or team nobody has.
        """
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            names = [rule_named(tx, each).name for each in dict.fromkeys(rules)]
            run = Run(
                tenant_id=tx.tenant_id,
                code=_new_code(tx),
                rules=json.dumps(names, ensure_ascii=False),
                team=team_named(tx, team).name if team is not None else "",
                asked_at=tx.now,
                asked_by_id=tx.actor.person_id,
            )
            tx.db.add(run)
            tx.db.flush()
            tx.look_at(WorkKind.RUN, _id(run))
            tx.audit(Verb.RUN_ASKED, f"run:{run.code}", rules=len(names))
            tx.changed(Topic.COACHING)
            return reports.record(tx, run)

    def run(self, actor: Actor, code: str | None = None) -> RunRecord:
        """How far a run is; without a code, the newest. NotFound."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return reports.record(tx, _coded(tx, code))

    def list(self, actor: Actor) -> tuple[RunRecord, ...]:
        """The newest runs, the last one first."""
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            newest = select(Run).where(Run.tenant_id == tx.tenant_id).order_by(col(Run.id).desc()).limit(LISTED)
            return tuple(reports.record(tx, run) for run in tx.db.exec(newest).all())

    def outcomes(self, actor: Actor, code: str | None = None) -> tuple[tuple[RunOutcome, int], ...]:
        """How many agents of a run who are in the actor's scope came to what; those still waiting are not counted.

        As in the report, and at once however many they are. Raises NotFound for a run nobody has.
        """
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return reports.outcomes_of(tx, _coded(tx, code))

    def report(self, actor: Actor, code: str | None = None, *, agent: str | None = None) -> RunReport:
        """What came of the agents of a run (the newest without a code) who are in the actor's scope, or of one agent.

        Raises NotFound for a run or person nobody has, and for an agent who was not in the run.
        """
        with self._database.read(actor) as tx:
            access.require(tx, *ADMINISTER)
            return reports.report(tx, self._sync, _coded(tx, code), agent)

    @repeated
    def cancel(self, actor: Actor, code: str) -> RunRecord:
        """Plan no further block of a run. What is under way is finished, and what is proposed stays held.

        For who asked for it and for administrators of the whole organisation. Raises Conflict where it is over.
        """
        with self._database.write(actor) as tx:
            access.require(tx, *ADMINISTER)
            run = _coded(tx, code, lock=True)
            if access.scope(tx) is not None and run.asked_by_id != tx.actor.person_id:
                raise NotAllowed(
                    "not_your_run",
                    "Somebody else has asked for this run.",
                    f"Ask them, or an administrator of the whole organisation, to cancel it: {run.code}",
                )
            if run.ended_at is not None:
                raise Conflict("run_over", f"Run {run.code} is over.", "There is nothing to cancel.")
            if run.cancelled_at is None:
                run.cancelled_at = tx.now
                tx.audit(Verb.RUN_CANCELLED, f"run:{run.code}", agents=run.agents_done)
                run.blocks_left -= _drop_blocks(tx, _id(run))
                tx.forget(WorkKind.RUN, _id(run))
                _end_if_over(tx, run)
                tx.db.add(run)
                tx.changed(Topic.COACHING)
                tx.db.flush()
            return reports.record(tx, run)

    @repeated
    def begin(self, tenant_id: int, run_id: int) -> None:
        """For the worker: write down who is in the run, in the scope of who asked for it."""
        with self._database.read(worker(tenant_id)) as tx:
            found = tx.db.get(Run, run_id)
            asked_by = found.asked_by_id if found is not None else None
        person = Actor(ActorKind.PERSON, tenant_id, asked_by, Surface.WORKER)
        with self._database.write(worker(tenant_id) if asked_by is None else person) as tx:
            run = tx.db.exec(select(Run).where(Run.id == run_id).with_for_update()).first()
            if run is None or run.started_at is not None or run.ended_at is not None:
                return
            try:
                access.require(tx, *ADMINISTER)
                roster.write_down(tx, run)
                run.started_at = self._database.clock.now()  # later than `now`: rates go by what comes from here on
            except NotAllowed:  # whoever asked may not any more: nobody is in it
                run.cancelled_at = run.started_at = tx.now
            _end_if_over(tx, run)
            tx.db.add(run)
            tx.changed(Topic.COACHING)

    @repeated
    def plan_block(self, tenant_id: int, block_id: int) -> None:
        """For the worker: propose the sessions of one block; nothing where that is done, or was cancelled."""
        with self._database.write(worker(tenant_id)) as tx:
            locked = select(RunBlock).where(RunBlock.id == block_id).with_for_update()
            block = tx.db.exec(locked).first()
            if block is None or block.done_at is not None:
                return
            agents, proposed = blocks.plan_block(tx, self._sync, block_id)
            block.done_at = tx.now
            tx.db.add(block)
            tx.db.flush()
            # Last, and as an increment: other workers wait here for no longer than the commit takes.
            tx.db.execute(
                update(Run)
                .where(col(Run.id) == block.run_id)
                .values(
                    agents_done=col(Run.agents_done) + agents,
                    proposed=col(Run.proposed) + proposed,
                    blocks_left=col(Run.blocks_left) - 1,
                )
                .execution_options(synchronize_session=False)
            )
            run = tx.db.get_one(Run, block.run_id, populate_existing=True)
            _end_if_over(tx, run)
            tx.db.add(run)
            tx.changed(Topic.COACHING)


def _drop_blocks(tx: Transaction, run_id: int) -> int:
    """Let the blocks that nobody is planning right now stay undone; how many."""
    open_ = select(RunBlock).where(RunBlock.run_id == run_id, col(RunBlock.done_at).is_(None))
    dropped = tx.db.exec(open_.with_for_update(skip_locked=True)).all()
    for block in dropped:
        block.done_at = tx.now
        tx.db.add(block)
    ids = [block.id for block in dropped]
    tx.db.execute(delete(Work).where(col(Work.kind) == WorkKind.RUN_BLOCK, col(Work.subject).in_(ids)))
    return len(ids)


def _end_if_over(tx: Transaction, run: Run) -> None:
    if run.blocks_left == 0 and run.ended_at is None and (run.started_at or run.cancelled_at) is not None:
        run.ended_at = tx.now
        tx.audit(Verb.RUN_ENDED, f"run:{run.code}", agents=run.agents_done, proposed=run.proposed)


def _coded(tx: Transaction, text: str | None, *, lock: bool = False) -> Run:
    query = select(Run).where(Run.tenant_id == tx.tenant_id)
    newest = query.order_by(col(Run.id).desc()).limit(1)
    query = newest if text is None else query.where(Run.code == codes.meant(text))
    run = tx.db.exec(query.with_for_update() if lock else query).first()
    if run is not None:
        return run
    if text is None:
        raise NotFound("no_run", "There has been no run yet.", "Start one with: pmtui coaching run")
    raise NotFound("no_run", f"There is no run {text[:20]!r}.", "See the codes with: pmtui coaching runs")


def _new_code(tx: Transaction) -> str:
    while True:
        code = codes.draw()
        if tx.db.exec(select(Run.id).where(Run.code == code)).first() is None:
            return code


def _id(run: Run) -> int:
    assert run.id is not None
    return run.id
