"""A letter that calls itself ours is kept aside: the relay would believe it, and may sign it."""

import pytest

from tests.store.returning import RETURN_DOMAIN, scene
from tests.store.test_forwarding import relay_of
from tests.support import returned
from tests.support.relay import Relay


@pytest.mark.parametrize(
    "author",
    [
        "ceo@pinlabs.example",
        "ceo@hr.pinlabs.example",
        f"ceo@{RETURN_DOMAIN}",
        "ceo@org.example",
    ],
)
def test_what_calls_itself_ours_is_never_given_to_the_relay_that_may_sign_it(
    database_url: str, relay: Relay, author: str
) -> None:
    given = {
        "from": "News <news@mail.org.example>" if "org." in author else "News <x@pinlabs.example>",
        "reply_to": "team@team.example",
    }
    with scene(database_url, smtp_url=relay_of(relay), **given) as one:
        colleague = returned.letter(f"anything@{RETURN_DOMAIN}", From="ada@team.example")
        for fields in ({"From": f"The boss <{author}>"}, {"Sender": author}):
            raw = returned.letter(f"anything@{RETURN_DOMAIN}", **fields)
            assert one.take(raw).outcome == "unknown"
        hidden = raw.replace(b"\n\n", f"\n \nFrom: {author}\n\n".encode(), 1)
        assert one.take(hidden.replace(b"Sender:", b"X:")).outcome == "unknown"
        padding = b"".join(b"X-Filler: %0980d\n" % number for number in range(70))
        late = b"\n" + padding + f"Sender: {author}\n\n".encode()
        plain = returned.letter(f"anything@{RETURN_DOMAIN}")
        assert one.take(plain.replace(b"\n\n", late, 1)).outcome == "unknown"
        assert relay.messages == []
        assert one.take(plain).outcome == "forwarded"
        assert one.take(colleague).outcome == "forwarded"  # nobody signs for where we are answered
