"""A digest of several kinds: each in a section of its own, the same in both parts."""

import re

from pinlabs_mailer.mail.templates import MailTemplates

from .contexts import EVENT, JOB, digest_context, sample_posts


def test_events_and_jobs_have_sections_of_their_own(ours: MailTemplates) -> None:
    mail = ours.render("digest", digest_context(sample_posts()[:2], [EVENT], [JOB]))
    for part in (mail.text, mail.html):
        for told in (EVENT["when"], EVENT["place"], JOB["title"], "Engineering · Berlin · Remote"):
            assert told in part
        assert part.index(sample_posts()[1]["title"]) < part.index(EVENT["title"])
        assert part.index(EVENT["title"]) < part.index(JOB["title"])
    for url in (EVENT["calendar_url"], EVENT["online_url"], JOB["url"]):
        assert f'href="{url}"' in mail.html
        assert url in mail.text.splitlines()
    assert "37 more openings" in mail.html
    assert re.findall(r">(Projects|Events|Jobs)</h2>", mail.html) == ["Events", "Jobs"]


def test_only_the_stories_of_their_own_section_are_numbered_in_the_text(
    ours: MailTemplates,
) -> None:
    first, second = sample_posts()[:2]
    context = digest_context([second])
    pinned = {"name": "pinned", "title": "", "entries": [EVENT, first], "more": 0, "all_url": ""}
    context["sections"] = [pinned, *context["sections"]]  # type: ignore[misc]
    lines = ours.render("digest", context).text.splitlines()
    for line in (f"* {EVENT['title']}", f"* {first['title']}", f"1. {second['title']}"):
        assert line in lines


def test_a_digest_of_jobs_alone_is_headed_and_named_by_the_first(ours: MailTemplates) -> None:
    mail = ours.render("digest", digest_context([], jobs=[JOB, JOB]))
    assert mail.subject == "Platform engineer, and 1 more"
    assert ">Jobs</h2>" in mail.html


def test_the_editors_subject_stands_for_ours(ours: MailTemplates) -> None:
    context = digest_context(sample_posts())
    issue = {**context["issue"], "subject": "A word first"}  # type: ignore[dict-item]
    assert ours.render("digest", {**context, "issue": issue}).subject == "A word first"


def test_what_runs_from_right_to_left_may_do_so(ours: MailTemplates) -> None:
    post, lead = ({**one, "title": f"مرحبا {n}"} for n, one in enumerate(sample_posts()[:2]))
    event, job = {**EVENT, "title": "مرحبا 2"}, {**JOB, "title": "مرحبا 3"}
    html = ours.render("digest", digest_context([lead, post], [event], [job])).html
    headings = re.findall(r"<(h[23]) ([^>]*)>(?:<a [^>]*>)?مرحبا", html)
    assert [name for name, attributes, *_ in headings if 'dir="auto"' in attributes] == [
        "h2", "h2", "h3", "h3"
    ]  # fmt: skip


def test_a_picture_without_words_of_its_own_says_where_its_link_leads(ours: MailTemplates) -> None:
    posts = [{**one, "image_alt": ""} for one in sample_posts()[:2]]
    html = ours.render("digest", digest_context(posts)).html
    assert [re.search(r'alt="([^"]*)"', one)[1] for one in re.findall(r"<img[^>]*>", html)] == [  # type: ignore[index]
        one["title"] for one in posts
    ]


def test_a_summary_that_is_a_whole_article_is_cut_at_a_word(ours: MailTemplates) -> None:
    posts = [{**one, "summary": "word " * 400} for one in sample_posts()[:2]]
    mail = ours.render("digest", digest_context(posts))
    for part in (mail.text, mail.html):
        assert part.count("word") <= 2 * 100
        assert part.count("word…") == 2
