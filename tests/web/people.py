"""Looking at what the pages have done, in the database and in the mail."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

from sqlalchemy import Engine, func, select

from pinlabs_mailer.app import worker
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription, topic
from pinlabs_mailer.web import form_token
from pinlabs_mailer.web.form_token import FIELD
from tests.support.relay import Message
from tests.support.site import Answer, Fields, Site, path_of

ADA = "ada@example.org"
JOINING = {"email": ADA, "topic": ["projects"]}


def standing(engine: Engine, email: str = ADA) -> dict[str, str]:
    """Return how a person stands, by topic."""
    wanted = (
        select(topic.c.slug, subscription.c.status)
        .join_from(subscription, topic)
        .join(subscriber)
        .where(subscriber.c.email_key == email)
    )
    with reading(engine) as connection:
        return {row.slug: row.status for row in connection.execute(wanted)}


def events(engine: Engine, change: str) -> int:
    """Count the consent events of one sort."""
    counted = select(func.count()).where(consent_event.c.change == change)
    with reading(engine) as connection:
        return connection.execute(counted).scalar_one()


def filled_in(site: Site, fields: Fields) -> Fields:
    """Return the fields of a form that was opened a minute ago, and is filled in now."""
    opened = site.app.clock() - timedelta(minutes=1)
    return {FIELD: form_token.make(site.app.signer, opened), **fields}


def without_token(answer: Answer) -> str:
    """Return a page but for the token in its form, which is another each time."""
    return re.sub(r'(name="form" value=")[^"]+', r"\1", answer.text)


def ask(site: Site, *topics: str, email: str = ADA, path: str = "/join", **more: str) -> Answer:
    """Send the sign-up form as a person does, and have it looked at."""
    fields = {"email": email, "topic": list(topics) or ["projects"], **more}
    answer = site.post(path, filled_in(site, fields))
    worker.take_up(site.app)
    return answer


def asked(site: Site, messages: list[Message], *topics: str) -> str:
    """Join as Ada and return the path of the link in the mail that comes of it."""
    assert ask(site, *topics).status == 200
    site.app.pump.run()
    return confirm_path(messages[-1])


def confirm_path(message: Message) -> str:
    """Return the path of the link in a confirmation mail."""
    return link_path(message, "confirm")


def link_path(message: Message, page: str) -> str:
    """Return the path of the link to one of our pages, which stands alone on its line."""
    found = re.search(rf"(?m)^(https?://\S+/{page}/\S+)\r?$", text_of(message))
    assert found is not None
    return path_of(found[1])


def text_of(message: Message) -> str:
    """Return the text part of a mail."""
    parsed = message_from_bytes(message.data, policy=policy.default)
    part = parsed.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def unsubscribe_url(message: Message) -> str:
    """Return the https address in a digest's List-Unsubscribe, read from the bytes as they came."""
    found = re.search(rb"(?m)^List-Unsubscribe: <(https?://[^>]+)>", message.data)
    assert found is not None
    return found[1].decode()
