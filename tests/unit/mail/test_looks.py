"""The digest and the confirmation as the templates make them: what each must have."""

import json
import re

import pytest

from pinlabs_mailer import languages
from pinlabs_mailer.mail.templates import MailTemplates, RenderedMail

from .contexts import (
    ALREADY,
    BRAND,
    CONFIRM,
    LINK,
    NOTICE,
    PREFERENCES,
    RENEWAL,
    SAMPLES,
    UNSUBSCRIBE,
    VIEW,
    Write,
    digest_context,
    sample_posts,
)


def test_html_is_escaped_and_text_is_not(ours: MailTemplates) -> None:
    post = sample_posts()[0] | {"title": "<script>alert(1)</script> & co"}
    mail = ours.render("digest", digest_context([post]))
    assert "<script" not in mail.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in mail.html
    assert "<script>alert(1)</script> & co" in mail.text


def test_the_subject_is_one_line_whatever_is_in_it(write: Write) -> None:
    mails = write(subject="{{ title }}\n")
    subject = mails.render("note", {"title": "One\r\nBcc: x@example.org\u2028 \t two "}).subject
    assert subject == "One Bcc: x@example.org two"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("1 Lab Street", f">{BRAND['name']}, 1 Lab Street<"),
        (f"{BRAND['name']}, 1 Lab Street", f">{BRAND['name']}, 1 Lab Street<"),
    ],
)
def test_a_postal_address_that_begins_with_the_name_says_it_once(
    ours: MailTemplates, address: str, told: str
) -> None:
    brand = {"brand": BRAND | {"postal_address": address}}
    assert told in ours.render("digest", digest_context(sample_posts()) | brand).html
    assert told in ours.render("confirm", CONFIRM | brand).html


# The digest


def test_the_subject_names_the_first_post_and_how_many_follow(ours: MailTemplates) -> None:
    posts = sample_posts()
    assert ours.render("digest", digest_context(posts[:6])).subject == (
        "Scaling Pinterests ad corpus by 60x, and 5 more"
    )
    assert ours.render("digest", digest_context(posts[3:4])).subject == (
        "Trusting metrics at Pinterest"
    )
    for post in posts:
        assert len(ours.render("digest", digest_context([post, *posts])).subject) <= 60


@pytest.mark.parametrize("title", ["Re: invent", "FWD: news", "fw: x", "AW: y"])
def test_m11_the_subject_never_looks_like_a_reply(ours: MailTemplates, title: str) -> None:
    post = sample_posts()[0] | {"title": title}
    assert ours.render("digest", digest_context([post])).subject == f"Pin Labs: {title}"


def test_m26_both_parts_say_why_from_where_and_how_to_leave(digest: RenderedMail) -> None:
    for part in (digest.text, digest.html):
        assert "You get this because you joined the Pin Labs talent community with" in part
        assert "ada@example.org on 3 November 2026." in part
        assert "1 Lab Street" in part
        assert UNSUBSCRIBE in part
        assert "Unsubscribe from these mails" in part
    assert digest.html.count("display:none") == 1


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("digest", digest_context(sample_posts())),
        ("confirm", CONFIRM),
        ("already", ALREADY),
        ("renewal", RENEWAL),
        ("link", {**LINK, "wish": "erase"}),
        ("notice", NOTICE),
    ],
)
def test_c16_c17_c18_every_mail_says_who_sends_it_from_where_and_how_data_is_treated(
    ours: MailTemplates, name: str, context: dict[str, object]
) -> None:
    mail = ours.render(name, context)
    for part in (mail.text, mail.html):
        for said in ("name", "postal_address", "privacy_url"):
            assert str(BRAND[said]) in part


def test_c20_a_digest_has_no_pixel_and_no_tracked_link(digest: RenderedMail) -> None:
    posts = sample_posts()
    ours = {UNSUBSCRIBE, PREFERENCES, VIEW, BRAND["join_url"], BRAND["privacy_url"]}
    assert set(re.findall(r'href="([^"]*)"', digest.html)) == ours | {one["url"] for one in posts}
    loaded = re.findall(r'(?:src|background)="([^"]*)"', digest.html)
    assert loaded == [one["image_url"] for one in posts]


def test_m27_the_html_of_twelve_posts_is_small(digest: RenderedMail) -> None:
    assert len(sample_posts()) == 12
    assert len(digest.html.encode()) < 60_000


def test_m29_nothing_in_the_html_that_mail_programs_refuse(
    ours: MailTemplates, digest: RenderedMail
) -> None:
    for html in (digest.html, ours.render("confirm", CONFIRM).html):
        assert '<html lang="en"' in html
        assert not re.search(
            r"<(form|script|iframe|object|link|base|svg|video)\b|@import|url\(", html
        )
        for href in re.findall(r'href="([^"]*)"', html):
            assert href.startswith("https://")
        assert len(re.findall(r"<table\b", html)) == html.count('role="presentation"')


def test_m29_every_image_has_alt_width_and_height(digest: RenderedMail) -> None:
    images = re.findall(r"<img [^>]*>", digest.html)
    assert len(images) == 12
    for image, post in zip(images, sample_posts(), strict=True):
        assert f'alt="{post["image_alt"]}"' in image
        assert re.search(r'\bwidth="\d+"', image)
        assert re.search(r'\bheight="\d+"', image)


def test_a_post_without_a_picture_is_a_card_without_one(ours: MailTemplates) -> None:
    posts = [post | {"image_url": "", "host": ""} for post in sample_posts()[:2]]
    html = ours.render("digest", digest_context(posts)).html
    assert "<img" not in html
    assert html.count(">Read more</a>") == 2


