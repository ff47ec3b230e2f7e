"""Each of Microsoft's refusals leads to its own end, and each end has its own words."""

import pytest

from pmtui.backend.signin import words
from pmtui.backend.signin.machine import Event
from pmtui.backend.signin.refusals import Verdict, verdict
from pmtui.backend.states import Provider

ABOUT = words.About(Provider.OUTLOOK, "dana@acme.example", "Calendar App")
CASES = [
    ("access_denied", "cancel", None, Event.DECLINED, "declined"),
    ("access_denied", None, "65004", Event.DECLINED, "declined"),
    ("access_denied", None, None, Event.DECLINED, "unclear:access_denied"),
    ("access_denied", None, "90094", Event.APPROVAL_NEEDED, "needs_approval:90094"),
    ("access_denied", "cancel", "90095", Event.APPROVAL_NEEDED, "needs_approval:90095"),
    ("access_denied", None, "65001", Event.APPROVAL_NEEDED, "needs_approval:65001"),
    ("consent_required", None, None, Event.APPROVAL_NEEDED, "needs_approval:consent_required"),
    ("invalid_grant", "consent_required", "65001", Event.APPROVAL_NEEDED, "needs_approval:65001"),
    ("interaction_required", None, "53003", Event.REFUSED, "policy:53003"),
    ("access_denied", None, "53000", Event.REFUSED, "policy:53000"),
    ("access_denied", None, "530035", Event.REFUSED, "policy:530035"),
    ("unauthorized_client", None, "7000112", Event.REFUSED, "app_blocked:7000112"),
    ("invalid_grant", None, "50105", Event.REFUSED, "not_assigned:50105"),
    ("access_denied", None, "650052", Event.REFUSED, "not_assigned:650052"),
    ("unauthorized_client", None, "50194", Event.REFUSED, "operator:50194"),
    ("access_denied", None, "650056", Event.REFUSED, "operator:650056"),
    ("invalid_client", None, None, Event.REFUSED, "operator:invalid_client"),
    ("invalid_client", None, "7000215", Event.REFUSED, "operator:7000215"),
    ("invalid_client", None, "7000222", Event.REFUSED, "operator:7000222"),
    ("invalid_grant", None, "54005", Event.FOREIGN, "reused:54005"),
    ("invalid_grant", None, "70008", Event.TIME_UP, "unused:70008"),
    ("unauthorized_client", None, "700016", Event.REFUSED, "operator:700016"),
    ("interaction_required", None, None, Event.REFUSED, "more_needed:interaction_required"),
    ("interaction_required", "basic_action", "50076", Event.REFUSED, "more_needed:50076"),
    ("invalid_grant", None, "50079", Event.REFUSED, "more_needed:50079"),
    ("authorization_declined", None, "70017", Event.DECLINED, "declined"),
    ("expired_token", None, "70020", Event.TIME_UP, "code_expired"),
    ("bad_verification_code", None, "70018", Event.REFUSED, "code_unknown"),
    ("invalid_client", None, "7000218", Event.REFUSED, "operator:7000218"),
    ("invalid_grant", None, "90033", Event.REFUSED, "provider_trouble:90033"),
    ("server_error", None, None, Event.REFUSED, "provider_trouble:server_error"),
    ("temporarily_unavailable", None, None, Event.REFUSED, "provider_trouble:temporarily_unavailable"),
    ("invalid_grant", None, "999999", Event.REFUSED, "refused:999999"),
    ("unknown", None, None, Event.REFUSED, "refused:unknown"),
]


@pytest.mark.parametrize(("error", "subcode", "number", "event", "code"), CASES)
def test_verdict(error: str, subcode: str | None, number: str | None, event: Event, code: str) -> None:
    assert verdict(error, subcode, number) == Verdict(event, code)
    assert code.partition(":")[0] in words.CODES


@pytest.mark.parametrize("provider", Provider)
def test_every_end_has_its_own_finished_sentences(provider: Provider) -> None:
    about = words.About(provider, "dana@acme.example", "Calendar App")
    seen = {words.why(f"{code}:7", about) for code in words.CODES}
    assert len(seen) == len(words.CODES)
    for title, next_step in seen:
        assert title[0].isupper()
        assert title.endswith(".")
        assert next_step.endswith((".", "ask for help."))
        assert "{" not in title + next_step


def test_the_providers_number_is_shown() -> None:
    title, _ = words.why("policy:53003", ABOUT)
    assert title == "Your organisation's sign-in rules did not let you in from here (Microsoft says 53003)."


def test_an_unclear_answer_offers_both_explanations() -> None:
    for code in ("unclear:access_denied", "declined"):
        _, next_step = words.why(code, ABOUT)
        assert "Connect Outlook Calendar" in next_step
        assert 'administrator has to approve "Calendar App" first' in next_step


def test_an_unknown_code_still_gets_a_sentence() -> None:
    title, _ = words.why("never_heard_of", ABOUT)
    assert title == "Microsoft refused the sign-in (Microsoft says never_heard_of)."


def test_the_wfm_sentence() -> None:
    title, _ = words.why("wfm_unknown", words.About(Provider.WFM, "dana@acme.example", ""))
    assert title == "The WFM system knows nobody with the address dana@acme.example."
