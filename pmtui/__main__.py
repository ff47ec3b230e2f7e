"""`pmtui`: the full-screen app when bare, the command line otherwise.

Answers `--version` and starts the bare app without loading the command line's libraries.
"""

import gc
import sys

VERSION = "0.1.0"

_VALUES = {"--as": "as_email", "--database": "database_url", "--tenant": "tenant"}


def main(arguments: list[str] | None = None) -> int:
    """The console script; the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        from pmtui.backend.slots.zones import tzdata_version

        print(f"pmtui {VERSION} (tz database {tzdata_version()})")
        return 0
    chosen = _bare(arguments)
    if chosen is None:
        from pmtui.cli.main import run

        return run(arguments)
    gc.disable()  # what a start loads stays: looking for garbage in it, again and again, takes a fifth of the start
    from pmtui.app import run_app

    return run_app(
        as_email=chosen.get("as_email"),
        tenant=chosen.get("tenant"),
        flags={"database_url": chosen.get("database_url")},
    )


def _bare(arguments: list[str]) -> dict[str, str] | None:
    """The options of a start without a command; None if there is a command, or anything to be explained."""
    chosen: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, found, value = rest.pop(0).partition("=")
        if name not in _VALUES or not (found or rest):
            return None
        chosen[_VALUES[name]] = value if found else rest.pop(0)
    return chosen


if __name__ == "__main__":
    sys.exit(main())
