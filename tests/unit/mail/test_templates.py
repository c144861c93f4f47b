"""The mail templates: strict about names, safe to fill, inlined once, and fit to be sent."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import css_inline
import pytest

from pinlabs_mailer import resources
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.mail import templates as module
from pinlabs_mailer.mail.templates import MailTemplates, RenderedMail

SAMPLES = Path(module.__file__).parent.parent / "demo" / "samples"
BRAND: dict[str, object] = {
    "name": "Pin Labs",
    "base_url": "https://news.pinlabs.example",
    "join_url": "https://news.pinlabs.example/join",
    "privacy_url": "https://pinlabs.example/privacy",
    "postal_address": "1 Lab Street, 94107 San Francisco, USA",
}
UNSUBSCRIBE = "https://news.pinlabs.example/u/token"


def sample_posts() -> list[dict[str, str]]:
    """Return the twelve sample posts as a digest shows them."""
    items = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))["posts"]
    return [
        {
            "title": item["title"],
            "url": f"https://pinlabs.example/projects/{item['slug']}",
            "summary": item["summary"],
            "image_url": f"https://pinlabs.example/{item['image']}",
            "image_alt": item["image_alt"],
            "host": "pinlabs.example",
        }
        for item in items
    ]


def digest_context(posts: list[dict[str, str]]) -> dict[str, object]:
    return {
        "brand": BRAND,
        "issue": {"title": "24 November 2026", "key": "2026-11-24", "intro": ""},
        "posts": posts,
        "recipient": {
            "greeting": "Hi Ada,",
            "email": "ada@example.org",
            "since": "3 November 2026",
        },
        "links": {"unsubscribe": UNSUBSCRIBE},
    }


CONFIRM: dict[str, object] = {
    "brand": BRAND,
    "links": {"confirm": "https://news.pinlabs.example/confirm/token"},
    "request": {
        "topics": ["Projects", "Events"],
        "when": "24 November 2026, 09:14 UTC",
        "source": "https://news.pinlabs.example/join",
    },
    "valid_days": 7,
}

Write = Callable[..., MailTemplates]


@pytest.fixture(scope="module")
def ours() -> MailTemplates:
    return MailTemplates(resources.directory("templates") / "email")


@pytest.fixture(scope="module")
def digest(ours: MailTemplates) -> RenderedMail:
    return ours.render("digest", digest_context(sample_posts()))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a folder with one mail, `note`, of the given files."""

    def make(subject: str = "s", text: str = "t", html: str = "<p>h</p>") -> MailTemplates:
        folder = tmp_path / "note"
        folder.mkdir(exist_ok=True)
        (folder / "subject.txt").write_text(subject, encoding="utf-8")
        (folder / "body.txt").write_text(text, encoding="utf-8")
        (folder / "body.html").write_text(html, encoding="utf-8")
        return MailTemplates(tmp_path)

    return make


# What goes wrong, and what is said about it


@pytest.mark.parametrize("file", ["subject", "text", "html"])
def test_an_undefined_name_is_told_with_file_and_line(write: Write, file: str) -> None:
    start = "<style>\np { color: red }\n</style>\n" if file == "html" else "\n\n\n"
    mails = write(**{file: start + "{{ nmae }}"})
    with pytest.raises(ConfigurationError, match=r"line 4 .*'nmae' is undefined") as caught:
        mails.render("note", {"name": "Ada"})
    assert {"subject": "subject.txt", "text": "body.txt", "html": "body.html"}[file] in str(
        caught.value
    )
    assert "README" in caught.value.next_step


def test_an_undefined_attribute_inside_a_loop_is_named(write: Write) -> None:
    mails = write(html="<!--% for post in posts %-->\n<p>{{ post.titel }}</p>\n<!--% endfor %-->")
    with pytest.raises(ConfigurationError, match=r"line 2 .*titel"):
        mails.render("note", {"posts": [{"title": "x"}]})


def test_a_syntax_error_is_told_when_the_templates_are_loaded(write: Write) -> None:
    with pytest.raises(ConfigurationError, match=r"body\.txt, line 2"):
        write(text="fine\n{% if %}\n")
    with pytest.raises(ConfigurationError, match=r"body\.html, line 3"):
        write(html="<style>p{}</style>\n<p>\n<!--% for x %--></p>")


