"""Every setting: its name, its form, its default. `docs/settings.md` tells their story."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pinlabs_mailer.errors import ConfigurationError
from pinlabs_mailer.settings import accounts, amounts, terms, values
from pinlabs_mailer.settings.accounts import Account
from pinlabs_mailer.settings.schedule import Schedule, parse_schedule
from pinlabs_mailer.settings.terms import Term
from pinlabs_mailer.settings.values import IPAddress, Mailbox, Network, Relay, Server

PREFIX = "PINLABS_"
T = TypeVar("T")


class Field(NamedTuple):
    """How one setting is read. `default` is text in the setting's own form, or None."""

    parse: Callable[[str], Any]
    default: str | None = None
    hide: Callable[[str], str] | None = None
    """What `config show` prints instead."""


def _password(url: str) -> str:
    """Cut the password out; an @ may stand in the user's name and in the password."""
    url = re.sub(r"//([^:/]*):.*@", r"//\1:(hidden)@", url)
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1(hidden)", url, flags=re.IGNORECASE)


def _all(_raw: str) -> str:
    return "(hidden)"


FIELDS: Mapping[str, Field] = {
    "database_url": Field(values.text, "sqlite:///pinlabs-mailer.db", hide=_password),
    "base_url": Field(values.base_url),
    "from": Field(values.mailbox),
    "reply_to": Field(values.mailbox),
    "postal_address": Field(values.paragraph),
    "privacy_url": Field(values.page_url),
    "brand_name": Field(values.text),
    "brand_color": Field(values.colour, "#c8102e"),
    "brand_logo": Field(values.picture_file),
    "templates": Field(values.text),
    "list_id": Field(values.list_id),
    "unsubscribe_mailbox": Field(values.address),
    "smtp_url": Field(values.relay, hide=_password),
    "smtp_connections": Field(amounts.count(1, 100), "10"),
    "smtp_helo": Field(values.host_name),
    "smtp_ca": Field(values.text),
    "sending_addresses": Field(values.addresses),
    "smtp_timeout": Field(amounts.duration, "5m"),
    "smtp_final_timeout": Field(amounts.duration, "10m"),
    "smtp_messages": Field(amounts.count(1, 1_000_000), "1000"),
    "smtp_age": Field(amounts.duration, "10m"),
    "dns_server": Field(values.dns_server),
    "dkim_key": Field(values.pem_file, hide=str),  # a fault may not repeat it: it may be the key
    "dkim_selector": Field(values.dns_name),
    "dkim_domain": Field(values.dns_name),
    "return_domain": Field(values.return_domain),
    "returns_aside": Field(values.text),
    "returns_imap_url": Field(accounts.imap, hide=_password),
    "ses_topic": Field(values.sns_topic),
    "secret_keys": Field(values.keys, hide=_all),
    "consent_network": Field(values.one_of("keep", "hash", "none"), "keep"),
    "only_to": Field(values.address),
    "rate": Field(amounts.rate),
    "destination_rates": Field(amounts.rates),
    "destinations": Field(amounts.pairs),
    "on_doubt": Field(values.one_of("resend", "hold"), "resend"),
    "doubt_after": Field(amounts.duration, "15m"),
    "retry_after": Field(amounts.durations, "5m,10m,20m,45m,90m,3h,4h"),
    "schedule": Field(parse_schedule, "weekly tuesday 09:00"),
    "timezone": Field(values.zone, "UTC"),
    "max_posts": Field(amounts.count(1, 100), "6"),
    "max_events": Field(amounts.count(1, 100), "5"),
    "max_jobs": Field(amounts.count(1, 100), "10"),
    "min_items": Field(amounts.count(1, 100), "1"),
    "welcome": Field(values.flag, "false"),
    "max_age": Field(amounts.duration, "90d"),
    "fetch_private": Field(values.flag, "false"),
    "trusted_proxies": Field(values.networks),
    "join_ceiling": Field(amounts.count(1, 1_000_000), "500"),
    "join_per_domain": Field(amounts.count(1, 1_000_000), "100"),
    "join_per_network": Field(amounts.count(1, 1_000_000), "30"),
    "join_seconds": Field(amounts.count(0, 60), "2"),
    "consent_term": Field(terms.term, "24 months"),
    "consent_terms": Field(terms.terms),
    "renewal_reminders": Field(terms.reminders, "30d,7d"),
    "pending_term": Field(terms.term_of_at_least(8), "30d"),  # a confirmation link lives for 7
    "proof_term": Field(terms.term, "3 years to year end"),
    "ledger_term": Field(terms.term_of_at_least(56), "13 months"),  # a month counts for frequency
    "returns_term": Field(terms.term, "90d"),
}


class Origin(NamedTuple):
    """What was written for a setting, and where."""

    raw: str | None
    place: str


@dataclass(frozen=True)
class Settings:
    """The settings in force. A name that ends in `_` avoids a word of Python's."""

    database_url: str = field(repr=False)
    base_url: str | None
    from_: Mailbox | None
    reply_to: Mailbox | None
    postal_address: str | None
    privacy_url: str | None
    brand_name: str | None
    brand_color: str
    brand_logo: str | None
    templates: str | None
    list_id: str | None
    unsubscribe_mailbox: str | None
    smtp_url: Relay | None
    smtp_connections: int
    smtp_helo: str | None
    smtp_ca: str | None
    sending_addresses: tuple[IPAddress, ...] | None
    smtp_timeout: timedelta
    smtp_final_timeout: timedelta
    smtp_messages: int
    smtp_age: timedelta
    return_domain: str | None
    dns_server: Server | None
    dkim_key: str | None
    dkim_selector: str | None
    dkim_domain: str | None
    returns_aside: str | None
    returns_imap_url: Account | None
    ses_topic: str | None
    secret_keys: tuple[str, ...] | None = field(repr=False)
    consent_network: str
    only_to: str | None
    rate: float | None
    destination_rates: Mapping[str, float] | None
    destinations: Mapping[str, str] | None
    on_doubt: str
    doubt_after: timedelta
    retry_after: tuple[timedelta, ...]
    schedule: Schedule
    timezone: ZoneInfo
    max_posts: int
    max_events: int
    max_jobs: int
    min_items: int
    welcome: bool
    max_age: timedelta
    fetch_private: bool
    trusted_proxies: tuple[Network, ...] | None
    join_ceiling: int
    join_per_domain: int
    join_per_network: int
    join_seconds: int
    consent_term: Term
    consent_terms: Mapping[str, Term] | None
    renewal_reminders: tuple[timedelta, ...]
    pending_term: Term
    proof_term: Term
    ledger_term: Term
    returns_term: Term
    origins: Mapping[str, Origin] = field(repr=False)


def required(name: str, value: T | None) -> T:
    """Return the value, or say which setting is missing."""
    if value is None:
        variable = PREFIX + name.upper()
        raise ConfigurationError(
            f"{variable} is not set.",
            f"Set it in the environment, or write {name} in pinlabs-mailer.toml.",
        )
    return value
