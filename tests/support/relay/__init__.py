"""A real SMTP server on loopback that does what a script says, faults included.

with Relay(Script(rules=(on("RCPT", "550 5.1.1 No such user", to="ada@example.net"),))) as relay:
    ...
    relay.messages  # what it has taken responsibility for
"""

from tests.support.relay.record import Message
from tests.support.relay.script import Answer, Cut, Hang, Rule, Script, Step, Writes, on
from tests.support.relay.server import Relay

__all__ = ["Answer", "Cut", "Hang", "Message", "Relay", "Rule", "Script", "Step", "Writes", "on"]
