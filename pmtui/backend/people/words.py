"""How permissions are spoken of; the standard library only, for the app and the commands alike."""

from collections.abc import Sequence

from pmtui.backend.states import Permission


def listed(names: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`; empty for none."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def missing(any_of: Sequence[Permission]) -> str:
    """The sentence that names a missing permission, one of those that would do."""
    return f"You need the permission {listed(list(dict.fromkeys(permission.value for permission in any_of)))}."


def who_can_give(names: Sequence[str], do: str = "give it") -> str:
    """The sentence that names who can help: some administrators of the organisation, else whoever runs pmtui."""
    if names:
        return f"{listed(names)} can {do}."
    return f"Nobody in your organisation can {do}: ask whoever runs pmtui here."
