"""Who is in a run, and with which coach: written down once, when the run begins."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlmodel import col, select

from pmtui.backend.coaching import assigned
from pmtui.backend.coaching.calls import Call, calls
from pmtui.backend.coaching.matching import reached
from pmtui.backend.settings.service import settings_of
from pmtui.backend.states import RunOutcome, WorkKind
from pmtui.backend.storage.staging import insert_all
from pmtui.backend.storage.tables.people import Team, TeamMember
from pmtui.backend.storage.tables.runs import Run, RunAgent, RunBlock
from pmtui.backend.storage.transaction import Transaction

COACHES_A_BLOCK = 50
"""How many coaches are planned in one transaction, with all their agents."""

_ROWS = 20_000  # written at a time
_AGENT = RunAgent.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it


def write_down(tx: Transaction, run: Run) -> None:
    """Write the run's agents and blocks, and have the worker plan them. The actor's scope is the run's."""
    wanted = frozenset(json.loads(run.rules))
    found = [call for call in calls(tx) if not wanted or call.rule.name in wanted]
    if run.team:
        members = select(TeamMember.person_id).join(Team, col(Team.id) == TeamMember.team_id)
        inside = frozenset(tx.db.exec(members.where(Team.tenant_id == tx.tenant_id, Team.name == run.team)).all())
        found = [call for call in found if call.agent_id in inside]
    coaches = assigned.coaches(tx)
    look_ahead = settings_of(tx).look_ahead_days
    rows = [_row(run, call, coaches, look_ahead) for call in found]
    blocks = _blocks(tx, run, rows)
    for first in range(0, len(rows), _ROWS):
        insert_all(tx, _AGENT, rows[first : first + _ROWS])
    for block_id in blocks:
        tx.look_at(WorkKind.RUN_BLOCK, block_id)
    run.agents, run.agents_done = len(rows), sum(row["outcome"] is not None for row in rows)
    run.blocks_left = len(blocks)


def _row(run: Run, call: Call, coaches: assigned.Coaches, look_ahead: int) -> dict[str, Any]:
    rule, match, coach_id = call.rule, call.match, coaches.of(call.agent_id, call.coach_id)
    met = rule.target_value is not None and reached(rule.comparison, match.value, rule.target_value)
    within = rule.target_days or rule.look_ahead_days or look_ahead
    return {
        "tenant_id": run.tenant_id,
        "run_id": run.id,
        "agent_id": call.agent_id,
        "block_id": None,
        "coach_id": coach_id,
        "rule_id": rule.id,
        "rule": rule.name,
        "priority": rule.priority,
        "value": match.value,
        "due": match.measured_on.toordinal() + within,
        "miss": match.miss,
        "outcome": RunOutcome.TARGET_MET if met else coaches.against(coach_id),
        "session_id": None,
        "details": "",
    }


def _blocks(tx: Transaction, run: Run, rows: Iterable[dict[str, Any]]) -> list[int]:
    """Give every row that is to be planned the block of its coach; the blocks' ids."""
    of_coach: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["outcome"] is None:
            of_coach[row["coach_id"]].append(row)
    ids: list[int] = []
    for some in _some(sorted(of_coach), COACHES_A_BLOCK):
        block = RunBlock(tenant_id=tx.tenant_id, run_id=run.id or 0)
        tx.db.add(block)
        tx.db.flush()
        assert block.id is not None
        ids.append(block.id)
        for coach_id in some:
            for row in of_coach[coach_id]:
                row["block_id"] = block.id
    return ids


def _some(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[first : first + size] for first in range(0, len(ids), size))
