"""Joining gives the message that rendering for one person alone would have given.

Two judges: the standard library decodes what was joined to exactly what Jinja renders with the
reader's real values; and a slow, plain encoder of this file's own, which renders the template
anew for the reader, arrives at the same bytes.
"""

import re
from datetime import UTC
from email.header import decode_header, make_header

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import checklist
from tests.unit.mail import samples
from tests.unit.mail.samples import AT, SLOTS

from pinlabs_mailer import languages
from pinlabs_mailer.community.address import clean_name
from pinlabs_mailer.digest import letter
from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.mail.message import Recipient, prepare
from pinlabs_mailer.mail.slots import clean, encode
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import Mailbox

OPEN, CLOSE = "\ufdd0", "\ufdd1"
LINE_ENDS = "\x85\u2028\u2029"

anything = st.characters(exclude_categories=["Cs"], exclude_characters=OPEN + CLOSE)
one_line = st.characters(
    exclude_categories=["Cs"],
    exclude_characters="".join(map(chr, range(32))) + "\x7f" + LINE_ENDS + OPEN + CLOSE,
)
awkward = st.text(
    st.sampled_from(list(".=? From<>&\"'\\,;:@éß漢👩‍🔬\xa0\ufeff\u200f")), max_size=90
)
lines = st.text(one_line, max_size=90) | awkward
titles = lines.filter(lambda line: line.strip() != "")
names = lines.map(str.strip)


def slow_quoted_printable(text: str) -> list[str]:
    """Encode character by character; return each line of the text, encoded.

    A line takes what fits into 75 columns. What a relay may change is written as =XX: a dot or a
    "From " where an encoded line begins, white space other than single spaces inside a line.
    """
    encoded = []
    for line in text.split("\n"):
        tokens = []
        for place, character in enumerate(line):
            last = place == len(line) - 1
            plain = "!" <= character <= "~" and character != "="
            if plain or (character == " " and not last and line[place - 1 : place] != " "):
                tokens.append(character)
            else:
                tokens += [f"={octet:02X}" for octet in character.encode()]
        column, out = 0, ""
        for place, token in enumerate(tokens):
            if column + len(token) > 75:
                out, column = out + "=\r\n", 0
            here = tokens[place : place + 5]
            if column == 0 and (token == "." or here == list("From ")):
                token = f"={ord(token):02X}"
            out, column = out + token, column + len(token)
        encoded.append(out)
    return encoded


def slow_part(marked: str) -> bytes:
    """Encode a rendering with real values, each between marks; a value has lines of its own."""
    segments = re.split(f"{OPEN}(.*?){CLOSE}", marked)
    encoded = ""
    for place, segment in enumerate(segments):
        encoded += "\r\n".join(slow_quoted_printable(segment))
        is_value, is_last = place % 2 == 1, place == len(segments) - 1
        if is_value or (not is_last and encoded_part_of(segment)):
            encoded += "=\r\n"
    return encoded.encode("ascii")


def encoded_part_of(literal: str) -> bool:
    """Say whether a literal leaves its last line open."""
    return literal != "" and not literal.endswith("\n")


def subject_of(raw: bytes) -> str:
    return str(make_header(decode_header(checklist.value(raw, "Subject"))))


def name_in_to(raw: bytes, address: str) -> str:
    phrase = checklist.value(raw, "To").removesuffix(f"<{address}>").removesuffix(" ")
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return str(make_header(decode_header(phrase))) if phrase != address else ""


def assert_well_formed(raw: bytes) -> None:
    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    for line in checklist.head(raw).split(b"\r\n")[:-1]:
        value = re.sub(rb"^[!-9;-~]+: |^ ", b"", line)
        assert len(line) <= 78 or b" " not in value.strip()
    for _, body in checklist.encoded_parts(raw):
        assert max(map(len, body.split(b"\r\n"))) <= 76
        assert not re.search(rb"[ \t]\r\n|(^|\r\n)(\.|From )", body)
    assert len(checklist.encoded_parts(raw)) == 2


@settings(max_examples=60, deadline=None)
@given(
    title=titles,
    others=st.lists(titles, max_size=2),
    summary=lines,
    alt=lines,
    name=names,
    since=lines,
    code=st.sampled_from(["en", "de"]),
)
def test_an_edition_joined_is_the_digest_rendered_for_one_reader(
    title: str, others: list[str], summary: str, alt: str, name: str, since: str, code: str
) -> None:
    language = languages.named(code)
    head = samples.masthead()
    posts = [
        samples.post(number, title=one, summary=summary, image_alt=alt)
        for number, one in enumerate([title, *others], 1)
    ]
    to = samples.recipient(head, name)
    assert to.unsubscribe is not None
    real = {
        letter.GREETING: f"Hello {name}," if name else "Hello,",
        letter.EMAIL: to.to.address,
        letter.SINCE: since,
        letter.UNSUBSCRIBE: to.unsubscribe.https,
        letter.PREFERENCES: to.values[letter.PREFERENCES][0].removesuffix(b"=\r\n").decode(),
    }
    joined = to._replace(values={**to.values, letter.SINCE: encode(since)})
    raw = samples.prepared_digest(head, posts, code).join(joined, AT)

    plain = samples.templates().render("digest", samples.context(head, posts, real, code), language)
    assert_well_formed(raw)
    assert checklist.decoded(raw) == (plain.text, plain.html)
    assert subject_of(raw) == plain.subject
    assert name_in_to(raw, to.to.address) == name

    marked = {key: f"{OPEN}{value}{CLOSE}" for key, value in real.items()}
    slow = samples.templates().render(
        "digest", samples.context(head, posts, marked, code), language
    )
    (_, text), (_, html) = checklist.encoded_parts(raw)
    assert text == slow_part(slow.text)
    assert html == slow_part(slow.html)


