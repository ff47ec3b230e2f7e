"""Planning one block of a run: some coaches with all their agents, loaded, searched, placed and written together."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import col, select

from pmtui.backend.coaching import offering, skipping
from pmtui.backend.coaching.holding import Held, hold_all
from pmtui.backend.coaching.objections import unreadable
from pmtui.backend.coaching.outcomes import Result, Why
from pmtui.backend.coaching.pair import Pair, Side
from pmtui.backend.coaching.staffing import figures
from pmtui.backend.coaching.who import identity
from pmtui.backend.people import access
from pmtui.backend.settings.records import Settings
from pmtui.backend.settings.service import settings_of
from pmtui.backend.slots import planning
from pmtui.backend.slots.demands import Demand, coach_room
from pmtui.backend.slots.people import Person as Masks
from pmtui.backend.slots.people import paired, person
from pmtui.backend.slots.ranking import wishes
from pmtui.backend.slots.search import offered, solve
from pmtui.backend.slots.values import PartyName, Search, Staffing, to_minute
from pmtui.backend.states import RunOutcome, TeamRole
from pmtui.backend.storage.among import among
from pmtui.backend.storage.tables.people import Person
from pmtui.backend.storage.tables.rules import Rule
from pmtui.backend.storage.tables.runs import RunAgent
from pmtui.backend.storage.transaction import Transaction
from pmtui.backend.sync import facts
from pmtui.backend.sync.facts import Gathered
from pmtui.backend.sync.service import Sync


@dataclass(slots=True)
class Loaded:
    """Everything a block needs, read in a handful of queries. `results` fills up, by agent id."""

    agents: Mapping[int, Sequence[RunAgent]]
    """Those still to be planned, by coach."""
    people: Mapping[int, Person]
    rules: Mapping[int, Rule]
    gathered: Gathered
    settings: Settings
    tenant_zone: str
    staffing: Mapping[int, tuple[Staffing, ...]]
    results: dict[int, Result]
    placed: dict[int, list[tuple[TeamRole, tuple[int, int]]]]
    """The sessions placed so far of whoever is planned for again, in which role and from when to when, by person."""

    def side(self, person_id: int) -> Side:
        """One of the people, with the sessions placed so far."""
        facts = self.gathered.of(person_id)
        for role, taken in self.placed.get(person_id, ()):
            party = facts.party
            if role is TeamRole.COACH:
                party = replace(party, sessions=(*party.sessions, taken))
            else:
                party = replace(party, elsewhere=(*party.elsewhere, taken))
            facts = replace(facts, party=party)
        return Side(self.people[person_id], facts)

    def pair(self, coach: Side, agent: RunAgent) -> Pair:
        """Coach and agent as a search by hand has them, with the notice of runs."""
        staffing = self.staffing.get(agent.agent_id)
        return Pair(coach, self.side(agent.agent_id), self.tenant_zone, self.settings, staffing)

    def minutes(self, agent: RunAgent) -> int:
        """How long the agent's session is to be."""
        return self.rules[agent.rule_id or 0].minutes or self.settings.session_minutes

    def days(self, agent: RunAgent) -> int:
        """How many days of the coach are looked at."""
        wished = self.rules[agent.rule_id or 0].look_ahead_days
        return self.settings.look_ahead_days if wished is None else wished


@dataclass(frozen=True, slots=True)
class Wanted:
    """One agent with the search that is theirs, and the starts it offers."""

    agent: RunAgent
    pair: Pair
    search: Search
    demand: Demand


def plan_block(tx: Transaction, sync: Sync, block_id: int) -> tuple[int, int]:
    """Plan and write a block, whose row the caller has locked; how many agents there were, how many sessions.

    Whoever's session meets the database's own guard gets another time on facts read again, or is told why not.
    """
    rows = _rows(tx, block_id)
    proposed, clashed = write(tx, _planned(tx, sync, rows), rows)
    if clashed:
        more, _ = write(tx, _planned(tx, sync, clashed), clashed)
        proposed += more
    return len(rows), proposed


def _planned(tx: Transaction, sync: Sync, rows: Sequence[RunAgent]) -> Loaded:
    loaded = load(tx, sync, rows)
    without = [one for agents in loaded.agents.values() for one in plan_coach(tx, loaded, agents)]
    explain(tx, sync, loaded, without)
    return loaded


def load(tx: Transaction, sync: Sync, rows: Sequence[RunAgent]) -> Loaded:
    """Lock the people of these agents of a run, and read what is known of whoever is not passed over."""
    ids = {row.agent_id for row in rows} | {row.coach_id for row in rows if row.coach_id is not None}
    tx.lock_people(*ids)
    people = {identity(one): one for one in tx.db.exec(select(Person).where(among(Person.id, ids))).all()}
    rules = {row.id or 0: row for row in tx.db.exec(select(Rule).where(Rule.tenant_id == tx.tenant_id)).all()}
    results = skipping.passed_over(tx, rows, people, rules)
    left: dict[int, list[RunAgent]] = defaultdict(list)
    for row in rows:
        if row.agent_id not in results and row.coach_id is not None:
            left[row.coach_id].append(row)
    settings = settings_of(tx)
    settings = replace(settings, notice_minutes=settings.run_notice_minutes)
    needed = {*left, *(row.agent_id for some in left.values() for row in some)}
    window = offering.window(to_minute(tx.now), _furthest(rules, settings))
    gathered = sync.gathered(tx, needed, window, facts.PROPOSING)
    staffing = figures(tx, [row.agent_id for some in left.values() for row in some], window)
    return Loaded(left, people, rules, gathered, settings, access.tenant(tx).timezone, staffing, results, {})


