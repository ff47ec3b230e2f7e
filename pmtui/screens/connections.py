"""Connections: who is connected, who is not and why, live; for support and administrators."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.plain import json_text
from pmtui.backend.states import Provider
from pmtui.backend.support import page_words, person_words, words
from pmtui.backend.support.choosing import chosen
from pmtui.backend.support.records import ConnectionsPage, Filter, PersonRecord, Sort, Standing
from pmtui.screens.dialogs.connection import ON_A_PERSON, TOPICS, ConnectionDialog, export_person, history
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.facets import Facet
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.dialogs.why_no_slots import WhyNoSlotsDialog
from pmtui.screens.table_screen import FACETS, SORT, TableScreen
from pmtui.widgets.connections_table import ConnectionsTable, state_words
from pmtui.widgets.rows_table import RowsTable

SORTS = {
    Sort.STATE: "the worst first",
    Sort.NAME: "by name",
    Sort.PROVIDER: "by calendar",
    Sort.READ: "the longest unread first",
    Sort.HOURS: "the fewest hours first",
    Sort.SESSIONS: "the most sessions first",
    Sort.UNDELIVERED: "the most undelivered first",
}


class ConnectionsScreen(TableScreen[PersonRecord]):
    """Everybody who has or may have a calendar connected."""

    TRAIL = ("Performance Management", "Connections")
    TOPICS = TOPICS
    COMMAND = "pmtui connections"
    NOTHING = "Nobody is like that. f and / choose who is shown."
    HELP = (
        "Who is connected, who is not, and why; it changes while you look. What a calendar holds is never shown: only"
        " whether it can be read."
    )
    BINDINGS = bindings(
        *ON_A_PERSON,
        FACETS,
        SORT,
        Action("connections.agents", "a", "agents", "agents", "Show agents with their WFM schedules as well, or not."),
        Action("connections.overview", "i", "overview", "alarms", "Alarms, and how it goes with each provider."),
        Action("connections.export", "X", "export_all", "export all", "Write everybody shown into a file.", False),
    )

    def __init__(self) -> None:
        super().__init__()
        self.page: ConnectionsPage | None = None
        self.wanted = Filter(agents=False)

    def make_table(self) -> RowsTable[PersonRecord]:
        """The table."""
        return ConnectionsTable()

    # What is shown

    async def read(self) -> None:
        """Everybody in scope; the screen narrows what it has read."""
        actor, wanted = self.app.actor, Filter(agents=self.wanted.agents)
        self.page = await self.app.background.call(lambda services: services.connections.page(actor, wanted))

    def choice(self) -> Callable[[], Sequence[PersonRecord]]:
        """Those wanted, in order."""
        page, wanted = self.page, self.wanted
        if isinstance(self.table, ConnectionsTable) and page is not None:
            self.table.now = page.now
        return lambda: chosen(page.people, wanted) if page is not None else ()

    def kind(self) -> Hashable:
        """Who has no calendar can't be read."""
        person = self.table.current
        return person and (person.provider is not None)

    def words_typed(self, words: str) -> None:
        """Name, address or account."""
        self.wanted = replace(self.wanted, search=words)

    def said(self) -> str:
        """How many of how many, which, in which order."""
        page, wanted = self.page, self.wanted
        if page is None:
            return "Reading ..."
        total, shown = len(page.people), len(self.table.rows)
        people = ("person" if total == 1 else "people") if wanted.agents else ("coach" if total == 1 else "coaches")
        parts = [f"{total:,} {people}" if shown == total else f"{shown:,} of {total:,} {people}", SORTS[wanted.sort]]
        parts += [words.LABELS[state] for state in Standing if state in wanted.states]
        parts += [provider.label for provider in Provider if provider in wanted.providers]
        parts += [wanted.team] if wanted.team else []
        parts += [f'"{wanted.search}"'] if wanted.search else []
        return " · ".join(parts)

    def noticed(self) -> str:
        """The first alarm, and how many more."""
        alarms = self.page.alarms if self.page is not None else ()
        if not alarms:
            return ""
        more = f" (and {len(alarms) - 1} more)" if len(alarms) > 1 else ""
        return f"! {alarms[0].said}{more}  i: what to do"

    def pane(self) -> str:
        """What the list tells of the person."""
        person, page = self.table.current, self.page
        if person is None or page is None:
            return ""
        about = person_words.about(person, page.now, page.timezone, self.app.clock24)
        return "\n".join((person.name, person.email, state_words(person), *about))

    async def read_pane(self) -> str:
        """The same with events and history."""
        person, actor = self.table.current, self.app.actor
        if person is None:
            return ""
        email = person.email
        detail = await self.app.background.call(lambda services: services.connections.person(actor, email))
        told = person_words.whole(detail, self.app.clock24)
        return "\n".join((person.name, email, state_words(detail.person), *told, *history(detail, self.app.clock24)))

    # Which rows

    def action_sort(self) -> None:
        """The next order."""
        orders = list(SORTS)
        self.wanted = replace(self.wanted, sort=orders[(orders.index(self.wanted.sort) + 1) % len(orders)])
        self.rearrange()

    def action_agents(self) -> None:
        """Coaches only, or agents too."""
        self.wanted = replace(self.wanted, agents=not self.wanted.agents)
        self.look()

    async def action_facets(self) -> None:
        """States, calendars and a team."""
        people = self.page.people if self.page is not None else ()
        picked: frozenset[Hashable] = frozenset((*self.wanted.states, *self.wanted.providers, self.wanted.team))
        await self.choose_facets("Who is shown", lambda: _facets(people), picked, self._chosen_facets)

    def _chosen_facets(self, picked: frozenset[Hashable]) -> None:
        self.wanted = replace(
            self.wanted,
            states=frozenset(one for one in picked if isinstance(one, Standing)),
            providers=frozenset(one for one in picked if isinstance(one, Provider)),
            team=next((str(one) for one in picked if type(one) is str), None),
        )

    # What is done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys exist for what can be done about the person under the cursor."""
        person = self.table.current if self.is_mounted else None
        if action in ("why", "export"):
            return person is not None
        if action == "test":
            return person is not None and person.provider is not None
        return super().check_action(action, parameters)

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        if self.table.current is not None:
            self.app.push_screen(ConnectionDialog(self.table.current))

    def action_test(self) -> None:
        """Read the calendar now."""
        if self.table.current is not None:
            self.app.push_screen(ConnectionDialog(self.table.current, test=True))

    def action_why(self) -> None:
        """Why there are no times with somebody."""
        if self.table.current is not None:
            self.app.push_screen(WhyNoSlotsDialog(self.table.current))

    def action_export(self) -> None:
        """One person, whole."""
        if self.table.current is not None:
            export_person(self.app, self.table.current)

    def action_export_all(self) -> None:
        """Everybody shown, without histories."""
        actor, wanted = self.app.actor, self.wanted
        what = f"The {len(self.table.rows):,} people shown, alarms and figures: JSON as of pmtui connections --json."
        name = f"pmtui-connections-{self.app.clock.now():%Y%m%d-%H%M}.json"
        window = ExportDialog(what, name, lambda services: json_text(services.connections.page(actor, wanted)))
        self.app.push_screen(window, lambda said: self.app.told(said) if said else None)

    def action_overview(self) -> None:
        """Alarms, approval and figures."""
        if self.page is not None:
            figures = tuple(page_words.figures(self.page, self.app.clock24)) or (
                "No provider was asked anything in the last day.",
            )
            text = "\n\n".join((*page_words.summary(self.page, self.app.clock24), *figures))
            self.app.push_screen(LinesDialog("How it goes", (text,)))


def _facets(people: Sequence[PersonRecord]) -> Iterator[Facet]:
    """What these people can be chosen by."""
    states = Counter(person.state for person in people)
    providers = Counter(person.provider for person in people)
    teams = Counter(team for person in people for team in person.teams)
    yield from (Facet("state", one, words.LABELS[one], states[one]) for one in Standing if one in states)
    yield from (Facet("calendar", one, one.label, providers[one]) for one in Provider if one in providers)
    yield from (Facet("team", team, team, count, single=True) for team, count in sorted(teams.items()))
