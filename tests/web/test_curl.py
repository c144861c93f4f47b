"""The unsubscribe link of a delivered digest, pressed by curl as RFC 8058 section 3.1 says."""

import re

import pytest

from tests.support.installations import Clock, add_posts, confirmed
from tests.support.processes import find_program, run
from tests.support.relay import Relay
from tests.support.site import Site, path_of
from tests.web.people import ADA, standing, unsubscribe_url


@pytest.mark.parametrize(
    "body", [["--data", "List-Unsubscribe=One-Click"], ["--form", "List-Unsubscribe=One-Click"]]
)
def test_h01_curl_unsubscribes_with_what_stands_in_the_digest(
    site: Site, relay: Relay, clock: Clock, body: list[str]
) -> None:
    curl = find_program("curl")
    confirmed(site.app, ADA)
    add_posts(site.app, 1, 12, clock.now)
    clock.now = clock.now.replace(day=24)
    site.app.open_due(clock.now)
    site.app.pump.run()
    message = relay.messages.pop()
    assert re.search(rb"(?m)^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$", message.data)
    url = f"http://127.0.0.1:{site.port}{path_of(unsubscribe_url(message))}"

    said = run([str(curl), "--silent", "--show-error", "--noproxy", "*", "--include", *body, url])
    assert said.startswith("HTTP/1.1 200 ")
    assert "set-cookie" not in said.lower()
    assert standing(site.app.engine) == {"projects": "withdrawn"}

    clock.now = clock.now.replace(month=12, day=1)
    site.app.open_due(clock.now)
    site.app.pump.run()
    assert relay.messages == []