@settings(max_examples=150, deadline=None)
@given(
    subject=lines.map(lambda line: " ".join(line.split())),
    text=st.text(anything, max_size=300),
    html=st.text(anything, max_size=300),
    values=st.tuples(st.text(anything, max_size=90), st.text(anything, max_size=90)),
    places=st.tuples(*[st.integers(0, 300)] * 4),
)
def test_any_text_with_any_values_comes_out_as_it_went_in(
    subject: str, text: str, html: str, values: tuple[str, str], places: tuple[int, ...]
) -> None:
    first, second = sorted(places[:2])
    third, fourth = sorted(places[2:])
    slots = (OPEN + "recipient.a" + CLOSE, OPEN + "recipient.b" + CLOSE)
    mail = RenderedMail(
        subject=subject,
        text=text[:first] + slots[0] + text[first:second] + slots[1] + text[second:],
        html=html[:third] + slots[1] + html[third:fourth] + slots[0] + html[fourth:],
    )
    to = Recipient(
        to=Mailbox("", "ada@example.net"),
        message_id="1.x@pinlabs.example",
        values={"recipient.a": encode(values[0]), "recipient.b": encode(values[1])},
    )
    raw = prepare(mail, from_=Mailbox("", "news@pinlabs.example")).join(to, AT)
    assert_well_formed(raw)
    a, b = map(clean, values)
    escaped_a, escaped_b = map(escaped, (a, b))
    wanted_text = text[:first] + a + text[first:second] + b + text[second:]
    wanted_html = html[:third] + escaped_b + html[third:fourth] + escaped_a + html[fourth:]
    assert checklist.decoded(raw) == (one_kind_of_line(wanted_text), one_kind_of_line(wanted_html))
    assert subject_of(raw) == subject
    read = [one_kind_of_line(part.get_content()) for part in checklist.parse(raw).iter_parts()]
    assert read == list(checklist.decoded(raw))


def escaped(value: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        value = value.replace(character, entity)
    return value.replace('"', "&#34;").replace("'", "&#39;")


def one_kind_of_line(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=200, deadline=None)
@given(name=st.text(max_size=70) | awkward)
def test_any_name_a_person_may_have_stands_in_to_as_it_was_cleaned(name: str) -> None:
    try:
        kept = clean_name(name)
    except BadInput:
        return
    head = samples.masthead()
    to = samples.recipient(head, kept)
    raw = SMALL.join(to, AT)
    assert_well_formed(raw)
    assert name_in_to(raw, to.to.address) == kept
    read = checklist.parse(raw)["To"].addresses
    assert [one.addr_spec for one in read] == [to.to.address]
    if checklist.value(raw, "To").count("=?") < 2:  # Python 3.11 puts a space between two
        assert read[0].display_name == kept


SMALL = prepare(
    RenderedMail("s", "t\n", "<p>h</p>\n"),
    from_=samples.masthead().from_,
    mailing_list=samples.masthead().mailing_list,
)


@given(name=st.text(), control=st.sampled_from([chr(n) for n in range(32)] + ["\x7f"]))
@settings(max_examples=50, deadline=None)
def test_no_control_character_gets_into_a_header(name: str, control: str) -> None:
    head = samples.masthead()
    with pytest.raises(BadInput):
        SMALL.join(samples.recipient(head, name + control), AT)
    with pytest.raises(BadInput):
        prepare(RenderedMail(name + control, "t", "h"), from_=head.from_)


def test_the_edition_is_what_the_letter_renders() -> None:
    head, posts = samples.masthead(), samples.sample_posts()
    ours = samples.templates().render("digest", samples.context(head, posts, SLOTS))
    rendered = letter.render(samples.templates(), head, samples.HEADING, posts, UTC)
    assert rendered == ours


def test_a_post_with_marks_in_it_brings_no_slot() -> None:
    """What came from a feed must not print another value, or stop the run by an unknown one."""
    head = samples.masthead()
    evil = f"A {OPEN}links.unsubscribe{CLOSE} {OPEN}no.such{CLOSE}"
    post = samples.post(title=evil, summary=evil, image_alt=evil, url="https://x.example/" + evil)
    raw = samples.prepared_digest(head, [post]).join(samples.recipient(head), AT)
    text, html = checklist.decoded(raw)
    for part in (text, html, checklist.subject(raw)):
        assert "A links.unsubscribe no.such" in part
    assert text.count(checklist.unsubscribe_uris(raw)[0]) == 1
