"""For every rule, mails with that one fault. Those of signatures are in test_signature.py."""

from tests.unit.mail.preflight.mails import Draft, Spoil


def _link(url: str, words: str = "A page about this") -> Spoil:
    """Return what adds a link to both parts."""
    return lambda mail: mail.shows(f'<p><a href="{url}">{words}</a></p>', f"{words}:\n{url}")


def _image(attributes: str) -> Spoil:
    return lambda mail: mail.shows(f"<img {attributes}>")


def _styled(style: str, words: str = "Some words.") -> Spoil:
    return lambda mail: mail.shows(f'<p style="{style}">{words}</p>')


def _ruled(css: str) -> Spoil:
    return lambda mail: mail.in_html("</head>", f"<style>{css}</style></head>")


def _way_out(mail: Draft) -> str:
    uris = mail.value("List-Unsubscribe")
    return uris[1 : uris.index(">")]


def _listed(old: str, new: str) -> Spoil:
    """Return what changes List-Unsubscribe alone."""
    name = "List-Unsubscribe"
    return lambda mail: mail.given(name, mail.value(name).replace(old, new))


def _leaving(old: str, new: str) -> Spoil:
    """Return what changes the one-click address everywhere."""

    def spoil(mail: Draft) -> Draft:
        uris, uri = mail.value("List-Unsubscribe"), _way_out(mail)
        changed = uri.replace(old, new)
        return mail.reads(uri, changed).given("List-Unsubscribe", uris.replace(uri, changed))

    return spoil


PICTURE = 'src="https://pinlabs.example/p.png" alt="a diagram"'

