"""Preflight of an issue: which editions are measured, as whom, and what stops it."""

import logging
from dataclasses import replace
from datetime import UTC

import pytest
from tests.unit.mail import samples, signing
from tests.unit.mail.samples import AT

from pinlabs_mailer import languages
from pinlabs_mailer.app import preflight
from pinlabs_mailer.app.preflight import FEW, Preflight
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest import letter
from pinlabs_mailer.digest.draft import Content
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.links import Links
from pinlabs_mailer.mail.preflight import Finding, Severity


def measured(*posts: Item, code: str = "en") -> list[Finding]:
    """Measure the edition with these posts."""
    head, language = samples.masthead(), languages.named(code)
    ours = Preflight(head, Links(samples.PUBLIC, samples.SIGNER), signing.key(), lambda: AT)
    rendered = letter.render(samples.templates(), head, samples.HEADING, posts, UTC, language)
    return ours.edition(letter.prepared(head, rendered, signing.key()), posts, language)


@pytest.mark.parametrize("code", ["en", "de"])
def test_a_good_edition_passes_even_for_the_worst_name_and_address(code: str) -> None:
    assert measured(*samples.sample_posts(), code=code) == []


def test_an_http_link_of_a_post_is_a_warning_and_a_host_that_deceives_an_error() -> None:
    names = {one.rule.name: one.stops for one in measured(samples.post(url="http://blog.example/"))}
    assert names == {"link-https": False}
    (error,) = {one.rule for one in measured(samples.post(url="https://xn--pple-43d.example/"))}
    assert error.name == "host-scripts"


def test_braces_in_the_title_of_a_post_stop_nothing() -> None:
    title, url = "What {{ x }} means, and {% if %}", "https://pinlabs.example/TODO"
    assert measured(samples.post(title=title, url=url)) == []


def test_few_editions_are_all_measured() -> None:
    editions = [Content((number, 1)) for number in range(FEW)]
    assert preflight.chosen(editions) == set(range(FEW))


def test_of_many_editions_enough_are_measured_that_each_post_is_seen_in_each_role() -> None:
    posts = range(12)
    editions = [
        Content((first, second, third), code)
        for first in posts
        for second in posts
        for third in posts
        for code in ("en", "de")
    ]
    chosen = preflight.chosen(editions)
    assert len(chosen) <= 2 * 2 * len(posts)
    seen = {
        (editions[number].locale, item, place == 0)
        for number in chosen
        for place, item in enumerate(editions[number].items)
    }
    assert len(seen) == 2 * 2 * len(posts)


def test_errors_stop_the_issue_and_warnings_are_written_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (warning, *_) = measured(samples.post(url="http://blog.example/x"))
    with caplog.at_level(logging.WARNING):
        preflight.conclude([warning, warning])
    assert [record.getMessage() for record in caplog.records] == [str(warning)]
    error = warning._replace(rule=replace(warning.rule, severity=Severity.ERROR))
    with pytest.raises(ConfigurationError, match="nobody was mailed") as raised:
        preflight.conclude([error])
    assert str(error) in raised.value.what
    assert "pinlabs-mailer lint" in raised.value.next_step
