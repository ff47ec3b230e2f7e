"""What happens to a proposal while its people change: whoever comes second sees what the first did."""

import pytest

from pmtui.backend.errors import PmtuiError
from pmtui.backend.storage.tables.coaching import Session
from pmtui.backend.storage.tables.people import Person
from tests.backend.coaching.conftest import TEN, Floor
from tests.waiting import waiting


@pytest.mark.parametrize(("who", "code"), [("dana", "not_a_coach"), ("kim", "not_an_agent")])
def test_a_proposal_waits_for_a_person_who_is_being_disabled(floor: Floor, who: str, code: str) -> None:
    ada, person_id = floor.world.actor("ada"), floor.world.id(who)
    outcomes: list[str] = []

    def propose() -> None:
        try:
            floor.coaching.propose(ada, "dana@acme.example", "kim@acme.example", TEN)
            outcomes.append("held")
        except PmtuiError as error:
            outcomes.append(error.code)

    with floor.world.database.write(floor.world.operator) as tx:
        tx.lock_people(person_id)
        tx.db.get_one(Person, person_id).disabled_at = tx.now
        tx.db.flush()
        thread = waiting(floor.world.database, propose)
        assert outcomes == []
    thread.join()
    assert outcomes == [code]
    assert floor.world.rows(Session) == []
