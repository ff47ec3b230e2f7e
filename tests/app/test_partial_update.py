"""Only what changed goes to the terminal."""

import io

import pyte
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from pmtui.partial_update import PartialUpdate


def test_each_stretch_begins_where_what_changed_begins() -> None:
    chops: list[dict[int, Strip | None]] = [
        {0: Strip([Segment("abcdef")]), 6: Strip([Segment("ghij")])},
        {0: None, 4: Strip([Segment("mnopqr")])},
    ]
    update = PartialUpdate(chops, [(0, 2, 4), (0, 5, 8), (1, 0, 6)], [[6, 10], [4, 10]])
    sent = update.render_segments(Console(file=io.StringIO(), force_terminal=True))
    screen = pyte.Screen(10, 2)
    stream = pyte.Stream(screen)
    stream.feed("." * 20)
    stream.feed(sent)
    assert screen.display == ["..cd.fgh..", "....mn...."]
    assert len(sent) < 40
