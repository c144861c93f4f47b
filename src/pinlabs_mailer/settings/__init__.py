"""Settings: a TOML file, PINLABS_* variables, `_FILE` secrets; all faults are told at once."""

from pinlabs_mailer.settings.accounts import Account
from pinlabs_mailer.settings.load import load, shown
from pinlabs_mailer.settings.model import Settings, required
from pinlabs_mailer.settings.schedule import Schedule
from pinlabs_mailer.settings.secret_keys import secret_keys
from pinlabs_mailer.settings.terms import Term
from pinlabs_mailer.settings.values import IPAddress, Mailbox, Network, Relay, Server

__all__ = [
    "Account",
    "IPAddress",
    "Mailbox",
    "Network",
    "Relay",
    "Schedule",
    "Server",
    "Settings",
    "Term",
    "load",
    "required",
    "secret_keys",
    "shown",
]
