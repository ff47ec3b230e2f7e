"""The documents on setting pmtui up end in what the doctor really prints, and lead to one another."""

from tests.doctor_pages import DOCS, page, printed


def test_what_the_doctor_prints_stands_in_the_documents() -> None:
    for name, text in printed().items():
        assert "problem" not in text
        assert (DOCS / f"{name}.md").read_text("utf-8") == page(name, text), "run: python -m tests.doctor_pages"


def test_the_documents_are_led_to() -> None:
    readme, configuration = ((DOCS / name).read_text("utf-8") for name in ("../README.md", "configuration.md"))
    for name in ("google", "outlook", "wfm"):
        assert f"docs/{name}.md" in readme
        assert f"({name}.md)" in configuration