def test_a_missing_file_and_a_missing_mail_are_named(write: Write, tmp_path: Path) -> None:
    mails = write()
    with pytest.raises(ConfigurationError, match="'welcome'"):
        mails.render("welcome", {})
    (tmp_path / "note" / "body.txt").unlink()
    with pytest.raises(ConfigurationError, match=r"body\.txt"):
        MailTemplates(tmp_path)
    with pytest.raises(ConfigurationError, match="nowhere"):
        MailTemplates(tmp_path / "nowhere")


def test_a_template_cannot_reach_into_the_program(write: Write) -> None:
    mails = write(text="{{ name.__class__.__mro__ }}")
    with pytest.raises(ConfigurationError, match="unsafe"):
        mails.render("note", {"name": "Ada"})


def test_a_fault_in_the_values_is_told_as_well(write: Write) -> None:
    mails = write(text="{{ 1 // count }}")
    with pytest.raises(ConfigurationError, match=r"body\.txt, line 1 .*ZeroDivisionError"):
        mails.render("note", {"count": 0})


# CSS and markup


def test_css_is_inlined_when_the_templates_are_loaded_and_never_again(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    inliner, loads = css_inline.CSSInliner, []

    def counting(**options: bool) -> css_inline.CSSInliner:
        loads.append(options)
        return inliner(load_remote_stylesheets=False, minify_css=True)

    monkeypatch.setattr(css_inline, "CSSInliner", counting)
    mails = write(html="<style>p { color: red }</style><p>{{ name }}</p>")
    assert len(loads) == 1
    for name in ("Ada", "Grace"):
        assert f'<p style="color:red">{name}</p>' in mails.render("note", {"name": name}).html
    assert len(loads) == 1


def test_a_style_that_is_marked_stays_and_loses_its_mark(write: Write) -> None:
    html = write(
        html='<style>p { color: red }</style><style data-css-inline="keep">@media print '
        "{ p { color: blue !important } }</style><p>x</p>"
    )
    shown = html.render("note", {}).html
    assert "<style>@media print" in shown
    assert "data-css-inline" not in shown
    assert 'style="color:red"' in shown


def test_expressions_survive_the_inliner(write: Write) -> None:
    mails = write(
        html='<style>a { color: red }</style><a href="{{ a ~ "?x=1&y=" ~ b }}" '
        'title="{{ "yes" if a and 2 > 1 else "no" }}">{{ "<" ~ a ~ ">" }}</a>'
    )
    html = mails.render("note", {"a": "k", "b": '"'}).html
    assert 'href="k?x=1&amp;y=&#34;"' in html
    assert 'title="yes"' in html
    assert ">&lt;k&gt;</a>" in html


def test_loops_stay_where_they_are_inside_a_table(write: Write) -> None:
    mails = write(
        html="<style>td { color: red }</style><table><tbody><!--% for n in range(3) %--><tr>"
        "<!--% if n != 1 %--><td>{{ n }}</td><!--% endif %--></tr><!--% endfor %--></tbody></table>"
    )
    cell = '<td style="color:red">{}</td>'
    rows = f"<tr>{cell.format(0)}</tr><tr></tr><tr>{cell.format(2)}</tr>"
    assert f"<table><tbody>{rows}</tbody></table>" in mails.render("note", {}).html


def test_markup_that_repair_would_tear_from_its_loop_is_refused(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="tbody"):
        write(
            html="<table><!--% for n in range(3) %--><tr><td>x</td></tr><!--% endfor %--></table>"
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
    for text in (digest.text, ours.render("confirm", CONFIRM).text):
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
        "links": {"unsubscribe": "\ufdd0unsubscribe\ufdd1"},
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
        "issue": {"title": "24 November 2026", "key": "2026-11-24", "intro": "A word first."},
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
    assert mail.html.count("<a ") == 2  # the button, and the privacy page
    for part in (mail.text, mail.html):
        assert "24 November 2026, 09:14 UTC" in part
        assert "https://news.pinlabs.example/join" in part
        assert "Projects" in part
        assert "Events" in part
        assert "7 days" in part
        assert re.search(r"If it was not you, ignore this mail", part)


# The samples


def test_the_sample_pictures_are_there_and_light() -> None:
    items = json.loads((SAMPLES / "posts.json").read_text(encoding="utf-8"))["posts"]
    pictures = [SAMPLES / item["image"] for item in items]
    assert sorted(pictures) == sorted((SAMPLES / "images").iterdir())
    assert all(picture.stat().st_size < 60_000 for picture in pictures)
    assert sum(picture.stat().st_size for picture in pictures) < 700_000
