"""A real Postfix, kept in one folder: it takes mail on loopback and files it in Maildirs."""

import os
import shutil
import socket
import tempfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from tests.support import processes

MAIN = """
compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = postfix.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
# Nothing ever leaves this machine: the one domain is delivered here, all others are refused.
default_transport = error:5.1.2 this Postfix delivers nothing elsewhere
smtp_dns_support_level = disabled
relay_domains = {relayed}
transport_maps = texthash:{folder}/etc/transport
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = permit
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
# What is missing in a header shows, instead of being put right for a client on this machine.
local_header_rewrite_clients =
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
smtp      unix - - n - - smtp
showq     unix n - n - - showq
returns   unix - n n - 1 pipe
  user=nobody argv={folder}/etc/returns ${{original_recipient}}
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""

NOBODY = 65534


class Postfix:
    """Takes mail for the `mailboxes` of `domain`; others get 550 5.1.1 at RCPT.

    Mail for all addresses of the domains in `onward` it takes first and then passes on to the port
    of this machine that stands there; what is refused there it sends back. Mail to `return_domain`
    goes through a pipe into what `serve_returns` has named.
    """

    def __init__(
        self,
        mailboxes: Collection[str] = ("ada", "bob", "eve"),
        domain: str = "example.net",
        onward: Mapping[str, int] | None = None,
        return_domain: str = "",
    ) -> None:
        if os.geteuid() != 0:
            pytest.skip("Postfix can only be started by root")
        self._program = processes.find_program("postfix", "/usr/sbin")
        self._mailboxes = mailboxes
        self._domain = domain
        self._onward = onward or {}
        self._return_domain = return_domain
        self.port = _free_port()

    def __enter__(self) -> Self:
        # Postfix's own users must get in, which pytest's folders do not allow.
        self._folder = Path(tempfile.mkdtemp(prefix="pinlabs-postfix-", dir="/tmp"))
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._furnish()
            configuration = ["-c", str(self._folder / "etc")]
            processes.run([self._program, *configuration, "check"])  # makes the queue's folders
            master = [str(_daemons() / "master"), *configuration, "-s"]
            stack.callback(processes.stop, processes.start(master, folder=self._folder))
            processes.wait_until("Postfix answers", self._answers, log=self._log)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def maildir(self, mailbox: str, messages: int = 1, seconds: float = 30) -> list[bytes]:
        """Return what lies in the mailbox, oldest first, once there are so many `messages`."""

        def probe() -> list[Path] | None:
            new = self._folder / "mail" / mailbox / "new"
            files = sorted(new.glob("*"), key=lambda file: file.stat().st_mtime_ns)
            return files if len(files) >= messages else None

        if messages == 0:
            return [file.read_bytes() for file in probe() or []]
        what = f"{messages} messages for {mailbox}"
        files = processes.wait_until(what, probe, seconds=seconds, log=self._log)
        return [file.read_bytes() for file in files]

    @property
    def folder(self) -> Path:
        """Where it keeps everything; also a place for what its pipe must get at."""
        return self._folder

    def serve_returns(self, script: str) -> None:
        """Let mail to the return domain be the standard input of this shell script."""
        place = self._folder / "etc" / "returns"
        place.write_text(script)
        place.chmod(0o755)

    def queue_is_empty(self) -> bool:
        """Say whether nothing waits to be delivered."""
        postqueue = processes.find_program("postqueue", "/usr/sbin")
        said = processes.run([postqueue, "-c", str(self._folder / "etc"), "-j"])
        return not said.strip()

    @property
    def _log(self) -> Path:
        return self._folder / "postfix.log"

    def _furnish(self) -> None:
        self._folder.chmod(0o755)
        for name in ("etc", "queue", "data", "mail"):
            (self._folder / name).mkdir()
        shutil.chown(self._folder / "data", "postfix")
        os.chown(self._folder / "mail", NOBODY, NOBODY)
        relayed = [*self._onward, *([self._return_domain] if self._return_domain else [])]
        known = {
            "folder": self._folder,
            "domain": self._domain,
            "uid": NOBODY,
            "port": self.port,
            "relayed": " ".join(relayed),
        }
        transport = [f"{name} smtp:[127.0.0.1]:{port}" for name, port in self._onward.items()]
        if self._return_domain:
            transport.append(f"{self._return_domain} returns:")
        maps = [f"{name}@{self._domain} {name}/" for name in self._mailboxes]
        for name, text in (
            ("main.cf", MAIN.format(**known)),
            ("master.cf", MASTER.format(**known)),
            ("mailboxes", "\n".join(maps) + "\n"),
            ("transport", "\n".join(transport) + "\n"),
        ):
            (self._folder / "etc" / name).write_text(text)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                return client.recv(100).startswith(b"220")
        except OSError:
            return False


def _daemons() -> Path:
    postconf = processes.find_program("postconf", "/usr/sbin")
    return Path(processes.run([postconf, "-dh", "daemon_directory"]).strip())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
