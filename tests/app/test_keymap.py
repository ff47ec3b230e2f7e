"""Which keys an action can be given, what clashes with what, and what Textual is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmtui import keymap
from pmtui.backend.errors import BadInput
from pmtui.backend.people.records import Preferences
from pmtui.preferences import prepared


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("g", "g"),
        ("G", "G"),
        ("?", "question_mark"),
        ("<", "less_than_sign"),
        ("^g", "ctrl+g"),
        ("Ctrl+G", "ctrl+g"),
        ("F5", "f5"),
        ("spc", "space"),
        ("PgUp", "pageup"),
        ("comma", "comma"),
        ("shift+left", "shift+left"),
        ("é", "é"),
        ("g, h,g", "g,h"),
    ],
)
def test_keys_are_written_as_people_say_them(text: str, key: str) -> None:
    assert keymap.keys_for("coaching.approve", text) == key


def test_an_actions_own_keys_are_no_choice_even_where_terminals_take_them() -> None:
    assert keymap.keys_for("coaching.approve", "a") == ""
    assert keymap.keys_for("availability.save", "s,ctrl+s") == ""
    assert keymap.keys_for("availability.save", "ctrl+s,f2") == "ctrl+s,f2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ctrl+q", "it always leaves pmtui"),
        ("ctrl+c", "interrupt"),
        ("esc", "it always leads back"),
        ("ctrl+b", "tmux takes it"),
        ("ctrl+a", "GNU screen takes it"),
        ("ctrl+s", "stop at it"),
        ("ctrl+o", "multiplexers take it"),
        ("^j", "for Enter"),
        ("ctrl+i", "for Tab"),
        ("Tab", "from thing to thing"),
        ("shift+g", "Write the capital letter G"),
        ("ctrl+question_mark", "is no key"),
        ("hyper+g", "is no key"),
        ("nokey", "is no key"),
        ("g,,h", "is no key"),
        ("", "is no key"),
    ],
)
def test_what_terminals_take_or_never_send_is_refused_in_a_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        keymap.keys_for("coaching.approve", text)
    assert said in refused.value.line
    assert refused.value.where == "keys.coaching.approve"


def test_an_unknown_action_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput) as refused:
        keymap.keys_for("coaching.aprove", "g")
    assert refused.value.next_step == "Did you mean keys.coaching.approve?"


@given(st.text(max_size=30))
def test_any_text_is_a_key_or_refused_in_a_line(text: str) -> None:
    said = []
    try:
        keys = keymap.keys_for("coaching.approve", text)
        said.append(keys)
        if keys:
            assert keymap.keys_for("coaching.approve", keys) == keys
    except BadInput as refused:
        said.append(refused.line)
    assert all(one.isprintable() for one in said)


@pytest.mark.parametrize(
    ("action", "key", "other"),
    [
        ("coaching.approve", "n", "coaching.new"),  # on the same screen
        ("coaching.approve", "1", "go.integrations"),  # everywhere
        ("coaching.approve", "q", "back"),  # on every screen
        ("grid.toggle", "s", "availability.save"),  # a widget and the screen it stands on
        ("table.filter", "e", "settings.change"),  # a screen and what it is made from
        ("palette", "n", "confirm.no"),  # works in windows too
    ],
)
def test_two_actions_in_one_place_clash_and_both_are_named(action: str, key: str, other: str) -> None:
    with pytest.raises(BadInput) as refused:
        prepared({f"keys.{action}": key}, Preferences())
    assert action in refused.value.line
    assert any(clash.other.id == other for clash in keymap.clashes({action: key}))


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("coaching.approve", "w"),  # elsewhere it means something else
        ("grid.toggle", "S"),
    ],
)
def test_the_same_key_in_another_place_is_no_clash(action: str, key: str) -> None:
    assert prepared({f"keys.{action}": key}, Preferences()) == {f"keys.{action}": key}


def test_windows_do_not_let_the_apps_keys_through() -> None:
    assert "y" in keymap.action("confirm.yes").keys
    assert "confirm.yes" not in {clash.other.id for clash in keymap.clashes({"go.coaching": "y"})}


def test_two_actions_change_keys_in_one_go() -> None:
    new, approve = (keymap.action(name).keys[0] for name in ("coaching.new", "coaching.approve"))
    wanted = {"keys.coaching.new": approve, "keys.coaching.approve": new}
    assert prepared(wanted, Preferences()) == wanted
    with pytest.raises(BadInput):
        prepared({"keys.coaching.new": approve}, Preferences())
    # and one of them alone does not go back
    with pytest.raises(BadInput):
        prepared({"keys.coaching.new": ""}, Preferences(keys=(("coaching.approve", new), ("coaching.new", approve))))


def test_what_clashes_in_the_store_keeps_its_own_keys() -> None:
    given, left = keymap.in_force({"coaching.approve": "1", "coaching.new": "f2", "no.more": "f3"})
    assert given == {"coaching.new": "f2"}
    assert [(clash.one.id, clash.other.id) for clash in left] == [("coaching.approve", "go.integrations")]


def test_those_that_share_a_key_are_named_to_textual_too() -> None:
    given, left = keymap.in_force({"banner.connect": "C"})
    assert (given, left) == ({"banner.connect": "C", "banner.reconnect": "c", "banner.set_availability": "c"}, ())
