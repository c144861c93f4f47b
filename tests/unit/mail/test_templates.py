"""The mail templates: strict about names, safe to fill, inlined once, and fit to be sent."""

from pathlib import Path

import css_inline
import pytest

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.mail.templates import MailTemplates

from .contexts import Write


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


@pytest.mark.parametrize(
    "reaching",
    [
        "{{ name.__class__.__mro__ }}",
        "{{ brand.__class__.__mro__ }}",
        "{{ brand['__class__'] }}",
        "{{ brand|attr('__class__') }}",
        "{{ '{0.__class__}'.format(brand) }}",
        "{{ brand.update(name='x') }}",
        "{{ brand.pop('name') }}",
        "{{ names.append('x') }}",
        "{{ language._catalogue }}",
        "{{ _.__globals__ }}",
    ],
)
@pytest.mark.parametrize("file", ["text", "html"])
def test_a_template_cannot_reach_into_the_program(write: Write, reaching: str, file: str) -> None:
    mails = write(**{file: reaching})
    values = {"name": "Ada", "brand": {"name": "Pin Labs"}, "names": ["Ada"]}
    with pytest.raises(ConfigurationError, match="unsafe"):
        mails.render("note", values)
    assert values == {"name": "Ada", "brand": {"name": "Pin Labs"}, "names": ["Ada"]}


def test_what_a_context_has_comes_before_what_every_mapping_has(write: Write) -> None:
    mails = write(text="{{ one.items }}, {{ one.keys()|join }}")
    assert mails.render("note", {"one": {"items": "two"}}).text == "two, items"


def test_a_message_is_markup_in_html_and_text_elsewhere(write: Write) -> None:
    message = "{{ _('<b>100%% of %(name)s</b>', name=name) }} {{ _('<i>100%%</i>') }}"
    rendered = write(text=message, html=f"<p>{message}</p>").render("note", {"name": "A & B"})
    assert rendered.text == "<b>100% of A & B</b> <i>100%</i>"
    assert "<b>100% of A &amp; B</b> <i>100%</i>" in rendered.html


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


def test_indents_are_not_sent_unless_they_are_seen(write: Write) -> None:
    indented = write(html="<body>\n    <p>one\n      line</p>\n</body>").render("note", {}).html
    assert "<p>one\nline</p>" in indented
    poem = write(html="<body>\n    <pre>one\n      line</pre>\n</body>").render("note", {}).html
    assert "<pre>one\n      line</pre>" in poem
    long = write(html="<p>\n  <!--% if name and\n      name != 'x' %-->yes<!--% endif %-->\n</p>")
    assert "yes" in long.render("note", {"name": "Ada"}).html


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


def test_a_paragraph_is_wrapped_and_its_lines_and_links_are_kept(write: Write) -> None:
    url = "https://labs.example/" + "a-long-way/" * 9
    words = "word " * 20
    text = write(text="{{ t|wrap }}").render("note", {"t": f"One.\n{words}\n{url}"}).text
    first, *middle, last = text.splitlines()
    assert (first, last) == ("One.", url)
    assert " ".join(middle).split() == words.split()
    assert all(len(line) <= 72 for line in middle)
