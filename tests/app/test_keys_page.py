"""docs/keys.md says what the app does, and every action can be named, found and explained."""

from collections import defaultdict

from pmtui.keymap import actions, declaring
from tests.keys_page import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m tests.keys_page"


def test_every_action_says_what_it_does_in_a_sentence() -> None:
    for one in declaring():
        for action in actions(one):
            assert action.tooltip.endswith((".", "?")), (one.__name__, action.id)
            assert action.description, (one.__name__, action.id)


def test_an_id_means_one_thing_on_one_class() -> None:
    """Keys are remapped by it."""
    for one in declaring():
        found: defaultdict[str | None, set[str]] = defaultdict(set)
        for action in actions(one):
            found[action.id].add(action.action)
        assert all(len(meanings) == 1 for meanings in found.values()), (one.__name__, found)
