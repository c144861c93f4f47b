"""A mailbox that is read by IMAP, for installations without a mail server of their own.

It may be somebody's own mailbox. So nothing in it is deleted and nothing marked as read: what was
taken is moved to the folder `Returns`, if the server can move a mail by itself (RFC 6851), and
everything else stays as it is. How far it was read is remembered (`mailbox`), so that letters which
stay are looked at once.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderCreateError, MailboxLoginError
from sqlalchemy import Connection, select

from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.insert import insert_or_update
from pinlabs_mailer.db.tables import mailbox
from pinlabs_mailer.errors import ConfigurationError, Unavailable
from pinlabs_mailer.feedback.taking import GROUP, GROUP_BYTES, LARGEST, Mail, Taken, Taker
from pinlabs_mailer.settings import Account

FOLDER = "Returns"
_SECONDS = 60.0
_AWAY = (ImapToolsError, imaplib.IMAP4.error, OSError)


def take(taker: Taker, account: Account) -> Iterator[Taken]:
    """Take what is new in the mailbox; yield what was done about each mail.

    Raises ConfigurationError for a wrong password, Unavailable when the server does not answer.
    """
    with _errors(account), _open(account) as box:
        validity = _validity(box, account)
        with reading(taker.engine) as connection:
            last = _last(connection, account, validity)
        waiting = [
            uid for uid in map(int, box.uids(f"UID {last + 1}:*", charset=None)) if uid > last
        ]
        for group in _groups(box, waiting):
            taken = taker.take([mail for _, mail in group])
            done = [
                uid
                for (uid, _), one in zip(group, taken, strict=True)
                if all(act.understood for act in one)
            ]
            _put_away(box, done)
            with writing(taker.engine) as connection:
                _remember(connection, account, validity, group[-1][0])
            yield from taken


@contextmanager
def _errors(account: Account) -> Iterator[None]:
    where = f"The mailbox at {account.host}"
    try:
        yield
    except MailboxLoginError as error:
        raise ConfigurationError(
            f"{where} refuses the user or the password.", "Correct PINLABS_RETURNS_IMAP_URL."
        ) from error
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"{where} cannot be trusted: {error.reason}.",
            "Name the host as it stands in its certificate.",
        ) from error
    except _AWAY as error:
        raise Unavailable(f"{where} cannot be read: {error}", "It is tried again.") from error


@contextmanager
def _open(account: Account) -> Iterator[BaseMailBox]:
    place: dict[str, Any] = {"host": account.host, "port": account.port, "timeout": _SECONDS}
    trusted = ssl.create_default_context()
    if account.security == "tls":
        box: BaseMailBox = MailBox(**place, ssl_context=trusted)
    elif account.security == "starttls":
        box = MailBoxStartTls(**place, ssl_context=trusted)
    else:
        box = MailBoxUnencrypted(**place)
    try:
        yield box.login(account.username, account.password, account.folder)
    finally:
        with suppress(*_AWAY):
            box.logout()


def _validity(box: BaseMailBox, account: Account) -> int:
    return int(box.folder.status(account.folder, ["UIDVALIDITY"])["UIDVALIDITY"])


def _groups(box: BaseMailBox, waiting: list[int]) -> Iterator[list[tuple[int, Mail]]]:
    group: list[tuple[int, Mail]] = []
    size = 0
    for uid in waiting:
        raw = _fetch(box, uid)
        group.append((uid, Mail(raw)))
        size += len(raw)
        if len(group) == GROUP or size > GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _fetch(box: BaseMailBox, uid: int) -> bytes:
    """Return a mail, as far as any is read, without a trace of our looking at it."""
    _, answer = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
    return next((part[1] for part in answer if isinstance(part, tuple)), b"")


def _put_away(box: BaseMailBox, uids: list[int]) -> None:
    """Move mails to their folder. Without MOVE that would take an EXPUNGE, which deletes what the
    owner of the mailbox has marked: then they stay. So they do where the server has no such folder
    and lets none be made, as where all of them must lie within INBOX."""
    if not uids or "MOVE" not in box.client.capabilities:
        return
    try:
        if not box.folder.exists(FOLDER):
            box.folder.create(FOLDER)
    except MailboxFolderCreateError:
        return
    box.client.uid("MOVE", ",".join(map(str, uids)), FOLDER)


def _last(connection: Connection, account: Account, validity: int) -> int:
    """Return the last UID that was read; 0 where the server counts anew since."""
    found = connection.execute(
        select(mailbox.c.validity, mailbox.c.last_uid).where(mailbox.c.name == account.name)
    ).first()
    return int(found.last_uid) if found and found.validity == validity else 0


def _remember(connection: Connection, account: Account, validity: int, last: int) -> None:
    changing = ("validity", "last_uid")
    statement = insert_or_update(connection, mailbox, [mailbox.c.name], changing)
    row = {"name": account.name, "validity": validity, "last_uid": last}
    connection.execute(statement, row)