def plan_coach(tx: Transaction, loaded: Loaded, agents: Sequence[RunAgent]) -> list[Wanted]:
    """Place the sessions of one coach. Returns those to whom no start can be offered at all."""
    found = list(search(tx, loaded, agents))
    wanted = [one for one in found if one.demand.starts]
    if wanted:
        _place(loaded, wanted)
    return [one for one in found if not one.demand.starts]


def explain(tx: Transaction, sync: Sync, loaded: Loaded, without: Sequence[Wanted]) -> None:
    """Say why there is nothing to offer, and what would help: further ahead than was searched, if need be."""
    if not without:
        return
    ids = {side.facts.person_id for one in without for side in one.pair.sides}
    gathered = sync.gathered(tx, ids, offering.widest(to_minute(tx.now)), facts.PROPOSING)
    for one in without:
        coach, agent = (replace(side, facts=gathered.of(side.facts.person_id)) for side in one.pair.sides)
        loaded.results[one.agent.agent_id] = _without(tx, replace(one.pair, coach=coach, agent=agent), one.search)


def _place(loaded: Loaded, wanted: Sequence[Wanted]) -> None:
    widest = max(wanted, key=lambda one: one.search.window[1])
    planned = planning.plan(coach_room(widest.search, widest.pair.parties[0]), [one.demand for one in wanted])
    names = {one.demand.key: one.pair.agent.person.name for one in wanted}
    by_key = {one.demand.key: one for one in wanted}
    for key, start in planned.placed.items():
        one = by_key[key]
        loaded.results[one.agent.agent_id] = Result(RunOutcome.PROPOSED, start=start)
        _occupy(loaded, one, start)
    for missed in planned.unplaced:
        others = tuple((names[other], planned.placed[other]) for other in missed.others)
        why = Why(others=others, limit=missed.limit)
        loaded.results[by_key[missed.key].agent.agent_id] = Result(RunOutcome.TAKEN_BY_OTHERS, why)


def search(tx: Transaction, loaded: Loaded, agents: Sequence[RunAgent]) -> Iterator[Wanted]:
    """The starts to offer to each agent, by the function that offers and books by hand."""
    searches: dict[tuple[int, int], tuple[Search, Masks]] = {}
    side = loaded.side(agents[0].coach_id or 0)
    for agent in agents:
        pair = loaded.pair(side, agent)
        wished = loaded.minutes(agent), loaded.days(agent)
        if wished not in searches:
            first = offering.search_for(tx, pair, *wished)
            searches[wished] = first, person(first, PartyName.COACH, pair.parties[0])
        first, coach = searches[wished]
        found = replace(first, staffing=pair.staffing)
        two = paired(found, coach, person(found, PartyName.AGENT, pair.parties[1]))
        starts = offered(found, two, pair.clock)
        demand = Demand(
            key=str(agent.agent_id),
            priority=agent.priority,
            minutes=wished[0],
            starts=starts,
            due=agent.due,
            miss=agent.miss,
            name=pair.agent.person.name,
            wishes=wishes(found, *pair.parties, starts) if starts else (),
        )
        yield Wanted(agent, pair, found, demand)


def write(tx: Transaction, loaded: Loaded, rows: Sequence[RunAgent]) -> tuple[int, list[RunAgent]]:
    """Hold the sessions and store what came of everybody; how many could be held, and whose met the guard."""
    held = []
    for row in rows:
        result = loaded.results[row.agent_id]
        if result.start is not None and row.coach_id is not None:
            title = loaded.rules[row.rule_id or 0].title
            held.append(Held(row.coach_id, row.agent_id, result.start, loaded.minutes(row), title))
    sessions = hold_all(tx, held, loaded.settings)
    missed = {one.agent_id for one in held} - sessions.keys()
    for agent_id in missed:
        loaded.results[agent_id] = Result(RunOutcome.TAKEN_BY_OTHERS)
    skipping.store(tx, rows, loaded.results, sessions)
    return len(sessions), [row for row in rows if row.agent_id in missed]


def _rows(tx: Transaction, block_id: int) -> Sequence[RunAgent]:
    found = select(RunAgent).where(RunAgent.tenant_id == tx.tenant_id, RunAgent.block_id == block_id)
    return tx.db.exec(found.order_by(col(RunAgent.coach_id), col(RunAgent.agent_id))).all()


def _furthest(rules: Mapping[int, Rule], settings: Settings) -> int:
    return max([settings.look_ahead_days, *(rule.look_ahead_days or 0 for rule in rules.values())])


def _occupy(loaded: Loaded, one: Wanted, start: int) -> None:
    """Let the coaches planned after this one see the session, where one of its people is among them."""
    taken = (start, start + one.search.minutes)
    for role, side in zip((TeamRole.COACH, TeamRole.AGENT), one.pair.sides, strict=True):
        loaded.placed.setdefault(side.facts.person_id, []).append((role, taken))


def _without(tx: Transaction, pair: Pair, search: Search) -> Result:
    unknown = tuple(unreadable(tx, side, pair.clock) for side in pair.sides if side.unknown)
    if unknown:
        return Result(RunOutcome.CALENDAR_UNKNOWN, Why(unknown=unknown))
    removed = solve(search, *pair.parties).removed
    return Result(RunOutcome.NO_SLOT, Why(removed=removed, helps=offering.helps(tx, pair, search)))
