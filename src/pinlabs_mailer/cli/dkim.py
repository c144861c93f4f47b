"""`dkim`: the key that mail is signed with."""

from pathlib import Path
from typing import Annotated

import typer

from pinlabs_mailer.cli.context import JSON_OPTION, print_json, read_settings, say
from pinlabs_mailer.community.address import envelope
from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.mail import dkim_key
from pinlabs_mailer.settings import Settings
from pinlabs_mailer.settings.values import dns_name

commands = typer.Typer(name="dkim", help="The signature of mails.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Without this, Typer would run the single command under the name of the group."""


@commands.command()
def keygen(
    selector: Annotated[str, typer.Option("--selector", help="The key's name in DNS.")],
    domain: Annotated[
        str | None, typer.Option("--domain", help="The signing domain, if not the sender's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The key file, if not dkim-SELECTOR.pem here.")
    ] = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Make a key, and print the DNS record to publish before it is used."""
    name = _dns_name("--selector", selector)
    signing = _dns_name("--domain", domain) if domain is not None else _domain(read_settings())
    path = out or Path(f"dkim-{name}.pem")
    record = dkim_key.dns_record(dkim_key.make(path, name, signing))
    if as_json:
        print_json(
            {
                "key": str(path),
                "selector": name,
                "domain": signing,
                "record": {
                    "name": record.name,
                    "type": "TXT",
                    "strings": record.strings,
                    "value": record.value,
                },
            }
        )
        return
    say(f"The key is in {path}. Publish this TXT record, as a line of a zone file:")
    print(record.zone_line)
    say(
        "A form at a DNS provider may want the strings in one, without quotes and spaces.\n"
        f"When DNS has it, set PINLABS_DKIM_KEY={path} and PINLABS_DKIM_SELECTOR={name}."
    )


def _domain(settings: Settings) -> str:
    if settings.dkim_domain is not None:
        return settings.dkim_domain
    if settings.from_ is None:
        raise UsageError("Which domain is to sign is not known.", "Name it with --domain.")
    return envelope(settings.from_.address).rpartition("@")[2].lower()


def _dns_name(option: str, raw: str) -> str:
    try:
        return dns_name(raw)
    except ValueError as error:
        raise UsageError(f"{option} is {raw[:80]!r}.", f"{str(error).capitalize()}.") from error
