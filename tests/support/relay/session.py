"""One conversation: RFC 5321 from the server's side, and strict about it."""

import re
from collections.abc import Callable

from tests.support.relay.login import Login
from tests.support.relay.record import Message, Record
from tests.support.relay.script import Answer, Cut, Hang, Script, Step
from tests.support.relay.wire import LONGEST, Gone, Wire

_PATH = r'<((?:"(?:[^"\\]|\\.)*"|[^<>\s"])*)>((?: \S+)*)'
_MAIL = re.compile("FROM:" + _PATH, re.IGNORECASE)
_RCPT = re.compile("TO:" + _PATH, re.IGNORECASE)
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_ALONE = {"EHLO", "HELO", "DATA", "STARTTLS", "AUTH", "NOOP", "QUIT"}
"""RFC 2920 3.1: what may only stand last in a group of commands."""


class Session:
    """Answers one client until one of the two has had enough."""

    def __init__(
        self, wire: Wire, record: Record, script: Callable[[], Script], number: int
    ) -> None:
        self._wire = wire
        self._record = record
        self._script = script
        self._number = number
        self._taken = 0
        self._greeted = False
        self._user = ""
        self._open = False
        self._sender = self._recipient = ""
        self._recipients: list[str] = []
        self._params: tuple[str, ...] = ()

    def run(self) -> None:
        """Converse to the end."""
        try:
            if self._script().tls and self._script().implicit_tls:
                self._secure()
            self._say("CONNECT", "220 relay.test ESMTP at your service")
            while True:
                self._serve(self._read_command())
        except Gone:
            pass
        finally:
            self._wire.close()

    def _serve(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO" as hello:
                self._forget()
                usual = self._offer() if hello == "EHLO" else "250 relay.test"
                self._greeted = self._say(hello, usual, argument).startswith(b"2")
            case "STARTTLS" if self._script().tls and not self._wire.secured:
                if self._say("STARTTLS", "220 2.0.0 Go ahead").startswith(b"2"):
                    self._secure()
            case "AUTH":
                login = Login(self._wire, self._script().users)
                usual = login.converse(argument)
                if self._say("AUTH", usual, argument).startswith(b"2"):
                    self._user = login.user
            case "MAIL":
                self._mail(argument)
            case "RCPT":
                self._rcpt(argument)
            case "DATA":
                self._data()
            case "RSET":
                self._forget()
                self._say("RSET", "250 2.0.0 Forgotten")
            case "NOOP":
                self._say("NOOP", "250 2.0.0 Still here")
            case "QUIT":
                self._say("QUIT", "221 2.0.0 Farewell")
                self._wire.cut()
            case _:
                self._complain(f"an unknown command: {line!r}")
                self._say(verb.upper(), "500 5.5.1 What?", argument)

    def _offer(self) -> str:
        script = self._script()
        guarded = script.tls is not None and not self._wire.secured
        lines = ["relay.test", "ENHANCEDSTATUSCODES"]
        lines += ["PIPELINING"] if script.pipelining else []
        lines += ["8BITMIME"] if script.eight_bit else []
        lines += ["SMTPUTF8"] if script.smtputf8 else []
        lines += [f"SIZE {script.size}"] if script.size is not None else []
        lines += ["STARTTLS"] if guarded else []
        lines += ["AUTH " + " ".join(script.mechanisms)] if script.users and not guarded else []
        return "\n".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"])

    def _mail(self, argument: str) -> None:
        usual = "250 2.1.0 Sender ok"
        found = _MAIL.fullmatch(argument)
        params = tuple(found[2].split()) if found else ()
        if not found:
            usual = self._complain(f"MAIL {argument}", "501 5.5.4 Syntax")
        elif not self._greeted or self._open:
            usual = self._complain("MAIL out of turn", "503 5.5.1 Not now")
        elif unknown := [param for param in params if not self._offered(param)]:
            usual = self._complain(f"not offered: {unknown}", "555 5.5.4 Not offered")
        elif not argument.isascii() and "SMTPUTF8" not in params:
            usual = self._complain(f"needs SMTPUTF8: {argument}", "553 5.6.7 Not ASCII")
        elif self._script().users and not self._user:
            usual = "530 5.7.0 Log in first"
        elif self._too_big(params):
            usual = "552 5.3.4 Too big"
        self._sender = found[1] if found else ""
        if self._say("MAIL", usual, argument).startswith(b"2"):
            self._open = True
            self._params = params

    def _rcpt(self, argument: str) -> None:
        usual = "250 2.1.5 Recipient ok"
        found = _RCPT.fullmatch(argument)
        if not found or not found[1]:
            usual = self._complain(f"RCPT {argument}", "501 5.5.4 Syntax")
        elif not self._open:
            usual = "503 5.5.1 MAIL first"  # no fault: it was pipelined behind a refused MAIL
        elif not argument.isascii() and "SMTPUTF8" not in self._params:
            usual = self._complain(f"needs SMTPUTF8: {argument}", "553 5.6.7 Not ASCII")
        elif found[2]:
            usual = self._complain(f"not offered: {found[2]}", "555 5.5.4 Not offered")
        self._recipient = found[1] if found else ""
        if self._say("RCPT", usual, argument).startswith(b"2"):
            self._recipients.append(self._recipient)

    def _data(self) -> None:
        usual = "354 Go on, end with a dot" if self._recipients else "554 5.5.1 No recipients"
        if not self._say("DATA", usual).startswith(b"3"):
            self._forget()
            return
        if not self._wire.has_more:
            self._wire.read_some()
        self._play(self._decide("BODY", ""))
        data = self._unstuff(self._wire.read_body())
        self._watch_pipelining("END")
        usual = "250 2.0.0 Taken"
        if not data.isascii() and "BODY=8BITMIME" not in self._params:
            usual = self._complain("8-bit data without BODY=8BITMIME", "554 5.6.1 Not 7-bit")
        answer = self._decide("END", usual, data=data)
        if _keeps(answer):
            said = answer if isinstance(answer, bytes) else str(answer).encode()
            self._taken += 1
            self._record.take(
                Message(
                    sender=self._sender,
                    recipients=tuple(self._recipients),
                    params=self._params,
                    data=data,
                    connection=self._number,
                    secured=self._wire.secured,
                    user=self._user,
                    answered=said.startswith(b"2"),
                )
            )
        self._forget()
        self._play(answer)

    def _unstuff(self, data: bytes) -> bytes:
        if found := _BARE.search(data):
            self._complain(f"a bare CR or LF: {data[max(found.start() - 40, 0) : found.end()]!r}")
        lines = data.split(b"\r\n")
        for number, line in enumerate(lines):
            if len(line) + 2 > LONGEST:
                self._complain(f"a line of {len(line) + 2} octets: {line[:80]!r}...")
            if line.startswith(b"."):
                if not line.startswith(b".."):
                    self._complain(f"a dot that was not doubled: {line[:80]!r}")
                lines[number] = line[1:]
        return b"\r\n".join(lines)

    def _forget(self) -> None:
        """Forget the transaction, as RSET wants."""
        self._open = False
        self._sender = self._recipient = ""
        self._recipients = []
        self._params = ()

    def _secure(self) -> None:
        context = self._script().tls
        assert context is not None
        self._wire.secure(context)
        self._greeted = False
        self._forget()

    def _offered(self, param: str) -> bool:
        name, _, value = param.upper().partition("=")
        script = self._script()
        return {
            "BODY": script.eight_bit and value in {"7BIT", "8BITMIME"},
            "SMTPUTF8": script.smtputf8 and not value,
            "SIZE": script.size is not None and value.isdigit(),
        }.get(name, False)

    def _too_big(self, params: tuple[str, ...]) -> bool:
        limit = self._script().size
        sizes = [int(param[5:]) for param in params if param.upper().startswith("SIZE=")]
        return bool(limit and sizes and sizes[0] > limit)

    def _read_command(self) -> str:
        line = self._wire.read_line()
        command = line.decode("utf-8", "replace")
        self._record.commands.append(command)
        verb = command.partition(" ")[0].upper()
        if not line.isascii() and verb not in {"MAIL", "RCPT"}:
            self._complain(f"a command that is not ASCII: {command!r}")
        self._watch_pipelining(verb)
        return command

    def _watch_pipelining(self, verb: str) -> None:
        if self._wire.has_more:
            self._record.pipelined += 1
            if not self._script().pipelining:
                self._complain(f"did not wait for the reply to {verb}")
            elif verb in _ALONE:
                self._complain(f"{verb} must stand last in its group")

    def _complain(self, what: str, reply: str = "") -> str:
        self._record.violations.append(f"connection {self._number}: {what}")
        return reply

    def _decide(self, verb: str, usual: str, argument: str = "", data: bytes = b"") -> Answer:
        step = Step(
            verb, argument, self._record.count(verb), self._number, self._taken,
            self._sender, self._recipient, data,
        )  # fmt: skip
        answers = (rule(step) for rule in self._script().rules)
        return next((answer for answer in answers if answer is not None), usual)

    def _say(self, verb: str, usual: str, argument: str = "") -> bytes:
        return self._play(self._decide(verb, usual, argument))

    def _play(self, answer: Answer) -> bytes:
        """Give the answer, and return it as it went out."""
        if isinstance(answer, Cut):
            self._wire.cut(reset=answer.reset)
        elif isinstance(answer, Hang):
            self._wire.hang()
        elif answer:
            reply = answer
            if isinstance(reply, str):
                reply = (reply.replace("\n", "\r\n") + "\r\n").encode()
            self._wire.write(reply)
            if reply.startswith(b"421") or b"\n421" in reply:
                self._wire.cut()
            return reply
        return b""


def _keeps(answer: Answer) -> bool:
    if isinstance(answer, Cut | Hang):
        return answer.kept
    return str(answer)[:1] not in {"4", "5"} if isinstance(answer, str) else answer[:1] not in b"45"
