"""The command line: one module a noun. Bodies are short: parse, call, print."""

from pinlabs_mailer.cli.main import main

__all__ = ["main"]
