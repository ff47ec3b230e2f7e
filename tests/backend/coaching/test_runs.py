"""Auto Coaching runs on both databases: who gets a session, who is passed over and why, and cancelling."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlmodel import select

from pmtui.backend.coaching import roster, skipping
from pmtui.backend.coaching.records import RuleDraft, RunAgentRecord, RunReport
from pmtui.backend.coaching.rules import Rules
from pmtui.backend.coaching.runs import Runs
from pmtui.backend.errors import Conflict, NotAllowed, NotFound
from pmtui.backend.states import (
    Comparison,
    ConnectionState,
    Origin,
    Permission,
    Priority,
    RunOutcome,
    RunState,
    SessionState,
    TeamRole,
    WorkKind,
)
from pmtui.backend.storage import work
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.coaching import Participant, Session
from pmtui.backend.storage.tables.integrations import Connection
from pmtui.backend.storage.tables.people import Person, PersonPermission
from pmtui.backend.storage.tables.rules import MetricValue
from pmtui.backend.storage.tables.runs import Run, RunAgent, RunBlock
from pmtui.backend.storage.tables.sync import Work
from pmtui.backend.storage.transaction import Transaction
from tests.backend.coaching.conftest import Floor, having

QUALITY = RuleDraft("Low quality", "quality", Comparison.BELOW, 80)


class Rig:
    """The floor with a rule; who works through what is due is the worker's loop, by hand."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.world, self.clock = floor, floor.world, floor.clock
        self.database: Database = floor.world.database
        self.rules, self.runs = Rules(self.database), Runs(self.database, floor.coaching._sync)
        self.ada = floor.world.actor("ada")
        self.rule()

    def rule(self, draft: RuleDraft = QUALITY) -> None:
        self.rules.save(self.ada, draft)

    def measured(self, who: str, value: float, metric: str = "quality", on: date = date(2027, 2, 20)) -> None:
        with self.database.write(self.world.operator) as tx:
            tx.db.add(
                MetricValue(
                    tenant_id=self.world.tenant_id,
                    person_id=self.world.id(who),
                    metric=metric,
                    measured_on=on,
                    value=value,
                )
            )

    def due(self, *kinds: WorkKind) -> int:
        """Do what is due of these kinds; how many things."""
        count = 0
        for claim in work.claim(self.database, "test", 1000, kinds):
            match claim.kind:
                case WorkKind.RUN:
                    self.runs.begin(claim.tenant_id, claim.subject)
                case WorkKind.RUN_BLOCK:
                    self.runs.plan_block(claim.tenant_id, claim.subject)
                case WorkKind.EXPIRE:
                    self.floor.coaching.expire(claim.subject)
                case _:
                    self.floor.coaching.finish_approval(claim.subject)
            work.done(self.database, claim)
            count += 1
        return count

    def run(self, *rules: str, team: str | None = None, who: str = "ada") -> RunReport:
        """A whole run, and its report."""
        asked = self.runs.ask(self.world.actor(who), rules=rules, team=team)
        self.due(WorkKind.RUN)
        self.due(WorkKind.RUN_BLOCK)
        return self.runs.report(self.world.actor(who), asked.code)

    def sessions(self) -> Sequence[Session]:
        return self.world.rows(Session)


def outcomes(report: RunReport) -> dict[str, RunOutcome | None]:
    return {one.agent: one.outcome for one in report.agents}


def only(report: RunReport) -> RunAgentRecord:
    (one,) = report.agents
    return one


@pytest.fixture
def rig(floor: Floor) -> Rig:
    return Rig(floor)


def test_a_run_holds_times_that_a_search_would_offer(rig: Rig) -> None:
    rig.measured("kim", 70)
    rig.measured("sam", 60)
    offered = rig.floor.coaching.search(rig.world.operator, "dana@acme.example", "sam@acme.example")
    report = rig.run()
    assert outcomes(report) == {"Kim": RunOutcome.NO_SLOT, "Sam": RunOutcome.PROPOSED}
    (session,) = rig.sessions()
    assert session.starts in offered.starts_at
    assert session.starts >= rig.clock.now() + timedelta(hours=24)
    assert (session.state, session.origin, session.title) == (SessionState.HELD, Origin.AUTO, "Coaching session")
    assert session.held_until == min(rig.clock.now() + timedelta(days=5), session.starts)
    assert {(row.person_id, row.role) for row in rig.world.rows(Participant)} == {
        (rig.world.id("dana"), TeamRole.COACH),
        (rig.world.id("sam"), TeamRole.AGENT),
    }