def test_every_link_stands_alone_on_its_line_in_the_text(
    ours: MailTemplates, digest: RenderedMail
) -> None:
    already = ours.render("already", ALREADY).text
    link = ours.render("link", {**LINK, "wish": "erase"}).text
    for text in (digest.text, ours.render("confirm", CONFIRM).text, already, link):
        lines = [line for line in text.splitlines() if "://" in line]
        assert lines
        assert all(re.fullmatch(r"https://\S+", line) for line in lines)
    for post in sample_posts():
        assert post["url"] in digest.text.splitlines()
        assert post["title"] in digest.text


def test_what_differs_between_readers_is_passed_through_untouched(ours: MailTemplates) -> None:
    """The promise that lets an edition be rendered once: marks come out as they went in."""
    marks = {name: f"\ufdd0{name}\ufdd1" for name in ("greeting", "email", "since")}
    context = digest_context(sample_posts()) | {
        "recipient": marks,
        "links": {
            "unsubscribe": "\ufdd0unsubscribe\ufdd1",
            "preferences": "\ufdd0preferences\ufdd1",
            "view": "https://news.pinlabs.example/view/token",
        },
    }
    mail = ours.render("digest", context)
    for mark in marks.values():
        assert mark in mail.text
        assert mark in mail.html
        assert mark not in mail.subject
    assert 'href="\ufdd0unsubscribe\ufdd1"' in mail.html
    assert "\n\ufdd0unsubscribe\ufdd1\n" in mail.text


def test_privacy_link_and_intro_are_optional(ours: MailTemplates) -> None:
    context = digest_context(sample_posts()) | {
        "brand": BRAND | {"privacy_url": ""},
        "issue": {
            "title": "24 November 2026",
            "key": "2026-11-24",
            "subject": "",
            "intro": "A word first.",
            "counts": "",
        },
    }
    mail = ours.render("digest", context)
    for part in (mail.text, mail.html):
        assert "A word first." in part
        assert "How we treat your data" not in part


# The confirmation


def test_c3_a7_the_confirmation_says_who_asked_and_sells_nothing(ours: MailTemplates) -> None:
    mail = ours.render("confirm", CONFIRM)
    assert mail.subject == "Please confirm: Pin Labs talent community"
    assert "<img" not in mail.html
    assert mail.html.count("<a ") == 3  # the button, the privacy page, and to stop such mails
    for part in (mail.text, mail.html):
        assert "24 November 2026, 09:14 UTC" in part
        assert "https://news.pinlabs.example/join" in part
        assert "Projects" in part
        assert "Events" in part
        assert "7 days" in part
        assert "203.0.113.x" in part
        assert "https://news.pinlabs.example/stop/token" in part
        assert re.search(r"If it was not you, ignore this mail", part)


def test_a6_who_is_in_already_is_told_so_and_how_to_choose_or_leave(ours: MailTemplates) -> None:
    mail = ours.render("already", ALREADY)
    assert mail.subject == "You are already in: Pin Labs talent community"
    for part in (mail.text, mail.html):
        assert all(link in part for link in ALREADY["links"].values())
        assert "Projects" in part
        assert "203.0.113.x" in part
        assert "nothing has changed" in part


def test_c9_a_reminder_says_since_when_until_when_and_how_to_stay_or_leave(
    ours: MailTemplates,
) -> None:
    mail = ours.render("renewal", RENEWAL)
    assert mail.subject == "Do you want to stay? Pin Labs talent community"
    for part in (mail.text, mail.html):
        assert all(link in part for link in RENEWAL["links"].values())
        said = " ".join(part.split())
        for words in ("24 November 2024", "24 November 2026", "Projects", "Events"):
            assert words in said
    assert "<img" not in mail.html


# Other languages


def test_mails_speak_german(ours: MailTemplates) -> None:
    german = languages.named("de")
    posts = sample_posts()
    mail = ours.render("digest", digest_context(posts[:2]), german)
    assert mail.subject == "Scaling Pinterests ad corpus by 60x und ein weiterer"
    for part in (mail.text, mail.html):
        assert "Neu von Pin Labs: " in part
        assert "Sie bekommen diese Mail als Mitglied der Talent-Community von Pin Labs." in part
        assert "Diese Mails abbestellen" in part
    confirm = ours.render("confirm", CONFIRM, german)
    assert confirm.subject == "Bitte bestätigen: Talent-Community von Pin Labs"
    assert "7 Tage" in confirm.text
    for html in (mail.html, confirm.html):
        assert '<html lang="de"' in html
        for word in ("Unsubscribe", "Read more", "Confirm", "How we"):
            assert word not in html


def test_values_in_a_message_are_escaped_and_its_markup_is_not(write: Write) -> None:
    mails = write(
        subject='{{ _("%(n)s & more", n=n) }}',
        text='{{ _("%(n)s & more", n=n) }}',
        html='<p>{{ _("<b>%(n)s</b>", n=n) }} {{ ngettext("%(n)s", "x", 1, n=n) }}</p>',
    )
    mail = mails.render("note", {"n": "<script>"})
    assert mail.text == "<script> & more"
    assert mail.html.count("<b>&lt;script&gt;</b> &lt;script&gt;") == 1
    assert "<script" not in mail.html


# The samples


def test_the_sample_pictures_are_there_and_light() -> None:
    items = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))["posts"]
    pictures = [SAMPLES / item["image"] for item in items]
    assert sorted(pictures) == sorted((SAMPLES / "images").iterdir())
    assert all(picture.stat().st_size < 60_000 for picture in pictures)
    assert sum(picture.stat().st_size for picture in pictures) < 700_000
