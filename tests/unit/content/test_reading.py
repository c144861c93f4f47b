"""Every form gives the same posts; what is no form is told apart, and nothing half-read."""

from pathlib import Path

import pytest

from pinlabs_mailer.content.reading import read_body, read_posts
from pinlabs_mailer.errors import BadInput

from .samples import BASE, FORMS, POSTS, RSS, rss

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(
        f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10)
    )
    + "]>"
)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_posts(form: str) -> None:
    reading = read_body(FORMS[form], BASE)
    assert reading.items == POSTS
    assert reading.refused == ()


@pytest.mark.parametrize("form", FORMS)
def test_the_form_shows_in_the_content_not_in_the_name(form: str, tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_bytes(b"\xef\xbb\xbf\n\n" + FORMS[form])
    assert read_posts(str(path), base_url=BASE).items == POSTS


@pytest.mark.parametrize("form", ["feed.json", "rss", "html"])
def test_the_projects_page_has_twelve_posts_in_each_form(form: str) -> None:
    path = SHARED / f"pin-labs-projects.{form}"
    if not path.exists():
        pytest.skip(f"{path} is not here: the shared sample data is no part of the checkout")
    lines = [line for line in (SHARED / "pin-labs-projects.txt").read_text().splitlines() if line]
    spoken = [(post.image_alt, post.title, post.summary) for post in read_posts(str(path)).items]
    # The plain text holds, for each card: alternative text, title, summary, "Read more".
    assert spoken == [tuple(lines[n : n + 3]) for n in range(3, 3 + 12 * 4, 4)]
    for post in read_posts(str(path)).items:
        slug = post.url.removeprefix("https://pinlabs.example/projects/")
        assert "/" not in slug
        assert post.image_url == f"https://pinlabs.example/images/{slug}.png"
        assert (post.published_at is not None) == (form == "rss")


def test_relative_links_in_a_file_without_a_base_ask_for_one(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(RSS)
    with pytest.raises(BadInput, match="--base") as caught:
        read_posts(str(path))
    assert str(path) in caught.value.what


def test_a_base_that_is_no_web_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--base is no web address"):
        read_posts(str(tmp_path), base_url="labs.example")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"Dear reader, this is a letter.", "neither a feed nor a web page"),
        (b"\x89PNG\r\n\x1a\n\x00\x00<", "neither a feed nor a web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "no feed"),
        (b"<!doctype html><p>Welcome</p>", "without a card"),
        (RSS[: len(RSS) // 2], "cut off|broken"),
        (RSS[:-8], "cut off"),
        (RSS.replace(b"</title>", b"", 1), "broken"),
        (FORMS["json"][:-40], "cut off"),
        (b'{"items": []}', "no JSON Feed"),
        (b"[" * 100_000, "too deep"),
        (rss("&lol9;", LAUGHS), "entity"),
        (rss("", '<!DOCTYPE rss [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>'), "entity"),
        (
            rss("<item><title>x</title></item>", '<!DOCTYPE rss [<!ENTITY nbsp "&#160;">]>'),
            "entity",
        ),
        (rss("<a/>", '<!DOCTYPE rss [<!ATTLIST a b CDATA "' + "c" * 9_000 + '">]>'), "attribute"),
        (rss("<a>" * 200 + "</a>" * 200), "nests deeper"),
        (rss("<a/>" * 200_000), "elements"),
        (rss("".join(f'<a xmlns="u:{n}"/>' for n in range(2_000))), "namespaces"),
        (b"<p>" * 60_000, "tags"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    body: bytes, wrong: str, tmp_path: Path
) -> None:
    path = tmp_path / "given"
    path.write_bytes(body)
    with pytest.raises(BadInput, match=wrong) as caught:
        read_posts(str(path))
    assert str(path) in caught.value.what
    assert caught.value.next_step


def test_a_post_that_is_bad_is_left_out_and_told() -> None:
    reading = read_body(
        rss(
            "<item><title>Trap</title><link>javascript:alert(1)</link></item>"
            "<item><link>https://labs.example/nameless</link></item>"
            "<item><title>Code</title><link>https://labs.example/code</link>"
            "<description>Look: &lt;script&gt;steal()&lt;/script&gt;</description></item>"
            "<item><title>Good</title><link>https://labs.example/good</link></item>"
        ),
        None,
    )
    assert [post.title for post in reading.items] == ["Good"]
    assert [(refused.what, refused.why) for refused in reading.refused] == [
        ("“Trap”", "its link is no web address (javascript:)"),
        ("Item 2", "its title is missing"),
        ("“Code”", "its summary has a script in it"),
    ]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("<title>A</title><link>javascript:alert(1)</link>", "javascript:"),
        ("<title>A</title><link>data:text/html,x</link>", "data:"),
        ("<title>A</title>", "its link is missing"),
        ("<title>A</title><guid>4711</guid>", "its link is missing"),
        ("<title>A</title><link>https://you:secret@labs.example/</link>", "password"),
        ("<title>A</title><link>https://labs.example\\@evil.example/</link>", "backslash"),
        (
            "<title>A</title><link>https://labs.example/</link>"
            "<description><![CDATA[<SCRIPT src=//evil.example></SCRIPT>]]></description>",
            "script",
        ),
    ],
)
def test_a_feed_of_nothing_but_bad_posts_is_refused(item: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_body(rss(f"<item>{item}</item>"), BASE)


def test_a_feed_that_is_empty_so_far_is_no_mistake() -> None:
    assert read_body(rss("<title>New</title>"), None).items == ()