def test_the_reasons_of_an_agent_without_a_time_are_those_of_the_search(rig: Rig) -> None:
    having(rig.floor, notice="24h")  # as runs ask for
    rig.measured("kim", 70)
    one = only(rig.run())
    found = rig.floor.coaching.search(rig.world.operator, "dana@acme.example", "kim@acme.example")
    assert (found.starts_at, one.helps) == ((), found.helps)
    assert {code: count for _, code, count in one.removed} == dict(found.reasons)
    assert one.reason == "No time suits Dana and Kim."


def test_who_has_an_open_proposal_a_session_ahead_or_a_cooldown_is_passed_over(rig: Rig) -> None:
    rig.rules.save(rig.ada, RuleDraft("Other", "sales", Comparison.BELOW, 5, cooldown_days=10))
    rig.measured("sam", 1, "sales")
    first = only(rig.run())
    again = only(rig.run())
    assert (again.outcome, again.session, again.starts_at) == (
        RunOutcome.OPEN_PROPOSAL,
        first.session,
        first.starts_at,
    )
    assert again.reason.startswith(f"Session {first.session} on 2 Mar 09:00 waits")
    rig.floor.coaching.approve(rig.world.operator, first.session)
    assert only(rig.run()).outcome is RunOutcome.UPCOMING_SESSION
    rig.clock.advance(days=3)
    rig.floor.read("dana")
    kept = only(rig.run())
    assert (kept.outcome, kept.session) == (RunOutcome.COOLDOWN, first.session)
    assert kept.reason.endswith("the cooldown ends 12 Mar 09:30.")
    rig.clock.advance(days=9)
    rig.floor.read("dana")
    assert only(rig.run()).outcome is RunOutcome.PROPOSED


def test_a_session_of_another_rule_or_by_hand_keeps_nobody_out(rig: Rig) -> None:
    rig.world.session("dana", "sam", rig.clock.now() + timedelta(days=1, hours=8))
    rig.measured("sam", 60)
    assert only(rig.run()).outcome is RunOutcome.PROPOSED
    rig.rules.save(rig.ada, RuleDraft("Other", "sales", Comparison.BELOW, 5, Priority.HIGH))
    rig.measured("sam", 1, "sales")
    assert only(rig.run()).outcome is RunOutcome.PROPOSED
    starts = sorted(one.starts for one in rig.sessions())
    assert len({one.date() for one in starts}) == len(starts) == 3  # one a day for an agent


def test_a_rejected_proposal_makes_room(rig: Rig) -> None:
    rig.measured("sam", 60)
    first = only(rig.run())
    rig.floor.coaching.reject(rig.world.operator, first.session)
    assert only(rig.run()).starts_at == first.starts_at


def test_who_has_reached_the_target_is_passed_over(rig: Rig) -> None:
    rig.rules.save(rig.ada, RuleDraft("Calls", "calls", Comparison.BELOW, 50, target=(40, 30)))
    rig.measured("sam", 45, "calls")
    assert only(rig.run("Calls")).outcome is RunOutcome.TARGET_MET


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ("nobody", RunOutcome.NO_COACH),
        ("disabled", RunOutcome.COACH_DISABLED),
        ("forbidden", RunOutcome.COACH_WITHOUT_PERMISSION),
        ("unread", RunOutcome.CALENDAR_UNKNOWN),
    ],
)
def test_a_coach_who_can_not_coach_is_told_of_and_not_replaced(rig: Rig, change: str, outcome: RunOutcome) -> None:
    rig.world.agent("max", team="West" if change == "nobody" else "North", coach=None if change == "nobody" else "dana")
    rig.measured("max", 10)
    with rig.database.write(rig.world.operator) as tx:
        dana = tx.db.get_one(Person, rig.world.id("dana"))
        if change == "disabled":
            dana.disabled_at = tx.now
            tx.db.add(dana)
        elif change == "forbidden":
            tx.db.delete(tx.db.get_one(PersonPermission, (dana.id, Permission.COACH)))
        elif change == "unread":
            connection = tx.db.get_one(Connection, rig.floor.outlook)
            connection.state, connection.failing_since_at = ConnectionState.NEEDS_RECONNECTING, tx.now
            tx.db.add(connection)
    one = only(rig.run())
    assert one.outcome is outcome
    assert one.reason.endswith(".")
    assert rig.sessions() == []


