"""Mail templates: a directory a mail, rendered into subject, text and HTML.

The HTML templates are pages that a browser opens as they are: statements stand in comments,
`<!--% for post in posts %--> ... <!--% endfor %-->`, expressions in braces. That is what lets
the CSS be inlined once, into the template, when it is loaded; a render only fills in values.

No SQL, no network and no clock: whatever a mail says comes with the context.
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import css_inline
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pinlabs_mailer import languages
from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.languages import Language
from pinlabs_mailer.mail.assembly import assembled

_FILES = ("subject.txt", "body.txt", "body.html")
_STATEMENT = re.compile(r"<!--%.*?%-->", re.DOTALL)
_EXPRESSION = re.compile(r"<!--.*?-->|(\{\{.*?\}\})", re.DOTALL)
_SEAL = re.compile(r"sealed(\d+)expression")
_KEEP_MARK = ' data-css-inline="keep"'
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_KEEPS_SPACES = re.compile(r"<(?:pre|textarea)\b|white-space:\s*(?:pre|break)", re.IGNORECASE)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which looks into what a context is made of before it looks at the methods.

    Nearly all names in a mail are keys of plain dictionaries. The sandbox would let each of them
    through as well, after it has tried for an attribute and caught the error; that was a quarter
    of the time that an edition takes. Whatever is not such a key goes its way and is checked by it.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


_TEXT = _Sandbox(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)
_HTML = _Sandbox(
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    block_start_string="<!--%",
    block_end_string="%-->",
    comment_start_string="<!--#",
    comment_end_string="#-->",
)
for _environment in (_TEXT, _HTML):
    languages.prepare(_environment)


@lru_cache(maxsize=2048)  # editions have the same items
def _wrapped(text: str) -> str:
    """Break every line that is long, between words; a link is not broken."""
    wrapper = textwrap.TextWrapper(72, break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapper.fill(line) for line in text.splitlines())


_TEXT.filters["wrap"] = _wrapped


@dataclass(frozen=True)
class RenderedMail:
    """What one mail says, before it becomes MIME bytes. The subject is one line."""

    subject: str
    text: str
    html: str


class MailTemplates:
    """The mails of a folder (`templates/email`), loaded and compiled once, when it is made.

    A folder whose name begins with an underscore is no mail but has parts that mails include.
    What stands in the operator's `own` folder, file by file, takes the place of ours.
    """

    def __init__(self, directory: Path, own: Path | None = None) -> None:
        if not directory.is_dir():
            raise ConfigurationError(
                f"The folder of the mail templates, {directory}, does not exist.",
                "Give a folder that has one folder a mail, each with " + ", ".join(_FILES) + ".",
            )
        self._directory = directory
        place = partial(_place, ours=directory, own=own)
        self._mails = {
            name: _Mail(*(_Part(name, file, place) for file in _FILES))
            for name in sorted(_names(directory) | _names(own))
        }

    def render(
        self, mail: str, context: Mapping[str, object], language: Language | None = None
    ) -> RenderedMail:
        """Fill the templates of `mail` with `context`; every name they use must be in it.

        Without a language it is English.
        """
        try:
            parts = self._mails[mail]
        except KeyError:
            raise ConfigurationError(
                f"There is no mail template named {mail!r} in {self._directory}.",
                f"Make the folder {self._directory / mail} with {', '.join(_FILES)}.",
            ) from None
        context = {**(language or languages.named()).words(), **context}
        return RenderedMail(
            subject=" ".join(parts.subject.render(context).split()),
            text=parts.text.render(context),
            html=parts.html.render(context),
        )


def _names(folder: Path | None) -> set[str]:
    if folder is None or not folder.is_dir():
        return set()
    inside = (path for path in folder.iterdir() if path.is_dir())
    return {path.name for path in inside if not path.name.startswith((".", "_"))}


def _place(name: str, ours: Path, own: Path | None) -> Path:
    """Return the file of a name such as `digest/body.txt`: theirs if there is one."""
    folder = ours / name.partition("/")[0]
    if own is not None and ((own / name).exists() or not folder.is_dir()):
        return own / name
    return ours / name


class _Part:
    """One of the three templates of a mail, compiled."""

    def __init__(self, mail: str, file: str, place: Callable[[str], Path]) -> None:
        self.path = place(f"{mail}/{file}")
        self._lines = assembled(self.path, place)
        self._source = "".join(line.text for line in self._lines)
        self._template = self._compile(self._source)
        if self.path.suffix == ".html":
            self._template = self._compile(_inline_css(self._source, self.path))

    def render(self, context: Mapping[str, object]) -> str:
        try:
            return self._template.render(context)
        except Exception as error:
            raise self._explained(context, error) from error

    def _compile(self, source: str) -> Template:
        environment = _HTML if self.path.suffix == ".html" else _TEXT
        try:
            code = environment.compile(source, name=self.path.name, filename=str(self.path))
        except TemplateSyntaxError as error:
            raise ConfigurationError(
                f"{self._place(error.lineno)}: {error.message}", "Correct the template."
            ) from error
        # a plain dictionary: each render copies it
        return Template.from_code(environment, code, dict(environment.make_globals(None)))

    def _explained(self, context: Mapping[str, object], error: Exception) -> ConfigurationError:
        """Say where `error` comes from.

        Inlining moves lines, so the file as it was written is rendered again to find the line.
        """
        try:
            self._compile(self._source).render(context)
        except Exception as again:
            error = again
        reason = error.message if isinstance(error, TemplateError) else repr(error)
        return ConfigurationError(
            f"{self._place(_line_in(self.path, error.__traceback__))}: {reason}",
            "Correct the name in the template; templates/README.md lists what each mail may use.",
        )

    def _place(self, line: int) -> str:
        return str(self._lines[line - 1] if 0 < line <= len(self._lines) else self.path)


@dataclass(frozen=True)
class _Mail:
    subject: _Part
    text: _Part
    html: _Part


def _inline_css(source: str, path: Path) -> str:
    """Move the rules of `<style>` into style attributes; `data-css-inline="keep"` stays as well.

    The inliner parses and writes HTML, which would escape what is inside `{{ }}`; so expressions
    travel as plain words. HTML repair may also move a loop away from what it repeats: refuse that.
    """
    expressions: list[str] = []

    def seal(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        expressions.append(match[1])
        return f"sealed{len(expressions) - 1}expression"

    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)
    sealed = _EXPRESSION.sub(seal, source)
    inlined = inliner.inline(sealed).replace(_KEEP_MARK, "")
    if (
        _STATEMENT.findall(inlined) != _STATEMENT.findall(sealed)
        or inlined.count("<tbody") != sealed.count("<tbody")
        or sorted(_SEAL.findall(inlined)) != sorted(_SEAL.findall(sealed))
    ):
        raise ConfigurationError(
            f"{path}: the HTML is not well-formed enough to inline its CSS.",
            "Write <tbody> in every table that has <tr>, and put nothing but rows and cells "
            "between the tags of a table.",
        )
    if not _KEEPS_SPACES.search(inlined):  # encoded, each space of an indent goes out as =20
        inlined = _INDENT.sub("", inlined)
    return _SEAL.sub(lambda match: expressions[int(match[1])], inlined)


def _line_in(path: Path, trace: TracebackType | None) -> int:
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
