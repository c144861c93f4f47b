"""Every rule: a good mail passes, and the mail with that one fault is told for that alone."""

from dataclasses import replace

import pytest
from tests.unit.mail import samples
from tests.unit.mail.preflight import mails
from tests.unit.mail.preflight.faults import FAULTS
from tests.unit.mail.preflight.mails import STANDARD, names, spoiled

from pinlabs_mailer.mail.preflight import RULES, Severity, SpamScore

ELSEWHERE = {
    "signed", "signature-holds", "signature-covers", "signature-form", "signature-aligned",
    "system-mail", "spam-score",
}  # fmt: skip


@pytest.mark.parametrize("mail", [mails.digest(), mails.confirmation()], ids=["digest", "confirm"])
def test_a_good_mail_passes_every_rule(mail: mails.Draft) -> None:
    assert mails.found(mail.raw()) == []


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, n) for rule, some in FAULTS.items() for n in range(len(some))]
)
def test_a_mail_with_one_fault_is_told_for_that_alone(rule: str, number: int) -> None:
    raw = spoiled(FAULTS[rule][number])
    assert names(raw) == {rule}, [str(one) for one in mails.found(raw)]


def test_every_rule_has_a_mail_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == FAULTS.keys() | ELSEWHERE
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_says_what_it_asks_and_what_to_do() -> None:
    for rule in RULES:
        assert rule.asks.endswith("."), rule.name
        assert rule.remedy.endswith("."), rule.name
        assert rule.item == "" or rule.item[0] in "MC", rule.name


@pytest.mark.parametrize(
    ("rules", "html"),
    [
        ({"outside-css", "client-support"}, '<link rel="stylesheet" href="https://x.example/a">'),
        ({"outside-css", "client-support"}, "<style>@import 'https://x.example/a';</style>"),
        ({"active-content", "client-support"}, "<form></form>"),
        ({"active-content"}, "<script>x()</script>"),
        ({"active-content", "client-support"}, "<iframe></iframe>"),
        ({"active-content", "client-support"}, "<object></object>"),
    ],
)
def test_m29_what_is_refused_is_also_not_shown(rules: set[str], html: str) -> None:
    raw = mails.digest().in_html("</head>", f"{html}</head>").raw()
    assert names(raw) >= rules
    assert names(raw) <= rules | {"hidden-words"}


@pytest.mark.parametrize("host", ["bit.ly", "10.0.0.1", "[::1]", "gооgle.example"])
def test_m29_m30_links_that_hide_where_they_lead(host: str) -> None:
    rule = {"bit.ly": "link-shortened", "gооgle.example": "host-scripts"}.get(host, "link-plain")
    url = f"https://{host}/x"
    raw = mails.digest().shows(f'<a href="{url}">A page</a>', url).raw()
    assert names(raw) == {rule, "link-host"}


def test_m15_a_port_in_the_one_click_address_is_a_warning() -> None:
    mail = mails.digest()
    uris = mail.value("List-Unsubscribe").replace("pinlabs.example/", "pinlabs.example:8443/")
    raw = mail.given("List-Unsubscribe", uris).reads(
        "pinlabs.example/u/", "pinlabs.example:8443/u/"
    )
    findings = mails.found(raw.raw())
    assert {one.rule.name for one in findings} == {"unsubscribe-plain", "link-plain"}
    assert not any(one.stops for one in findings)


def test_m21_a_confirmation_is_no_list_mail() -> None:
    spoiled = mails.confirmation().added("Feedback-ID", "a:b:pinlabs")
    assert names(spoiled.raw()) == {"system-mail"}


def test_m19_a_system_mail_says_so_where_its_kind_is_known() -> None:
    raw = mails.confirmation().without("Auto-Submitted").raw()
    assert names(raw, replace(STANDARD, subscribed=False)) == {"automatic"}


def test_a_score_of_a_spam_filter_is_judged() -> None:
    raw = mails.digest().raw()
    assert names(raw, replace(STANDARD, spam=SpamScore(0.5, ()))) == set()
    high = replace(STANDARD, spam=SpamScore(3.1, ("URI_PHISH",)))
    (finding,) = mails.found(raw, high)
    assert (finding.rule.name, finding.rule.severity) == ("spam-score", Severity.WARNING)
    assert "URI_PHISH" in finding.what


def test_what_a_post_says_is_no_leftover() -> None:
    mail = mails.digest().reads("Trusting metrics at Pinterest", "TODO: {{ metrics }} as <b>text")
    assert names(mail.raw()) >= {"placeholders", "drafting"}
    said = replace(STANDARD, said=["TODO: {{ metrics }} as <b>text"])
    assert names(mail.raw(), said) <= {"active-content"}


def test_http_and_ports_are_fine_on_loopback() -> None:
    raw = samples.digest(samples.LOOPBACK).raw
    loopback = replace(STANDARD, base_url=samples.LOOPBACK)
    assert names(raw, loopback) == set()
    assert names(raw) >= {"link-https", "image-https", "list-unsubscribe", "unsubscribe-address"}


def test_a_finding_names_rule_place_and_remedy_and_hides_no_signs() -> None:
    raw = mails.digest().shows('<img src="https://x.example/\x1b[2J" width="3" height="3">').raw()
    (finding,) = mails.found(raw)
    said = str(finding)
    assert said.startswith("error: M29 image-alt, <img https://x.example/")
    assert finding.rule.remedy in said
    assert "\x1b" not in said
    assert finding.document()["rule"] == "image-alt"