def test_a_coach_is_asked_again_when_the_turn_comes(rig: Rig) -> None:
    rig.measured("sam", 60)
    asked = rig.runs.ask(rig.ada)
    rig.due(WorkKind.RUN)
    with rig.database.write(rig.world.operator) as tx:
        tx.db.delete(tx.db.get_one(PersonPermission, (rig.world.id("dana"), Permission.COACH)))
    rig.due(WorkKind.RUN_BLOCK)
    assert only(rig.runs.report(rig.ada, asked.code)).outcome is RunOutcome.COACH_WITHOUT_PERMISSION


def test_scarce_time_goes_by_priority_then_the_day_it_is_due_then_the_miss(rig: Rig) -> None:
    having(rig.floor, coach_sessions_a_day="1", look_ahead="2")
    rig.rules.save(rig.ada, RuleDraft("Sales", "sales", Comparison.BELOW, 5, Priority.HIGH))
    for who in ("ann", "bob", "cem"):
        rig.world.agent(who, coach="dana")
    rig.measured("ann", 4, "sales")
    rig.measured("bob", 10)
    rig.measured("cem", 70, on=date(2027, 2, 19))
    report = rig.run()
    assert outcomes(report) == {
        "Ann": RunOutcome.PROPOSED,
        "Cem": RunOutcome.PROPOSED,
        "Bob": RunOutcome.TAKEN_BY_OTHERS,
    }
    assert [one.agent for one in report.agents] == ["Ann", "Cem", "Bob"]
    missed = report.agents[-1]
    assert missed.reason.startswith("Dana has enough sessions on every day that would suit: ")
    assert all(name in missed.reason for name in ("Ann (Tue 2 Mar", "Cem (Wed 3 Mar"))


def test_who_is_coach_and_agent_is_never_in_two_places(rig: Rig) -> None:
    rig.world.agent("ann", coach="lee")
    with rig.database.write(rig.world.operator) as tx:
        lee = tx.db.get_one(Person, rig.world.id("lee"))
        lee.coach_id = rig.world.id("dana")
        tx.db.add(lee)
    rig.measured("ann", 10)
    rig.measured("lee", 20)
    assert set(outcomes(rig.run()).values()) == {RunOutcome.PROPOSED}
    lees = [row for row in rig.world.rows(Participant) if row.person_id == rig.world.id("lee")]
    assert len(lees) == 2
    assert lees[0].ends <= lees[1].starts or lees[1].ends <= lees[0].starts


def test_a_hold_of_a_run_ends_and_the_report_says_so(rig: Rig) -> None:
    rig.measured("sam", 60)
    proposed = only(rig.run())
    rig.clock.advance(days=5, hours=1)
    assert rig.due(WorkKind.EXPIRE) == 1
    told = only(rig.runs.report(rig.ada))
    assert (told.session, told.state) == (proposed.session, SessionState.EXPIRED)


def test_what_is_approved_at_once_is_booked_where_facts_are_fresh_and_else_waits(rig: Rig) -> None:
    having(rig.floor, approve_at_once="yes")
    rig.measured("sam", 60)
    rig.run()
    rig.due(WorkKind.APPROVE)
    (session,) = rig.sessions()
    assert session.state is SessionState.SCHEDULED
    rig.clock.advance(minutes=10)  # too old to book on, not to propose
    rig.measured("far", 60)
    with rig.database.write(rig.world.operator) as tx:
        far = tx.db.get_one(Person, rig.world.id("far"))
        far.coach_id = rig.world.id("dana")
        tx.db.add(far)
    rig.run()
    rig.due(WorkKind.APPROVE)
    states = {one.agent: one.state for one in rig.runs.report(rig.ada).agents}
    assert states["Far"] is SessionState.APPROVING
    reads = [row.subject for row in rig.world.rows(Work) if row.kind is WorkKind.READ]
    assert rig.floor.outlook in reads


