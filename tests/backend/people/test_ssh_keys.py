"""Whose SSH keys are whose: own ones, others' for administrators, one key one person, on both databases."""

import pytest

from pmtui.backend.actor import Surface
from pmtui.backend.errors import BadInput, Conflict, NotAllowed, NotFound
from pmtui.backend.people.ssh_keys import SshKeys
from pmtui.backend.states import Topic, Verb
from pmtui.backend.storage.database import Database
from pmtui.backend.storage.tables.audit import AuditEntry
from pmtui.backend.storage.tables.people import SshKey
from tests.backend.people.key_pairs import pair
from tests.clock import ManualClock
from tests.world import World

FIRST, SECOND, THIRD = (pair("ssh-ed25519", number)[0] for number in range(3))


class Rig:
    """Ada administers acme, Dana and Marcus coach there; another Dana elsewhere."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.clock = clock
        self.world = World(database, clock)
        self.other = World(database, clock, subdomain="other")
        self.world.administrator("ada")
        self.world.coach("marcus")
        self.dana = self.world.coach("dana")
        self.other.administrator("dana")
        self.service = SshKeys(database)

    def audited(self) -> list[tuple[Verb, str, object]]:
        verbs = (Verb.SSH_KEY_ADDED, Verb.SSH_KEY_REMOVED)
        return [(row.verb, row.subject, row.details) for row in self.world.rows(AuditEntry) if row.verb in verbs]

    def key_id(self, fingerprint: str) -> int:
        return next(row.id or 0 for row in self.world.rows(SshKey) if row.fingerprint == fingerprint)


@pytest.fixture
def rig(database: Database, clock: ManualClock) -> Rig:
    return Rig(database, clock)


def test_one_adds_lists_and_removes_ones_own(rig: Rig) -> None:
    dana, before = rig.world.actor("dana"), rig.world.number(Topic.PREFERENCES)
    added = rig.service.add(dana, f"{FIRST} laptop")
    rig.clock.advance(hours=1)
    second = rig.service.add(dana, SECOND)
    assert (added.kind, added.bits, added.comment, added.last_used_at) == ("ssh-ed25519", 256, "laptop", None)
    assert (added.email, added.person) == ("dana@acme.example", "Dana")
    assert rig.service.list(dana) == (added, second)
    assert rig.service.list(rig.world.actor("marcus")) == ()
    assert rig.service.remove(dana, added.fingerprint[:20]) == added
    assert rig.service.list(dana) == (second,)
    assert rig.world.number(Topic.PREFERENCES) == before + 3
    details = {"kind": "ssh-ed25519", "fingerprint": added.fingerprint}
    subject = f"person:{rig.dana}"
    assert rig.audited()[0] == (Verb.SSH_KEY_ADDED, subject, details)
    assert rig.audited()[-1] == (Verb.SSH_KEY_REMOVED, subject, details)


def test_administrators_and_the_operator_keep_those_of_others(rig: Rig) -> None:
    ada = rig.world.actor("ada")
    added = rig.service.add(ada, FIRST, "Dana@acme.example")
    assert rig.service.list(rig.world.actor("dana")) == rig.service.list(ada, "dana@acme.example") == (added,)
    mine = rig.service.add(ada, SECOND)
    assert rig.service.everybodys(ada) == (mine, added)
    assert rig.service.everybodys(rig.world.operator) == (mine, added)
    assert rig.service.everybodys(rig.other.actor("dana")) == ()
    rig.service.remove(rig.world.operator, added.fingerprint, "dana@acme.example")
    with pytest.raises(BadInput, match="whose keys"):
        rig.service.list(rig.world.operator)


def test_nobody_else_may(rig: Rig) -> None:
    rig.service.add(rig.world.actor("dana"), FIRST)
    marcus = rig.world.actor("marcus")
    for call in (
        lambda: rig.service.list(marcus, "dana@acme.example"),
        lambda: rig.service.list(marcus, "nobody@acme.example"),
        lambda: rig.service.add(marcus, SECOND, "dana@acme.example"),
        lambda: rig.service.remove(marcus, "SHA256:", "dana@acme.example"),
        lambda: rig.service.everybodys(marcus),
    ):
        with pytest.raises(NotAllowed):
            call()
    with pytest.raises(NotFound):
        rig.service.add(rig.other.actor("dana"), SECOND, "dana@acme.example")
    assert rig.service.list(marcus, "marcus@acme.example") == ()
    assert len(rig.world.rows(SshKey)) == 1


def test_one_key_is_one_persons_in_all_organisations(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    rig.service.add(dana, FIRST)
    with pytest.raises(BadInput, match="here already"):
        rig.service.add(dana, f"{FIRST} again")
    for somebody in (rig.world.actor("marcus"), rig.other.actor("dana")):
        with pytest.raises(Conflict) as refused:
            rig.service.add(somebody, FIRST)
        assert refused.value.code == "key_taken"
    assert len(rig.world.rows(SshKey)) == 1


def test_keys_have_an_end_and_a_name(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    rig.service.add(dana, FIRST)
    with rig.world.database.write(rig.world.operator) as tx:
        for number in range(19):
            tx.db.add(
                SshKey(
                    tenant_id=rig.world.tenant_id,
                    person_id=rig.dana,
                    kind="ssh-ed25519",
                    body=f"A{number}",
                    fingerprint=f"SHA256:x{number}",
                    bits=256,
                    comment="",
                    added_at=tx.now,
                )
            )
    with pytest.raises(BadInput, match="20 keys already"):
        rig.service.add(dana, SECOND)
    with pytest.raises(BadInput, match="keys begin so"):
        rig.service.remove(dana, "x")
    for nothing in ("", "SHA256:", "zzz"):
        with pytest.raises(NotFound):
            rig.service.remove(dana, nothing)
    assert rig.service.remove(dana, "SHA256:x18").fingerprint == "SHA256:x18"


def test_who_signs_in_with_a_key_is_its_owner(rig: Rig) -> None:
    dana = rig.world.actor("dana")
    added = rig.service.add(dana, FIRST)
    key_id = rig.key_id(added.fingerprint)
    rig.clock.advance(hours=1)
    who = rig.service.log_in(key_id, Surface.APP)
    assert (who.tenant_id, who.person_id, who.surface) == (rig.world.tenant_id, rig.dana, Surface.APP)
    (record,) = rig.service.list(dana)
    assert record.last_used_at == rig.clock.now()
    rig.service.remove(dana, added.fingerprint)
    with pytest.raises(NotFound):
        rig.service.log_in(key_id, Surface.APP)


def test_a_disabled_persons_key_signs_nobody_in(rig: Rig) -> None:
    rig.world.person("gone", disabled=True)
    added = rig.service.add(rig.world.actor("ada"), FIRST, "gone@acme.example")
    with pytest.raises(NotAllowed):
        rig.service.log_in(rig.key_id(added.fingerprint), Surface.APP)
    (record,) = rig.service.list(rig.world.actor("ada"), "gone@acme.example")
    assert record.last_used_at is None
