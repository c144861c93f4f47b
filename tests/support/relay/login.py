"""AUTH on the server's side: RFC 4954 with PLAIN (RFC 4616) and LOGIN."""

from base64 import b64decode, b64encode
from collections.abc import Mapping

from tests.support.relay.wire import Wire


class Login:
    """Asks for credentials. `user` is who was named, right or wrong."""

    def __init__(self, wire: Wire, users: Mapping[str, str]) -> None:
        self._wire = wire
        self._users = users
        self.user = ""

    def converse(self, argument: str) -> str:
        """Return the reply that is due after the client has said who it is."""
        mechanism, _, first = argument.partition(" ")
        try:
            match mechanism.upper():
                case "PLAIN":
                    said = _decode(first) if first else self._ask("")
                    _, user, password = said.split("\0")
                case "LOGIN":
                    user = _decode(first) if first else self._ask("Username:")
                    password = self._ask("Password:")
                case _:
                    return "504 5.5.4 Not offered"
        except ValueError:
            return "501 5.5.2 Cannot read that"
        self.user = user
        if self._users.get(user) == password:
            return "235 2.7.0 Welcome"
        return "535 5.7.8 Wrong user or password"

    def _ask(self, question: str) -> str:
        self._wire.write(f"334 {b64encode(question.encode()).decode()}\r\n".encode())
        return _decode(self._wire.read_line().decode())


def _decode(text: str) -> str:
    return b64decode(text, validate=True).decode()  # its errors are ValueErrors