def test_a_cancelled_run_keeps_what_is_proposed_and_tells_of_the_rest(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "COACHES_A_BLOCK", 1)
    rig.world.agent("max", coach="lee")
    rig.measured("sam", 60)
    rig.measured("max", 60)
    asked = rig.runs.ask(rig.ada)
    assert asked.state is RunState.WAITING
    rig.due(WorkKind.RUN)
    (claim, *_) = work.claim(rig.database, "test", 1, (WorkKind.RUN_BLOCK,))
    rig.runs.plan_block(claim.tenant_id, claim.subject)
    running = rig.runs.run(rig.ada, asked.code)
    assert (running.state, running.done, running.agents, running.proposed) == (RunState.RUNNING, 1, 2, 1)
    assert rig.runs.outcomes(rig.ada) == ((RunOutcome.PROPOSED, 1),)
    assert rig.runs.cancel(rig.ada, asked.code).state is RunState.CANCELLED
    assert rig.due(WorkKind.RUN_BLOCK) == 0
    report = rig.runs.report(rig.ada, asked.code)
    assert sorted(outcomes(report).values(), key=str) == [RunOutcome.NOT_PLANNED, RunOutcome.PROPOSED]
    assert rig.runs.outcomes(rig.ada) == report.outcomes == ((RunOutcome.PROPOSED, 1), (RunOutcome.NOT_PLANNED, 1))
    assert [one.state for one in rig.sessions()] == [SessionState.HELD]
    with pytest.raises(Conflict) as error:
        rig.runs.cancel(rig.ada, asked.code)
    assert error.value.code == "run_over"


def test_the_rate_of_a_run_counts_from_when_it_is_known_who_is_in_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    write_down = roster.write_down

    def slowly(tx: Transaction, run: Run) -> None:
        write_down(tx, run)
        rig.clock.advance(seconds=30)

    monkeypatch.setattr(roster, "write_down", slowly)
    monkeypatch.setattr(roster, "COACHES_A_BLOCK", 1)
    rig.world.agent("max", coach="lee")
    rig.measured("sam", 60)
    rig.measured("max", 60)
    rig.runs.ask(rig.ada)
    rig.due(WorkKind.RUN)
    (claim, *_) = work.claim(rig.database, "test", 1, (WorkKind.RUN_BLOCK,))
    rig.runs.plan_block(claim.tenant_id, claim.subject)
    rig.clock.advance(seconds=2)
    going = rig.runs.run(rig.ada)
    assert (going.per_second, going.seconds_left) == (0.5, 2)


def test_a_run_cancelled_before_it_began_never_begins(rig: Rig) -> None:
    rig.measured("sam", 60)
    asked = rig.runs.ask(rig.ada)
    rig.runs.cancel(rig.ada, asked.code)
    rig.runs.begin(rig.world.tenant_id, 1)
    rig.due(WorkKind.RUN, WorkKind.RUN_BLOCK)
    assert rig.runs.report(rig.ada).agents == ()
    assert rig.world.rows(RunAgent) == []


def test_a_block_planned_twice_proposes_once(rig: Rig) -> None:
    rig.measured("sam", 60)
    rig.run()
    (block,) = rig.world.rows(RunBlock)
    before = rig.runs.run(rig.ada)
    rig.runs.plan_block(rig.world.tenant_id, block.id or 0)
    assert rig.runs.run(rig.ada) == before
    assert len(rig.sessions()) == 1


def test_a_run_keeps_to_the_scope_of_who_asked(rig: Rig) -> None:
    rig.world.person("nora", (Permission.ADMIN_ESSENTIALS,), team=None)
    rig.world.scope("nora", team="South")
    rig.world.agent("max", team="South", coach="dana")
    rig.measured("sam", 60)
    rig.measured("far", 60)
    rig.measured("max", 60)
    report = rig.run(who="nora")
    assert outcomes(report) == {"Far": RunOutcome.NO_COACH, "Max": RunOutcome.COACH_OUT_OF_SCOPE}
    assert set(outcomes(rig.run())) == {"Sam", "Far", "Max"}
    assert set(outcomes(rig.runs.report(rig.world.actor("nora")))) == {"Far", "Max"}
    assert sum(count for _, count in rig.runs.outcomes(rig.world.actor("nora"))) == 2
    with pytest.raises(NotAllowed):
        rig.runs.report(rig.world.actor("nora"), agent="sam@acme.example")
    asked = rig.runs.ask(rig.ada)
    with pytest.raises(NotAllowed) as error:
        rig.runs.cancel(rig.world.actor("nora"), asked.code)
    assert error.value.code == "not_your_run"


