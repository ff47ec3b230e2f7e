"""Settings: what the organisation has set for sessions and calendars; for administrators."""

from collections.abc import Callable, Sequence

from textual import on

from pmtui.actions import Action, bindings
from pmtui.backend.integrations.records import WfmServiceRecord
from pmtui.backend.integrations.words import WFM_STORED, WFM_WORKS, wfm_service_state
from pmtui.backend.settings.records import SettingRecord
from pmtui.backend.states import Topic
from pmtui.screens.dialogs.setting import SettingDialog
from pmtui.screens.dialogs.wfm_service import WfmServiceDialog
from pmtui.screens.table_screen import TableScreen
from pmtui.widgets.rows_table import Column, RowsTable

NONE = "none"
WFM = "wfm"
WFM_IS = "the WFM's address, and the token it is reached with"
_WITHOUT_DEFAULT = frozenset({"timezone", WFM})


class SettingsScreen(TableScreen[SettingRecord]):
    """Every setting in force. Enter changes the one under the cursor."""

    TRAIL = ("Performance Management", "Settings", "Coaching")
    TOPICS = (Topic.COACHING, Topic.INTEGRATIONS)
    COMMAND = "pmtui settings show"
    NOTHING = "No setting has these words."
    HELP = "What the organisation has set; a change counts from now on, and is noted in Activity."
    BINDINGS = bindings(Action("settings.change", "e", "change", "change", "Type another value for this setting."))

    def __init__(self) -> None:
        super().__init__()
        self._settings: tuple[SettingRecord, ...] = ()
        self._wfm: WfmServiceRecord | None = None
        self._words = ""

    def make_table(self) -> RowsTable[SettingRecord]:
        """The table."""
        columns: tuple[Column[SettingRecord], ...] = (
            Column("Setting", 21, lambda one: one.name),
            Column("Value", 15, lambda one: one.value or NONE, most=30, role=_role),
            Column("What it is", 38, lambda one: one.what, most=80, rank=1),
            Column("By default", 10, lambda one: _default(one), rank=2),
        )
        return RowsTable(columns, lambda one: one.name)

    async def read(self) -> None:
        """Every setting."""
        actor = self.app.actor
        call = self.app.background.call
        self._settings = await call(lambda services: services.settings.show(actor))
        self._wfm = await call(lambda services: services.integrations.wfm_service(actor))

    def choice(self) -> Callable[[], Sequence[SettingRecord]]:
        """Those with the words typed."""
        state = wfm_service_state(self._wfm) if self._wfm is not None else ""
        settings = (*self._settings, SettingRecord(WFM, state, "", WFM_IS)) if self._settings else ()
        typed = self._words.casefold().split()
        return lambda: [one for one in settings if all(word in f"{one.name} {one.what}".casefold() for word in typed)]

    def words_typed(self, words: str) -> None:
        """Names and what they mean."""
        self._words = words

    def said(self) -> str:
        """How many are not as in a new organisation; where there is no pane, what the one under the cursor is."""
        one: SettingRecord | None = self.table.current
        if one is not None and not self.query_one("#detail").display:
            return f"{one.what[:1].upper()}{one.what[1:]}."
        changed = sum(_changed(one) for one in self._settings)
        return f"In the whole organisation · {changed} not as in a new one" if self._settings else "Reading ..."

    def pane(self) -> str:
        """The setting under the cursor."""
        one = self.table.current
        if one is None:
            return ""
        default = f"\nBy default  {_default(one)}" if _default(one) else ""
        address = f"\n\nIt is reached at\n{self._wfm.url}" if one.name == WFM and self._wfm is not None else ""
        return f"{one.name}\n{one.what}\n\nNow         {one.value or NONE}{default}{address}"

    @on(RowsTable.Moved)
    def _told(self) -> None:
        self.draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There has to be a setting under the cursor."""
        if action == "change":
            return self.is_mounted and bool(self.table.rows)
        return super().check_action(action, parameters)

    @on(RowsTable.Chosen)
    def action_change(self) -> None:
        """Type another value."""
        one: SettingRecord | None = self.table.current
        if one is None:
            return
        if one.name == WFM:
            self.app.push_screen(WfmServiceDialog(self._wfm), self._stored)
        else:
            self.app.push_screen(SettingDialog(one), self._saved)

    def _stored(self, stored: bool | None) -> None:
        if stored:
            self.app.told(WFM_STORED)
            self.look()

    def _saved(self, settings: tuple[SettingRecord, ...] | None) -> None:
        if settings is not None:
            self._settings = settings
            self.rearrange()
            self.app.told("Saved.")


def _changed(one: SettingRecord) -> bool:
    return one.name not in _WITHOUT_DEFAULT and one.value != one.default


def _default(one: SettingRecord) -> str:
    return "" if one.name in _WITHOUT_DEFAULT else one.default or NONE


def _role(one: SettingRecord) -> str:
    return "warning" if _changed(one) or (one.name == WFM and one.value not in ("", WFM_WORKS)) else ""
