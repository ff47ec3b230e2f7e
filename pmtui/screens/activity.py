"""Activity: who did what, when, live; for support and administrators."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.plain import json_text
from pmtui.backend.states import Outcome, Topic, Verb
from pmtui.backend.support.moments import moment, parse_since
from pmtui.backend.support.person_words import entry_lines
from pmtui.backend.support.records import AuditRecord
from pmtui.screens.dialogs.export import ExportDialog
from pmtui.screens.dialogs.facets import Facet
from pmtui.screens.dialogs.lines import LinesDialog
from pmtui.screens.table_screen import FACETS, TableScreen
from pmtui.widgets.rows_table import Column, RowsTable

NEWEST = 2_000
"""How many entries are read at most."""
SINCE = {"1h": "the last hour", "24h": "the last day", "7d": "the last 7 days", "30d": "the last 30 days"}


class ActivityScreen(TableScreen[AuditRecord]):
    """The audit, the newest first."""

    TRAIL = ("Performance Management", "Activity")
    TOPICS = (Topic.ACTIVITY, Topic.PEOPLE)
    COMMAND = "pmtui audit"
    NOTHING = "Nothing like that was done. f and / choose what is shown."
    HELP = (
        "What was done in the organisation, by whom and when, the newest first; new entries come in while you look."
        " f chooses since when and what, / looks for names and words."
    )
    BINDINGS = bindings(
        FACETS,
        Action("activity.export", "x", "export", "export", "Write the entries shown into a file."),
    )

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[AuditRecord, ...] = ()
        self._clock = "UTC"
        self._words = ""
        self._since: str | None = None
        self._verbs: frozenset[Verb] = frozenset()

    def make_table(self) -> RowsTable[AuditRecord]:
        """The table."""
        columns: tuple[Column[AuditRecord], ...] = (
            Column(
                "When", 12 if self.app.clock24 else 14, lambda entry: moment(entry.at, self._clock, self.app.clock24)
            ),
            Column("Who", 13, lambda entry: entry.actor, most=24),
            Column("About", 16, lambda entry: entry.about if entry.about != entry.actor else "-", most=24, rank=1),
            Column("What was done", 30, lambda entry: entry.said, most=200, role=_role),
        )
        return RowsTable(columns, lambda entry: (entry.at, entry.verb, entry.actor, entry.about, entry.said))

    async def read(self) -> None:
        """The newest entries of the kinds wanted."""
        actor, verbs, since, now = self.app.actor, self._verbs, self._since, self.app.clock.now()
        self._clock = await self.app.background.call(lambda services: services.audit.clock(actor))
        start = parse_since(since, now, self._clock) if since is not None else None
        self._entries = await self.app.background.call(
            lambda services: services.audit.entries(actor, since=start, verbs=verbs, limit=NEWEST)
        )

    def choice(self) -> Callable[[], Sequence[AuditRecord]]:
        """Those with the words typed."""
        entries, typed = self._entries, self._words.casefold().split()
        return lambda: [entry for entry in entries if all(word in _text(entry) for word in typed)] if typed else entries

    def words_typed(self, words: str) -> None:
        """Names, addresses and what was done."""
        self._words = words

    def said(self) -> str:
        """How many, since when, which."""
        shown, read = len(self.table.rows), len(self._entries)
        count = f"the newest {read:,} entries" if read == NEWEST else f"{read:,} {'entry' if read == 1 else 'entries'}"
        parts = [count if shown == read else f"{shown:,} of {count}", f"times in {self._clock}"]
        parts += [SINCE[self._since]] if self._since else []
        parts += [_named(verb) for verb in Verb if verb in self._verbs]
        parts += [f'"{self._words}"'] if self._words else []
        return " · ".join(parts)

    def pane(self) -> str:
        """The entry under the cursor."""
        entry = self.table.current
        return "\n".join(entry_lines(entry, self._clock, self.app.clock24)) if entry is not None else ""

    async def action_facets(self) -> None:
        """Since when, and what."""
        entries, verbs = self._entries, self._verbs

        def facets() -> Iterator[Facet]:
            there = Counter(entry.verb for entry in entries)
            yield from (Facet("since", key, label, single=True) for key, label in SINCE.items())
            yield from (Facet("what", one, _named(one), there[one]) for one in Verb if one in there or one in verbs)

        await self.choose_facets("What is shown", facets, frozenset((*verbs, self._since)), self._chosen)

    def _chosen(self, picked: frozenset[Hashable]) -> None:
        self._verbs = frozenset(one for one in picked if isinstance(one, Verb))
        self._since = next((one for one in SINCE if one in picked), None)
        self.look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There has to be something to write."""
        if action == "export":
            return self.is_mounted and bool(self.table.rows)
        return super().check_action(action, parameters)

    @on(RowsTable.Chosen)
    def _opened(self) -> None:
        entry: AuditRecord | None = self.table.current
        if entry is not None:
            self.app.push_screen(
                LinesDialog(f"{entry.verb.value.replace('_', ' ')}", entry_lines(entry, self._clock, self.app.clock24))
            )

    def action_export(self) -> None:
        """The entries shown."""
        rows = tuple(self.table.rows)
        name = f"pmtui-activity-{self.app.clock.now():%Y%m%d-%H%M}.json"
        what = f"The {len(rows):,} entries shown, as JSON: as of pmtui audit --json."
        window = ExportDialog(what, name, lambda _: json_text(rows))
        self.app.push_screen(window, lambda said: self.app.told(said) if said else None)


def _named(verb: Verb) -> str:
    return verb.value.replace("_", " ")


def _role(entry: AuditRecord) -> str:
    return "" if entry.outcome is Outcome.OK else "error"


def _text(entry: AuditRecord) -> str:
    people = (entry.actor, entry.actor_email or "", entry.about, entry.about_email or "")
    return " ".join((*people, entry.said, _named(entry.verb))).casefold()