@pytest.mark.parametrize("who", ["dana", "pat", "sue", "kim"])
def test_only_administrators_run_and_read_runs(rig: Rig, who: str) -> None:
    asked = rig.runs.ask(rig.ada)
    actor = rig.world.actor(who)
    for call in (
        lambda: rig.runs.ask(actor),
        lambda: rig.runs.run(actor),
        lambda: rig.runs.list(actor),
        lambda: rig.runs.report(actor),
        lambda: rig.runs.outcomes(actor),
        lambda: rig.runs.cancel(actor, asked.code),
    ):
        with pytest.raises(NotAllowed):
            call()


def test_who_may_not_any_more_when_the_run_begins_runs_nothing(rig: Rig) -> None:
    rig.measured("sam", 60)
    asked = rig.runs.ask(rig.ada)
    with rig.database.write(rig.world.operator) as tx:
        tx.db.delete(tx.db.get_one(PersonPermission, (rig.world.id("ada"), Permission.ADMIN_ESSENTIALS)))
    rig.due(WorkKind.RUN, WorkKind.RUN_BLOCK)
    assert rig.runs.run(rig.world.operator, asked.code).state is RunState.CANCELLED
    assert rig.sessions() == []


def test_a_run_can_be_for_some_rules_and_a_team(rig: Rig) -> None:
    rig.rules.save(rig.ada, RuleDraft("Sales", "sales", Comparison.BELOW, 5))
    rig.measured("sam", 60)
    rig.measured("far", 1, "sales")
    assert set(outcomes(rig.run("Sales"))) == {"Far"}
    assert set(outcomes(rig.run(team="North"))) == {"Sam"}
    with pytest.raises(NotFound):
        rig.run("Nothing")
    with pytest.raises(NotFound):
        rig.run(team="Nowhere")


def test_a_rule_removed_before_the_turn_comes_is_told_of(rig: Rig) -> None:
    rig.measured("sam", 60)
    asked = rig.runs.ask(rig.ada)
    rig.due(WorkKind.RUN)
    rig.rules.remove(rig.ada, "Low quality")
    rig.due(WorkKind.RUN_BLOCK)
    assert only(rig.runs.report(rig.ada, asked.code)).outcome is RunOutcome.RULE_GONE


def test_a_rule_removed_while_its_agents_are_read_is_told_of_too(rig: Rig) -> None:
    rig.measured("sam", 60)
    rig.runs.ask(rig.ada)
    rig.due(WorkKind.RUN)
    with rig.world.database.read(rig.world.operator) as tx:
        rows = tx.db.exec(select(RunAgent)).all()
        people = {row.agent_id: tx.db.get_one(Person, row.agent_id) for row in rows}
        assert [one.outcome for one in skipping.passed_over(tx, rows, people, {}).values()] == [RunOutcome.RULE_GONE]


def test_unknown_runs_and_agents_are_not_found(rig: Rig) -> None:
    for call in (lambda: rig.runs.run(rig.ada), lambda: rig.runs.report(rig.ada, "a\0b")):
        with pytest.raises(NotFound):
            call()
    rig.runs.ask(rig.ada)
    rig.due(WorkKind.RUN)
    with pytest.raises(NotFound) as error:
        rig.runs.report(rig.ada, agent="sam@acme.example")
    assert error.value.code == "not_in_run"
    assert rig.runs.run(rig.ada).state is RunState.DONE


def test_nobody_reaches_the_runs_of_another_tenant(rig: Rig) -> None:
    asked = rig.runs.ask(rig.ada)
    other = type(rig.world)(rig.database, rig.clock, subdomain="other")
    for call in (rig.runs.run, rig.runs.report, rig.runs.cancel):
        with pytest.raises(NotFound):
            call(other.operator, asked.code)
