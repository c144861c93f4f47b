"""Two judges of DKIM signatures that know nothing of our code: dkimpy, and Perl's Mail::DKIM.

Both get the DNS record as an operator publishes it, and no network.
"""

import logging
import subprocess
from datetime import datetime
from types import SimpleNamespace, TracebackType
from typing import Self
from unittest.mock import patch

import dkim
import pytest

from pinlabs_mailer.mail.dkim_key import DnsRecord
from tests.support.processes import find_program

_PERL = r"""
use strict; use warnings;
use Mail::DKIM::Verifier; use Net::DNS::RR;
binmode STDIN; binmode STDOUT; $| = 1;
my ($name, $line) = @ARGV;
{ no warnings;
  *Mail::DKIM::DNS::query = sub { $_[0] eq $name ? (Net::DNS::RR->new($line)) : () }; }
while (defined(my $length = <STDIN>)) {
    read(STDIN, my $message, $length) == $length or die "cut short";
    my $verifier = Mail::DKIM::Verifier->new(Strict => 1);
    $verifier->PRINT($message);
    $verifier->CLOSE;
    my $word = $verifier->result_detail // "none";
    print $word =~ s/\s+/ /gr, "\n";
}
"""


def accepted_by_dkimpy(message: bytes, record: DnsRecord, at: datetime) -> bool:
    """Say whether dkimpy verifies the signature at a moment (it minds a t= in the future)."""

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return record.value.encode() if name == f"{record.name}.".encode() else None

    judge = dkim.DKIM(message, minkey=2048, logger=logging.getLogger("dkimpy"))
    with patch.object(dkim, "time", SimpleNamespace(time=at.timestamp)):
        try:
            return bool(judge.verify(dnsfunc=look_up))
        except dkim.DKIMException:
            return False


class MailDkim:
    """Mail::DKIM, in one process of Perl for many messages."""

    def __init__(self, record: DnsRecord) -> None:
        perl = find_program("perl")
        if subprocess.run([perl, "-MMail::DKIM::Verifier", "-e1"], capture_output=True).returncode:
            pytest.skip("Mail::DKIM (libmail-dkim-perl) is not installed on this machine")
        self._process = subprocess.Popen(
            [perl, "-e", _PERL, record.name, record.zone_line],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=30)

    def verdict(self, message: bytes) -> str:
        """Return its word: `pass`, `fail (body has been altered)`, ..."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"%d\n%b" % (len(message), message))
        self._process.stdin.flush()
        return self._process.stdout.readline().decode().strip()