FAULTS: dict[str, list[Spoil]] = {
    "line-ends": [
        lambda mail: mail.raw().replace(b"=\r\n", b"=\n", 1),
        lambda mail: mail.raw() + b"\0\r\n",
        lambda mail: mail.raw() + b"x",
    ],
    "line-length": [lambda mail: mail.raw() + b"x" * 999 + b"\r\n"],
    "header-lines": [
        lambda mail: b"no field\r\n" + mail.raw(),
        lambda mail: mail.given("X-Empty", "a\r\n \r\n b"),
    ],
    "header-folds": [lambda mail: mail.given("X-Long", "long " * 20 + "end")],
    "header-ascii": [lambda mail: mail.given("X-Name", "Käthe")],
    "encoded-words": [
        lambda mail: mail.given("Subject", "=?utf-8?b?w6Q=?==?utf-8?b?w6Q=?="),
        lambda mail: mail.given("Subject", "=?utf-8?b?" + "w6Qg" * 17 + "?="),
        lambda mail: mail.given("Subject", "=?utf-8?b?ww==?="),
        lambda mail: mail.given("X-Mailer", "=?utf-8?b?w6Q=?="),
    ],
    "header-size": [
        lambda mail: mail.given("X-Large", "\r\n ".join(["x" * 70] * 120)),
        lambda mail: mail.raw().replace(b"MIME-Version", b"X-One: 1\r\n" * 100 + b"MIME-Version"),
    ],
    "alternatives": [
        lambda mail: mail.raw().replace(b"multipart/alternative", b"multipart/mixed"),
        lambda mail: mail.raw().replace(
            b"--=_part--", b"--=_part\r\nContent-Type: a/b\r\n\r\nx\r\n--=_part--"
        ),
    ],
    "charset": [lambda mail: Draft(mail.fields, mail.text, mail.html, charset="iso-8859-1")],
    "encoded-lines": [
        lambda mail: mail.raw().replace(b"\r\n--=_part--", b"x" * 80 + b"\r\n--=_part--")
    ],
    "boundary": [lambda mail: mail.raw().replace(b"=_part", b"b" * 71)],
    "seven-bit": [lambda mail: mail.raw().replace(b"Hello Ada", "Hällo Ada".encode(), 1)],
    "fields-once": [
        lambda mail: mail.added("Subject", "Another"),
        lambda mail: mail.added("Reply-To", "x@pinlabs.example"),
        lambda mail: mail.without("MIME-Version"),
    ],
    "sender": [
        lambda mail: mail.given("From", "Pin Labs <news@pinlabs.example>, x@pinlabs.example"),
        lambda mail: mail.given("From", "Pin Labs <news@gmail.com>"),
        lambda mail: mail.given("From", "Pin Labs <news@other.example>"),
    ],
    "message-id": [
        lambda mail: mail.given("Message-ID", "<17 x@pinlabs.example>"),
        lambda mail: mail.given("Message-ID", "<17.x@other.example>"),
    ],
    "date": [
        lambda mail: mail.given("Date", "Tue, 24 Nov 2026 09:00:07 GMT"),
        lambda mail: mail.given("Date", "Sun, 22 Nov 2026 09:00:07 +0000"),
        lambda mail: mail.given("Date", "Tue, 44 Nov 2026 09:00:07 +0000"),
    ],
    "one-recipient": [
        lambda mail: mail.given("To", "ada@example.net, bob@example.net"),
        lambda mail: mail.added("Cc", "bob@example.net"),
    ],
    "subject-no-reply": [
        lambda mail: mail.given("Subject", "Re: your question"),
        lambda mail: mail.given("Subject", "AW: Ihre Frage"),
    ],
    "display-name": [
        lambda mail: mail.given("From", "=?utf-8?b?4pyU?= Pin Labs <news@pinlabs.example>"),
        lambda mail: mail.given("From", "Pin Labs for Ada <news@pinlabs.example>"),
    ],
    "relay-fields": [
        lambda mail: mail.added("Received", "from us"),
        lambda mail: mail.added("Bcc", "bob@example.net"),
    ],
    "automatic": [lambda mail: mail.without("Precedence")],
    "subject-empty": [lambda mail: mail.given("Subject", "")],
    "subject-length": [lambda mail: mail.given("Subject", "Long " * 12 + "x")],
    "subject-capitals": [lambda mail: mail.given("Subject", "READ THIS NOW")],
    "list-unsubscribe": [
        lambda mail: mail.without("List-Unsubscribe"),
        lambda mail: mail.given("List-Unsubscribe", "<mailto:leave@pinlabs.example>"),
        _listed(",", ""),
    ],
    "one-click": [
        lambda mail: mail.without("List-Unsubscribe-Post"),
        lambda mail: mail.given("List-Unsubscribe-Post", "List-Unsubscribe=one-click"),
    ],
    "unsubscribe-address": [
        _leaving("https://news.", "https://old."),
        _leaving("/u/", "/@/"),
    ],
    "unsubscribe-token": [
        _leaving("/u/", "/u/x"),
        _listed("%20", "%20x"),
    ],
    "unsubscribe-plain": [
        _leaving("/u/", "/" + "long/" * 4 + "u/"),
    ],
    "list-id": [
        lambda mail: mail.given("List-Id", "newsletter"),
        lambda mail: mail.without("List-Id"),
    ],
    "feedback-id": [
        lambda mail: mail.given("Feedback-ID", "a:b:c:d:pinlabs"),
        lambda mail: mail.given("Feedback-ID", "digest:digest:pinlabs"),
        lambda mail: mail.given("Feedback-ID", "digest:newsletter:pin"),
        lambda mail: mail.given("Feedback-ID", "17.installation:newsletter:pinlabs"),
    ],
    "complaint-address": [lambda mail: mail.given("CFBL-Address", "nobody")],
    "unsubscribe-link": [
        lambda mail: mail.in_html(_way_out(mail), "https://pinlabs.example/projects/1").in_text(
            "Hello", "https://pinlabs.example/projects/1"
        ),
    ],
    "postal-address": [
        lambda mail: mail.in_text("1 Lab Street", ""),
        lambda mail: mail.in_html("1 Lab Street", ""),
    ],
    "reason": [
        lambda mail: mail.in_text("ada@example.net", "you"),
        lambda mail: mail.in_html("ada@example.net", "you"),
    ],
    "hidden-words": [
        _styled("display:none"),
        _styled("font-size:1px"),
        _styled("color:#fff;background:#fff"),
        _styled("visibility: hidden"),
        lambda mail: mail.in_html("Also:", "Also: " + "many words " * 20),
    ],
    "preheader": [lambda mail: mail.in_html("display:none;", "")],
    "placeholders": [
        lambda mail: mail.shows("<p>Hello {{ name }}</p>"),
        lambda mail: mail.in_text("Hello", "Hello {% if name %}"),
        lambda mail: mail.in_text("Hello", "Hello %(name)s"),
        lambda mail: mail.in_text("Hello", "Hello \ufdd0recipient.greeting\ufdd1"),
        lambda mail: mail.given("Subject", "News for {{ name }}"),
    ],
    "drafting": [
        lambda mail: mail.in_text("Hello", "TODO Hello"),
        lambda mail: mail.shows("<p>lorem ipsum dolor</p>"),
    ],
    "same-links": [lambda mail: mail.shows('<a href="https://pinlabs.example/only">Only here</a>')],
    "text-plain": [
        lambda mail: mail.in_text("Hello", "<b>Hello</b>"),
        lambda mail: mail.in_text("Hello", "Hello&nbsp;"),
    ],
    "language": [lambda mail: mail.in_html('lang="en"', "")],
    "active-content": [
        lambda mail: mail.shows("<input>"),
        lambda mail: mail.shows("<button>x</button>"),
        lambda mail: mail.shows('<p onclick="x()">x</p>'),
        lambda mail: mail.in_html("</head>", '<base href="https://x.example/"></head>'),
        lambda mail: mail.in_html("</head>", '<meta http-equiv="refresh" content="1"></head>'),
    ],
    "image-alt": [_image('src="https://pinlabs.example/p.png" width="9" height="9"')],
    "image-size": [_image(PICTURE), _image(f'{PICTURE} width="300"')],
    "image-address": [
        _image('src="/p.png" alt="a diagram" width="9" height="9"'),
        _image('src="data:image/png;base64,AAAA" alt="a diagram" width="9" height="9"'),
    ],
    "image-https": [_image('src="http://pinlabs.example/p.png" alt="x" width="9" height="9"')],
    "tracking-pixel": [
        _image('src="https://pinlabs.example/o" alt="" width="1" height="1"'),
        _image('src="https://pinlabs.example/o" alt="" width="9" height="9" style="display:none"'),
    ],
    "outside-css": [],
    "client-support": [
        _styled("display:flex"),
        _styled("display:grid"),
        _styled("position:absolute"),
        _styled("float:left"),
        _styled("background-image:url(https://pinlabs.example/b.png)"),
        _styled("background:#fff url('https://pinlabs.example/b.png')"),
        _styled("width:var(--wide)"),
        _styled("transform:rotate(3deg)"),
        _ruled(":root { --wide: 3px }"),
        _ruled("@font-face { font-family: Own; src: url(https://pinlabs.example/f) }"),
        lambda mail: mail.shows("<svg></svg>"),
        lambda mail: mail.shows("<style>p { margin: 0 }</style>"),
    ],
    "contrast": [
        _styled("color:#999;background:#fff"),
        _styled("color:rgb(150,150,150);background:#fff"),
        lambda mail: mail.shows(
            "<table><tbody><tr>"
            '<td bgcolor="#000000"><span style="color:#333">Dark on black.</span></td>'
            "</tr></tbody></table>"
        ),
    ],
    "contrast-dark": [
        _ruled("@media (prefers-color-scheme: dark) { .summary { color: #333 !important } }")
    ],
    "link-absolute": [
        lambda mail: mail.shows('<a href="/projects">Projects</a>'),
        lambda mail: mail.shows('<a href="javascript:alert(1)">Projects</a>'),
        lambda mail: mail.shows('<a href="data:text/html,x">Projects</a>'),
        lambda mail: mail.shows('<a href="">Projects</a>'),
        lambda mail: mail.shows('<a href="https://">Projects</a>'),
    ],
    "link-https": [_link("http://pinlabs.example/x")],
    "link-plain": [
        _link("https://pinlabs.example:8443/x"),
        _link("https://ada@pinlabs.example/x"),
    ],
    "link-shortened": [],
    "link-host": [_link("https://other.example/x"), _link("https://notpinlabs.example/x")],
    "link-honest": [
        _link("https://pinlabs.example/x", "https://bank.example/login"),
        _link("https://pinlabs.example/x", "www.bank.example"),
    ],
    "link-words": [
        lambda mail: mail.shows(
            '<a href="https://pinlabs.example/x"></a>', "https://pinlabs.example/x"
        ),
        _link("https://pinlabs.example/x", "Click here"),
    ],
    "host-scripts": [lambda mail: mail.in_text("Hello", "https://xn--pple-43d.example/ Hello")],
    "html-clipped": [lambda mail: mail.shows("<!-- " + "x " * 51_000 + "-->")],
    "html-large": [lambda mail: mail.shows("<!-- " + "x " * 30_000 + "-->")],
    "html-readable": [lambda mail: mail.shows("<i></i>" * 5_100)],
    "message-size": [lambda mail: mail.raw() + (b"x" * 70 + b"\r\n") * 8_000],
}
"""By the rule's name. Where a list is empty, the fault breaks two rules: see `test_rules`."""
