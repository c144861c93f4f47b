"""What the pages write into the consent record (items C1, C5, C7)."""

from sqlalchemy import select

from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event, wording
from tests.support.relay import Relay
from tests.support.site import Site
from tests.web.people import ADA, asked


def test_c01_the_record_has_who_what_and_which_mail(site: Site, relay: Relay) -> None:
    path = asked(site, relay.messages)
    site.get(path)
    site.post(path, User_Agent="Browser/2.0")
    with reading(site.app.engine) as connection:
        requested, confirmed = connection.execute(
            select(consent_event, wording.c.text).join(wording).order_by(consent_event.c.position)
        ).all()
    with reading(site.app.engine) as connection:
        assert list(audit(connection, site.app.notary, Tally())) == []
    sent = f"Message-ID: <{confirmed.message_id}>".encode()
    assert sent in relay.messages[-1].data
    assert requested.message_id == ""
    assert (requested.change, confirmed.change) == ("requested", "confirmed")
    for event, form in ((requested, "join "), (confirmed, "confirm ")):
        assert event.form_version.startswith(form)
        assert (event.actor, event.language, event.email) == ("person", "en", ADA)
        assert event.frequency == "every"
        assert event.network == "127.0.0.1"
    assert confirmed.user_agent == "Browser/2.0"
    assert "topics I ticked" in requested.text
    assert "emails about: Projects" in confirmed.text
