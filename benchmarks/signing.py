"""What signing costs: as a multiple of the bare RSA operation, and on two threads over one.

    python -m benchmarks.signing [MESSAGES]

Each round measures everything in turn, and a figure is the median of the rounds' own ratios, so
that a machine which is busy with something else disturbs all sides alike. The work is what the
pump does: `Signing` writes messages of about 7 kB in its threads and hands them over in the loop.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from pinlabs_mailer.db.words import DeliveryKind
from pinlabs_mailer.delivery.envelope import Envelope
from pinlabs_mailer.delivery.ledger import Outgoing
from pinlabs_mailer.delivery.signing import Signing, Waiting
from pinlabs_mailer.digest import letter
from pinlabs_mailer.mail.dkim import DkimKey
from pinlabs_mailer.mail.message import (
    MailingList,
    Prepared,
    Recipient,
    Unsubscribe,
    prepare,
)
from pinlabs_mailer.mail.slots import encode, slot
from pinlabs_mailer.mail.templates import RenderedMail
from pinlabs_mailer.settings import Mailbox

ROUNDS = 9
LINK = "https://news.pinlabs.example/u/Q2hlY2tlZFJlZmVyZW5jZVdpdGhNYWM"
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Cost(NamedTuple):
    """Seconds, for all messages of one measurement."""

    wall: float
    cpu: float


def edition(key: DkimKey | None) -> Prepared:
    """Return a digest of about 7 kB that has all the slots and headers of ours."""
    hello, leave = slot(letter.GREETING), slot(letter.UNSUBSCRIBE)
    story = "What changes when a catalogue of ads grows sixtyfold in a short time. " * 4
    text = f"{hello}\n\n" + f"{story}\n\n" * 7 + f"{leave}\n"
    html = f"<p>{hello}</p>" + f"<p>{story}</p>\n" * 15 + f'<a href="{leave}">Leave</a>'
    return prepare(
        RenderedMail("A post, and 6 more", text, html),
        from_=Mailbox("Pin Labs", "news@pinlabs.example"),
        mailing_list=MailingList(
            "newsletter.pinlabs.example", "Pin Labs", "digest:newsletter:pinlabs", "leave@x.example"
        ),
        dkim=key,
    )


def writer(prepared: Prepared) -> Callable[[Outgoing], Envelope]:
    """Return what writes a message as `Letters` does."""

    def write(outgoing: Outgoing) -> Envelope:
        recipient = Recipient(
            Mailbox(outgoing.name, outgoing.email),
            f"{outgoing.id}.x@pinlabs.example",
            {letter.GREETING: encode(f"Hello {outgoing.name},"), letter.UNSUBSCRIBE: encode(LINK)},
            Unsubscribe(LINK, "mailto:leave@x.example?subject=unsubscribe"),
        )
        return Envelope("news@pinlabs.example", outgoing.email, prepared.join(recipient, AT))

    return write


def people(number: int) -> list[Outgoing]:
    """Return deliveries to somebody else each."""
    return [
        Outgoing(n, DeliveryKind.DIGEST, 1, None, 0, 0, "r", f"r{n}@example.net", f"Reader {n}", 0)
        for n in range(number)
    ]


def cost(work: Callable[[], object]) -> Cost:
    """Do some work and return what it cost this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def in_threads(write: Callable[[Outgoing], Envelope], some: list[Outgoing], threads: int) -> None:
    """Write all of them as the pump does when it signs."""

    async def play() -> None:
        left, done = len(some), asyncio.Event()

        def hand_over(written: list[Waiting]) -> None:
            nonlocal left
            left -= len(written)
            if left == 0:
                done.set()

        signing = Signing(write, hand_over, threads)
        signing.put(Waiting(one, 0.0) for one in some)
        await done.wait()
        signing.close()

    asyncio.run(play())


def main(number: int = 1000) -> None:
    """Measure, and print a line for each figure."""
    key = DkimKey("s1", "pinlabs.example", generate_private_key(65537, 2048))
    plain, signed = writer(edition(None)), writer(edition(key))
    some = people(number)
    size = len(plain(some[0]).message)
    digest, padding, sha = b"x" * 32, PKCS1v15(), SHA256()

    def bare() -> None:
        for _ in some:
            key.private.sign(digest, padding, sha)

    def unsigned() -> None:
        for one in some:
            plain(one)

    for warm_up in (bare, unsigned):
        warm_up()
    in_threads(signed, some, 2)
    added, speedup, pure = [], [], []
    for _ in range(ROUNDS):
        rsa, without = cost(bare), cost(unsigned)
        one = cost(lambda: in_threads(signed, some, 1))
        two = cost(lambda: in_threads(signed, some, 2))
        added.append((one.cpu - without.cpu) / rsa.cpu)
        speedup.append(one.wall / two.wall)
        pure.append(rsa.cpu / number * 1e6)
    print(f"{number} messages of {size} bytes, {ROUNDS} rounds; RSA-2048 {_told(pure)} us")
    print("| figure | reach | floor | measured |\n| --- | --- | --- | --- |")
    print(f"| CPU added by signing, multiple of the bare RSA | 1.3 | 1.5 | {_told(added)} |")
    print(f"| signing alone, two threads over one | 1.8 | 1.6 | {_told(speedup)} |")


def _told(figures: list[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
