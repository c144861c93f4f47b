"""`doctor`: what keeps mail from arriving, and what to publish in DNS."""

import os
import shutil
import sys
import textwrap

import typer

from pinlabs_mailer.app.signing_key import signing_key
from pinlabs_mailer.cli.context import JSON_OPTION, installation, print_json, say
from pinlabs_mailer.cli.streams import printing
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.doctor.examine import Report, examine
from pinlabs_mailer.doctor.finding import Finding, State
from pinlabs_mailer.doctor.records import Published, to_publish
from pinlabs_mailer.doctor.subject import domain_of
from pinlabs_mailer.errors import ConfigurationError, MailerError
from pinlabs_mailer.settings import required

commands = typer.Typer(name="doctor", help="What keeps mail from arriving, and what to publish.")

_MARKS = {State.OK: "ok", State.WARNING: "warning", State.ERROR: "ERROR", State.UNKNOWN: "unknown"}
_COLOURS = {State.OK: 32, State.WARNING: 33, State.ERROR: 31, State.UNKNOWN: 36}
_MARK, _NAMES = 7, 18
_COLUMN = _MARK + _NAMES + 6


@commands.callback(invoke_without_command=True)
def doctor(context: typer.Context, as_json: JSON_OPTION = False) -> None:
    """Check settings, database, DNS, relay, pages and sending; nothing is changed or sent.

    Exit code 0 when sending is safe, 1 when something would harm it, 3 when settings or database
    must be put right first.
    """
    if context.invoked_subcommand is not None:
        return
    if sys.stderr.isatty():
        say("Looking at settings, database, DNS, relay and pages: up to half a minute.")
    report = examine(installation())
    if as_json:
        print_json(_document(report))
    else:
        with printing():
            print("\n".join(told(report)))
    verdict(report)


def verdict(report: Report) -> None:
    """Raise what makes the exit code, unless sending is safe."""
    errors = report.number(State.ERROR)
    if report.misconfigured:
        raise ConfigurationError("Nothing can be sent yet.", "Put right what is marked as ERROR.")
    if errors:
        raise MailerError(
            f"{errors} finding{'s' * (errors != 1)} would harm delivery.",
            "Put right what is marked as ERROR, then run it again.",
        )


@commands.command()
def dns(as_json: JSON_OPTION = False) -> None:
    """Print the DNS records to publish, as lines of a zone file."""
    app = installation()
    sender = envelope(required("from", app.settings.from_).address)
    key = signing_key(app.settings, sender)
    records = to_publish(app.settings, domain_of(sender), key)
    if as_json:
        print_json({"items": [_published(record) for record in records]})
        return
    with printing():
        for record in records:
            print(f"; {record.why}\n{record.zone_line}\n")
        if key is None:
            print("; DKIM: make a key with `pinlabs-mailer dkim keygen`, or have the relay sign")


def _document(report: Report) -> dict[str, object]:
    items = [
        {"group": section.title, **finding._asdict()}
        for section in report.sections
        for finding in section.findings
    ]
    return {"safe": not report.number(State.ERROR), **_numbers(report), "items": items}


def _numbers(report: Report) -> dict[str, int]:
    return {state.value: report.number(state) for state in State}


def _published(record: Published) -> dict[str, object]:
    return {**record._asdict(), "strings": record.strings, "zone_line": record.zone_line}


def told(report: Report) -> list[str]:
    """Return the report for people, line by line."""
    lines: list[str] = []
    for section in report.sections:
        lines += [_styled(section.title, 1), *map(_line, section.findings), ""]
    counts = ", ".join(f"{number} {state}" for state, number in _numbers(report).items() if number)
    if report.number(State.ERROR):
        word = "Sending is not safe"
    elif report.number(State.UNKNOWN):
        word = "Nothing was found that would harm sending, but not all could be looked at"
    else:
        word = "Sending is safe"
    return [*lines, f"{word}: {counts}."]


def _line(finding: Finding) -> str:
    mark = _styled(_MARKS[finding.state].ljust(_MARK), _COLOURS[finding.state])
    lines = _wrapped(finding.seen)
    if finding.state is not State.OK:
        lines += _wrapped(f"Fix: {finding.remedy} [{finding.rule}]")
    first = f"  {mark}  {finding.name.ljust(_NAMES)}  {lines[0]}"
    return "\n".join([first, *(" " * _COLUMN + line for line in lines[1:])])


def _wrapped(text: str) -> list[str]:
    plain = "".join(c if c.isprintable() else " " for c in text)
    if not sys.stdout.isatty():
        return [plain]
    width = min(shutil.get_terminal_size().columns, 110) - _COLUMN
    return textwrap.wrap(plain, max(width, 30), break_on_hyphens=False) or [""]


def _styled(text: str, code: int) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"
