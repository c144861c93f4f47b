"""The webhook of Amazon SES: only Amazon's own posts, for our topic, change anything."""

import json
from collections.abc import Iterator

import pytest

from pinlabs_mailer.app import App
from pinlabs_mailer.feedback.intake.sns import Opener
from tests.store.returning import ADA, BOB, Scene, scene
from tests.support.amazon import CERTIFICATE, HOST, TOPIC, Amazon, told
from tests.support.site import Answer, Server, snapshot

ELSEWHERE = "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0123.pem"


class Posting:
    """An installation with a digest that went out through SES."""

    def __init__(self, one: Scene, server: Server) -> None:
        self.one, self.server = one, server
        self.app: App = one.app
        self.amazon = Amazon(one.clock())
        self.app.__dict__["sns"] = Opener(TOPIC, self.amazon.fetch, one.clock)
        self.path = self.app.hooks.path("ses")

    def post(self, body: bytes, path: str = "") -> Answer:
        with self.server.showing(self.app) as site:
            return site.post(path or self.path, body)


@pytest.fixture
def ses(database_url: str, server: Server) -> Iterator[Posting]:
    with scene(database_url, ses_topic=TOPIC) as one:
        one.send()
        yield Posting(one, server)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_is_matched_by_its_return_path_and_a_replay_changes_nothing(
    ses: Posting, version: str
) -> None:
    body = ses.amazon.post(told("Bounce", ses.one.mails[ADA]), SignatureVersion=version)
    assert ses.post(body).status == 200
    assert ses.one.suppressed(ADA) == "bounce"
    assert ses.one.delivery(ADA)["reports"][0]["status"] == "5.1.1"
    assert ses.one.suppressed(BOB) is None
    before = snapshot(ses.app.engine)
    assert ses.post(body).status == 200
    after = snapshot(ses.app.engine)
    assert {**after, "return_count": []} == {**before, "return_count": []}
    assert ses.amazon.fetched == [CERTIFICATE]


def test_a_complaint_ends_it(ses: Posting) -> None:
    ses.post(ses.amazon.post(told("Complaint", ses.one.mails[ADA], complaintFeedbackType="abuse")))
    assert ses.one.suppressed(ADA) == "complaint"


def test_the_original_header_matches_where_the_envelope_sender_does_not(ses: Posting) -> None:
    message = told("Bounce", ses.one.mails[ADA])
    own = ses.app.letters.message_id(ses.one.delivery_id(ADA))
    message["mail"] = {
        "source": "other@pinlabs.example",
        "headers": [{"name": "Message-ID", "value": f"<{own}>"}],
    }
    ses.post(ses.amazon.post(message))
    assert ses.one.suppressed(ADA) == "bounce"


@pytest.mark.parametrize(
    ("about", "suppressed"),
    [
        ({"bounceSubType": "OnAccountSuppressionList"}, "bounce"),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, None),
        ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, None),
        ({"bouncedRecipients": []}, None),
        ({"bouncedRecipients": "none"}, None),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_ses_says_decides(
    ses: Posting, about: dict[str, object], suppressed: str | None
) -> None:
    assert ses.post(ses.amazon.post(told("Bounce", ses.one.mails[ADA], **about))).status == 200
    assert ses.one.suppressed(ADA) == suppressed


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": TOPIC.replace("bounces", "other")},
        {"SigningCertURL": ELSEWHERE},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": CERTIFICATE.replace("eu-west-1", "us-east-1")},
        {"SigningCertURL": "https://x@sns.eu-west-1.amazonaws.com/a.pem"},
        {"SigningCertURL": f"{HOST}:444/a.pem"},
        {"SigningCertURL": f"{HOST}/a.txt"},
        {"SignatureVersion": "3"},
        {"Timestamp": "2026-11-22T08:00:00.000Z"},
        {"Timestamp": "2026-11-25T09:00:00.000Z"},
        {"Timestamp": "soon"},
        {"Type": "Other"},
    ],
)
def test_posts_of_others_are_refused_and_change_nothing(
    ses: Posting, changes: dict[str, str]
) -> None:
    before = snapshot(ses.app.engine)
    body = ses.amazon.post(told("Bounce", ses.one.mails[ADA]), **changes)
    assert ses.post(body).status == 400
    assert snapshot(ses.app.engine) == before
    assert ses.amazon.fetched == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_signature_that_does_not_fit_is_refused(ses: Posting) -> None:
    before = snapshot(ses.app.engine)
    body = ses.amazon.post(told("Bounce", ses.one.mails[ADA]))
    altered = body.replace(b"550", b"551")
    foreign = Amazon(ses.one.clock()).post(told("Bounce", ses.one.mails[ADA]))
    unsigned = json.dumps({**json.loads(body), "Signature": "!"}).encode()
    for one in (altered, foreign, unsigned, b"", b"[]", b"{" * 100_000, b"\xff"):
        assert ses.post(one).status == 400
    ses.one.later(days=40)
    ses.amazon.now = ses.one.clock()
    assert ses.post(ses.amazon.post({})).status == 400  # its certificate is over
    assert snapshot(ses.app.engine) == before


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_subscription_is_confirmed_at_amazon_only(ses: Posting) -> None:
    there = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336"
    asked = {"Type": "SubscriptionConfirmation", "Token": "2336"}
    assert ses.post(ses.amazon.post("", SubscribeURL=there, **asked)).status == 200
    assert ses.amazon.fetched == [CERTIFICATE, there]
    for url in ("https://evil.example/", f"http{HOST[5:]}/", "https://127.0.0.1/"):
        assert ses.post(ses.amazon.post("", SubscribeURL=url, **asked)).status == 400
    assert ses.amazon.fetched == [CERTIFICATE, there]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_without_the_secret_or_the_setting_there_is_nothing_there(
    ses: Posting, server: Server, database_url: str
) -> None:
    body = ses.amazon.post(told("Bounce", ses.one.mails[ADA]))
    for path in ("/hooks/ses/", "/hooks/ses/x", ses.path[:-1], ses.path.replace("ses", "other")):
        assert ses.post(body, path).status == 404
    with scene(database_url, "eve@example.org") as other, server.showing(other.app) as site:
        assert site.post(ses.path, body).status == 404
    assert ses.one.suppressed(ADA) is None
