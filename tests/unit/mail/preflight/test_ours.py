"""What we produce passes: no error and no warning, whatever the language, the posts, the reader."""

import shutil
from dataclasses import replace
from datetime import UTC

import pytest
from tests.support import gallery
from tests.unit.mail import samples, signing
from tests.unit.mail.preflight.mails import STANDARD, found
from tests.unit.mail.samples import AT

from pinlabs_mailer import languages
from pinlabs_mailer.app import spam_filter
from pinlabs_mailer.content.items import Item
from pinlabs_mailer.digest import letter
from pinlabs_mailer.mail.accent import accent

LONG = "What happens to a title that goes on and on, as titles of papers do, beyond all measure"


def posts(number: int, pictures: str) -> list[Item]:
    """Return posts with long titles first, since the first gives the subject."""
    some = [replace(one, title=f"{LONG} {one.title}") for one in samples.sample_posts()[:number]]
    if pictures == "pictures":
        return some
    return [replace(one, image_url="", image_alt="", summary="") for one in some]


def signed_digest(some: list[Item], code: str) -> bytes:
    head, language = samples.masthead(), languages.named(code)
    rendered = letter.render(samples.templates(), head, samples.HEADING, some, UTC, language)
    return letter.prepared(head, rendered, signing.key()).join(samples.recipient(head), AT)


@pytest.mark.parametrize("pictures", ["pictures", "bare"])
@pytest.mark.parametrize("number", [1, 2, 12])
@pytest.mark.parametrize("code", ["en", "de"])
def test_the_digest_has_no_error_and_no_warning(code: str, number: int, pictures: str) -> None:
    raw = signed_digest(posts(number, pictures), code)
    ours = replace(STANDARD, dkim=signing.key(), subscribed=True)
    assert found(raw, ours) == found(raw) == []


@pytest.mark.parametrize("mail", ["digest", "welcome"])
@pytest.mark.parametrize("code", ["en", "de"])
def test_events_and_jobs_have_no_error_and_no_warning(code: str, mail: str) -> None:
    head, language = samples.masthead(), languages.named(code)
    told = [*posts(2, "pictures"), *gallery.told()]
    heading = samples.HEADING._replace(more_jobs=37)
    rendered = letter.render(samples.templates(), head, heading, told, UTC, language, mail)
    raw = letter.prepared(head, rendered, signing.key()).join(samples.recipient(head), AT)
    hosts = frozenset({"jobs.pinlabs.example", "meet.pinlabs.example"})
    assert found(raw, replace(STANDARD, hosts=hosts)) == []


def test_the_confirmation_has_no_error_and_no_warning() -> None:
    raw = samples.confirmation().raw
    assert found(raw, replace(STANDARD, subscribed=False)) == found(raw) == []


@pytest.mark.parametrize("colour", ["#ffff00", "#000000", "#c8102e"])
def test_any_colour_of_the_brand_keeps_its_contrast(colour: str) -> None:
    head = replace(samples.masthead(), accent=accent(colour))
    raw = samples.prepared_digest(head, samples.sample_posts()).join(samples.recipient(head), AT)
    assert found(raw) == []


def test_spamassassin_gives_a_signed_digest_and_a_confirmation_half_a_point_or_less() -> None:
    if shutil.which("spamassassin") is None:
        pytest.skip("SpamAssassin (spamassassin) is not installed on this machine")
    for raw in (
        signed_digest(posts(12, "pictures"), "en"),
        signed_digest(posts(1, "bare"), "de"),
        samples.confirmation().raw,
    ):
        given = spam_filter.score(raw)
        assert given is not None
        assert given.reasons
        assert given.score <= 0.5, given


def test_spamassassin_finds_what_is_spam() -> None:
    if shutil.which("spamassassin") is None:
        pytest.skip("SpamAssassin (spamassassin) is not installed on this machine")
    raw = samples.digest().raw.replace(
        b"Hello Ada", b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    )
    given = spam_filter.score(raw)
    assert given is not None
    assert given.score > 100
    assert "GTUBE" in given.reasons
