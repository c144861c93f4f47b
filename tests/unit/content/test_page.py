"""Cards on a web page."""

import pytest

from pinlabs_mailer.content.found import Document
from pinlabs_mailer.content.sources import page
from pinlabs_mailer.errors import BadInput

CARD = "<div><h2>{0}</h2><p>About {0}.</p><a href='{1}'>Read more</a></div>"
URL = "https://labs.example/blog/index.html"


def read(body: str, base_url: str | None = URL) -> list[str]:
    return [post.url for post in page.read(Document(body.encode(), base_url)).items]


def test_links_count_from_the_address_of_the_page() -> None:
    assert read(CARD.format("A", "a")) == ["https://labs.example/blog/a"]


def test_the_base_of_the_page_goes_before_its_address() -> None:
    base = "<base href='https://cdn.example/x/'>"
    assert read(base + CARD.format("A", "a")) == ["https://cdn.example/x/a"]


def test_a_relative_base_counts_from_the_address() -> None:
    assert read("<base href='/y/'>" + CARD.format("A", "a")) == ["https://labs.example/y/a"]


def test_a_base_that_is_no_address_is_ignored() -> None:
    base = "<base href='javascript:x//'>"
    assert read(base + CARD.format("A", "a")) == ["https://labs.example/blog/a"]


@pytest.mark.parametrize("base", ["", "<base href='/y/'>"])
def test_a_page_from_nowhere_asks_for_its_address(base: str) -> None:
    with pytest.raises(BadInput, match="--base"):
        read(base + CARD.format("A", "a"), None)


def test_a_card_without_a_heading_does_not_take_its_neighbours() -> None:
    cards = "<div><p>nameless</p><a href='n'>Read more</a></div>" + CARD.format("A", "a")
    reading = page.read(Document(f"<h1>All</h1>{cards}".encode(), URL))
    assert [post.title for post in reading.items] == ["A"]
    assert [refused.why for refused in reading.refused] == ["its title is missing"]


def test_a_box_that_says_join_is_no_card() -> None:
    join = "<div><img src=x alt=y><h2>Join us</h2><p>Do.</p><a href='/join'>Join</a></div>"
    assert read(CARD.format("A", "a") + join) == ["https://labs.example/blog/a"]


def test_markup_shown_as_text_stays_text() -> None:
    (post,) = page.read(Document(CARD.format("The &lt;/p&gt; tag", "a").encode(), URL)).items
    assert post.title == "The </p> tag"


def test_a_page_without_cards_points_to_its_feed() -> None:
    head = "<html><link rel='alternate' type='application/rss+xml' href='/feed.xml'>"
    with pytest.raises(BadInput, match=r"/feed\.xml"):
        read(head)
