"""The one gate through which foreign posts come in: drafts become posts, or are refused.

Every source hands its drafts to `vet`, and what is typed by hand goes through `accept`, so
that no form of input is trusted more than another. Nothing is read or stored here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pinlabs_mailer.content import text
from pinlabs_mailer.content.found import FoundPost, Reading, Refused
from pinlabs_mailer.content.urls import BaseMissing, web_link
from pinlabs_mailer.errors import BadInput

MAX_TITLE = 300
MAX_SUMMARY = 2_000
MAX_ALT = 500


@dataclass(frozen=True)
class Draft:
    """A post as its source states it; texts may be `text.Markup`, links may be relative."""

    link: str
    title: str
    summary: str = ""
    body: str = ""
    """The article itself: stands in for a summary that is not there."""
    image: str = ""
    image_alt: str = ""
    published_at: datetime | None = None


def accept(draft: Draft, base_url: str | None) -> FoundPost:
    """Return the post, or raise BadInput saying what is wrong with it."""
    title = text.cut(text.plain(draft.title), MAX_TITLE)
    if not title:
        raise BadInput("its title is missing")
    try:
        url = web_link(draft.link, base_url)
    except BaseMissing:
        raise
    except BadInput as error:
        raise BadInput(f"its link {error.what}") from error
    if text.carries_script(draft.summary):
        # An article's body may embed a player or a tweet; a summary has no business with code.
        raise BadInput("its summary has a script in it")
    image_url = _image(draft.image, base_url)
    return FoundPost(
        url=url,
        title=title,
        summary=text.cut(text.plain(draft.summary) or text.plain(draft.body), MAX_SUMMARY),
        image_url=image_url,
        image_alt=text.cut(text.plain(draft.image_alt), MAX_ALT) if image_url else "",
        published_at=draft.published_at,
    )


def vet(drafts: Iterable[Draft], base_url: str | None) -> Reading:
    """Return what can be taken and what was refused; BadInput if there was nothing but the latter.

    BaseMissing goes through: it is about the source, not about one post.
    """
    posts: list[FoundPost] = []
    refused: list[Refused] = []
    for number, draft in enumerate(drafts, start=1):
        try:
            posts.append(accept(draft, base_url))
        except BaseMissing:
            raise
        except BadInput as error:
            refused.append(Refused(_name(draft, number), error.what))
    if refused and not posts:
        first = refused[0]
        raise BadInput(
            f"None of its posts can be taken ({len(refused)} refused). {first.what}: {first.why}.",
            "Put the posts right where they come from, and import again.",
        )
    return Reading(tuple(posts), tuple(refused))


def _image(link: str, base_url: str | None) -> str:
    """Return the picture's address, or nothing: a post is not refused for its picture."""
    try:
        return web_link(link, base_url)
    except BaseMissing:
        raise
    except BadInput:
        return ""


def _name(draft: Draft, number: int) -> str:
    title = text.cut(text.plain(draft.title), 80)
    return f"“{title}”" if title else f"Post {number}"
