"""A mailbox that is read by IMAP, for installations without a mail server of their own.

It may be somebody's own mailbox. So nothing in it is deleted and nothing marked as read: what was
taken is moved to the folder `Returns`, if the server can move a mail by itself (RFC 6851), and
everything else stays as it is. How far it was read is remembered (`mailbox`), so that letters which
stay are looked at once; what could not be taken yet is remembered beside it. What was there before
it was first seen, or since the server counts anew, is read for reports only: letters in it stay.
"""

import imaplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderCreateError, MailboxLoginError
from sqlalchemy import Connection, select

from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.insert import insert_or_update
from pinlabs_mailer.db.tables import mailbox
from pinlabs_mailer.errors import ConfigurationError, Unavailable
from pinlabs_mailer.feedback.taking import (
    GROUP,
    GROUP_BYTES,
    LARGEST,
    REST,
    Mail,
    Taken,
    Taker,
)
from pinlabs_mailer.settings import Account

FOLDER = "Returns"
_SECONDS = 60.0
_NAMED = 80
"""UIDs in a command: a server need not take a line of more than 1,000 bytes (RFC 2683 section
3.2.1.5)."""
_AWAY = (ImapToolsError, imaplib.IMAP4.error, OSError)


class _Place(NamedTuple):
    """How far a mailbox was read."""

    last: int = 0
    again: frozenset[int] = frozenset()
    """Mails up to there that could not be taken yet."""
    letters_from: int = 1
    """Letters below were there before us."""


def take(taker: Taker, account: Account) -> Iterator[Taken]:
    """Take what is new in the mailbox; yield what was done about each mail.

    Raises ConfigurationError for a wrong password, Unavailable when the server does not answer,
    or at the end when it did not hand over some mails.
    """
    with _errors(account), _open(account) as box:
        validity = _validity(box, account)
        with reading(taker.engine) as connection:
            known = _place(connection, account, validity)
        waiting = _waiting(box, known or _Place())
        # written down at once: a run that ends in the middle must not make new letters of old ones
        place = known or _Place(letters_from=max(waiting, default=0) + 1)
        if known is None:
            with writing(taker.engine) as connection:
                _remember(connection, account, validity, place)
        place = place._replace(again=place.again & set(waiting))
        withheld: set[int] = set()
        for ended in _take_each(box, taker, waiting, place.letters_from, withheld):
            _put_away(box, [uid for uid, one in ended.items() if all(a.understood for a in one)])
            later = {uid for uid, one in ended.items() if any(a.outcome == "waiting" for a in one)}
            again = (place.again - ended.keys()) | later | withheld
            place = place._replace(last=max(place.last, *ended), again=again)
            with writing(taker.engine) as connection:
                _remember(connection, account, validity, place)
            yield from ended.values()
        if withheld:
            raise Unavailable(
                f"The mailbox at {account.host} does not hand over some mails: {len(withheld)}.",
                "The others were taken, and these are tried again.",
            )


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


def _waiting(box: BaseMailBox, place: _Place) -> list[int]:
    """Return the mails that are new, and those that are there still to be tried again."""
    again = sorted(place.again)
    parts = [again[start : start + _NAMED] for start in range(0, len(again), _NAMED)]
    wanted = [",".join(map(str, part)) for part in parts] + [f"{place.last + 1}:*"]
    found = {int(uid) for some in wanted for uid in box.uids(f"UID {some}", charset=None)}
    return sorted(uid for uid in found if uid > place.last or uid in place.again)


def _take_each(
    box: BaseMailBox, taker: Taker, waiting: Iterable[int], letters_from: int, withheld: set[int]
) -> Iterator[dict[int, Taken]]:
    """Take mails in groups; letters that were there before us are passed on to nobody."""
    uids = list(waiting)
    for one, some in (
        (replace(taker, forwarder=None), [uid for uid in uids if uid < letters_from]),
        (taker, [uid for uid in uids if uid >= letters_from]),
    ):
        for group in _groups(box, some, withheld):
            taken = one.take([mail for _, mail in group])
            yield {uid: acts for (uid, _), acts in zip(group, taken, strict=True)}


def _groups(
    box: BaseMailBox, waiting: Iterable[int], withheld: set[int]
) -> Iterator[list[tuple[int, Mail]]]:
    """Go through mails in groups; add to `withheld` those that the server does not give."""
    group: list[tuple[int, Mail]] = []
    size = 0
    for uid in waiting:
        try:
            raw = _fetch(box, uid, 0, LARGEST)
        except _Withheld:
            withheld.add(uid)
            continue
        group.append((uid, Mail(raw, rest=partial(_fetch, box, uid, LARGEST, REST))))
        size += len(raw)
        if len(group) == GROUP or size > GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


class _Withheld(OSError):
    """The server says NO to a mail. It is no word on the others."""


def _fetch(box: BaseMailBox, uid: int, start: int, most: int) -> bytes:
    """Return a stretch of a mail, without a trace of our looking at it."""
    told, answer = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<{start}.{most}>)")
    if told != "OK":
        raise _Withheld(f"mail {uid} is not handed over")
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


def _place(connection: Connection, account: Account, validity: int) -> _Place | None:
    """Return how far it was read; None if it never was, or the server counts anew since."""
    found = connection.execute(select(mailbox).where(mailbox.c.name == account.name)).first()
    if found is None or found.validity != validity:
        return None
    again = frozenset(map(int, filter(None, found.again.split(","))))
    return _Place(found.last_uid, again, found.letters_from)


def _remember(connection: Connection, account: Account, validity: int, place: _Place) -> None:
    changing = ("validity", "last_uid", "again", "letters_from")
    statement = insert_or_update(connection, mailbox, [mailbox.c.name], changing)
    again = ",".join(map(str, sorted(place.again)))
    row = {
        "name": account.name,
        "validity": validity,
        "last_uid": place.last,
        "again": again,
        "letters_from": place.letters_from,
    }
    connection.execute(statement, row)
