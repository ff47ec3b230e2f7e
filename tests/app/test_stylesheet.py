"""Style sheets are read once, however many screens and windows come and go."""

from collections import Counter
from typing import Any

import pytest
from textual.css.parse import parse

from tests.screens.conftest import Open, opened
from tests.screens.stand_in import BOTH, StandIn

__all__ = ["opened"]  # the fixture


async def test_each_source_is_parsed_once_for_a_theme(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: Counter[tuple[str, str, int]] = Counter()

    def counted(scope: str, css: str, *arguments: Any, **options: Any) -> Any:
        parsed[scope, css, options["tie_breaker"]] += 1
        return parse(scope, css, *arguments, **options)

    monkeypatch.setattr("textual.css.stylesheet.parse", counted)
    async with opened(StandIn(BOTH)) as pressed:
        await pressed.keys("question_mark", "escape", "3", "f", "escape", "1", "question_mark", "escape")
        assert len(parsed) > 10
        assert set(parsed.values()) == {1}
        dark = pressed.app.screen.styles.background
        pressed.app.theme = "pmtui-light"
        await pressed.rest()
        assert max(parsed.values()) == 2
        assert pressed.app.screen.styles.background != dark
