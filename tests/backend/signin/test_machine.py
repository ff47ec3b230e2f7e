"""Every state and every event, as a table written out by hand."""

import pytest

from pmtui.backend.signin.machine import Action, Event, Step, may, step
from pmtui.backend.states import AttemptState as S

EVENTS = "link found code granted undecided decl appr foreign trouble verified refused connected withdrawn time"
ENDS = "cancel need reject"
TABLE = {
    #               link     found   code     granted  undec. ENDS trouble verified refused connected withdrawn time
    S.STARTING: "   awaiting confirm .        .        .      ENDS retry   .        fail    .         cancel    expire",
    S.AWAITING: "   .        .       exchange exchange retry  ENDS retry   .        fail    .         cancel    expire",
    S.EXCHANGING: " .        .       .        .        .      ENDS retry   confirm  fail    .         cancel    expire",
    S.CONFIRMING: " .        .       .        .        .      ENDS .       .        fail    connected cancel    expire",
    **{state: ". " * 14 for state in S if state.over},
}
LEADS_TO = {
    "awaiting": Step(S.AWAITING, Action.AWAIT),
    "exchange": Step(S.EXCHANGING, Action.EXCHANGE),
    "confirm": Step(S.CONFIRMING, Action.ASK),
    "connected": Step(S.CONNECTED, Action.FINISH),
    "cancel": Step(S.CANCELLED, Action.FINISH),
    "need": Step(S.NEEDS_APPROVAL, Action.FINISH),
    "reject": Step(S.REJECTED, Action.FINISH),
    "fail": Step(S.FAILED, Action.FINISH),
    "expire": Step(S.EXPIRED, Action.FINISH),
}
CASES = [
    (state, next(event for event in Event if event.startswith(name)), cell)
    for state, row in TABLE.items()
    for name, cell in zip(EVENTS.split(), row.replace("ENDS", ENDS).split(), strict=True)
]


def test_the_table_is_complete() -> None:
    assert {(state, event) for state, event, _ in CASES} == {(state, event) for state in S for event in Event}


@pytest.mark.parametrize(("state", "event", "cell"), CASES, ids=[f"{s}-{e}" for s, e, _ in CASES])
def test_step(state: S, event: Event, cell: str) -> None:
    stays = {".": Step(state, Action.NOTHING), "retry": Step(state, Action.RETRY)}
    assert step(state, event) == (stays | LEADS_TO)[cell]
    assert may(state, event) == (cell != ".")
