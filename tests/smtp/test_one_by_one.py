"""A relay without PIPELINING is spoken to one command at a time, with the same outcomes."""

import asyncio
from dataclasses import dataclass, field

import pytest

from pinlabs_mailer.delivery.envelope import Envelope, Fate, Job, Lost
from pinlabs_mailer.delivery.pipeline import Limits, Pipeline
from pinlabs_mailer.delivery.smtp import Account, OneByOne, connect
from pinlabs_mailer.outbox.replies import Reply, Stage
from pinlabs_mailer.settings import Relay as Where
from tests.support.relay import Cut, Hang, Relay, Rule, on

LIMITS = Limits(reply=1, final_dot=1)


@dataclass
class Work:
    """A feed with so many mails; `done` when each has been handed back."""

    mails: list[Envelope]
    outcomes: list[Reply | Lost] = field(default_factory=list)
    taken: int = 0

    def take(self) -> Job | None:
        if self.taken == len(self.mails):
            return None
        self.taken += 1
        return Job(self.taken, self.mails[self.taken - 1])

    def replied(self, _job: Job, reply: Reply) -> None:
        self.outcomes.append(reply)

    def lost(self, _job: Job, lost: Lost) -> None:
        self.outcomes.append(lost)

    def hung_up(self, why: str) -> None:
        pass


def mails(number: int) -> list[Envelope]:
    return [
        Envelope("news@pinlabs.example", f"reader{n}@example.net", b"Subject: Hi\r\n\r\n.dot\r\n")
        for n in range(1, number + 1)
    ]


def carry(relay: Relay, work: Work, limits: Limits = LIMITS) -> type[Pipeline] | type[OneByOne]:
    """Give one connection all that it takes; return of which kind it was."""

    async def play() -> type[Pipeline] | type[OneByOne]:
        account = Account(Where("127.0.0.1", relay.port, "none", None, None), limits=limits)
        connection = await connect(account, work)
        connection.wake()
        async with asyncio.timeout(10):
            while len(work.outcomes) < work.taken or not work.taken:
                await asyncio.sleep(0.01)
            connection.leave()
            await connection.closed
        return type(connection)

    return asyncio.run(play())


def test_what_the_relay_offers_decides(relay: Relay) -> None:
    work = Work(mails(3))
    assert carry(relay, work) is Pipeline
    relay.play(pipelining=False)
    work = Work(mails(3))
    assert carry(relay, work) is OneByOne
    assert [type(one) for one in work.outcomes] == [Reply] * 3
    assert [message.data for message in relay.messages] == [b"Subject: Hi\r\n\r\n.dot\r\n"] * 6


@pytest.mark.parametrize(
    ("rule", "fate"),
    [
        (on("MAIL", Cut()), Fate.NOT_SENT),
        (on("RCPT", Cut()), Fate.NOT_SENT),
        (on("DATA", Cut()), Fate.NOT_SENT),
        (on("DATA", Hang()), Fate.NOT_SENT),
        (on("MAIL", b"what?\r\n"), Fate.NOT_SENT),
        (on("RCPT", b"199 Ok\r\n"), Fate.NOT_SENT),
        (on("DATA", b"what?\r\n"), Fate.NOT_SENT),
        (on("END", Cut()), Fate.IN_DOUBT),
        (on("END", Hang()), Fate.IN_DOUBT),
        (on("END", b"what?\r\n"), Fate.IN_DOUBT),
        (on("END", b"354 Go on\r\n"), Fate.IN_DOUBT),
        (on("END", b"250 " + b"x" * 100_000 + b"\r\n"), Fate.IN_DOUBT),
    ],
)
def test_a_fault_is_in_doubt_only_after_the_final_dot(relay: Relay, rule: Rule, fate: Fate) -> None:
    relay.play(pipelining=False, rules=(rule,))
    work = Work(mails(1))
    assert carry(relay, work) is OneByOne
    (outcome,) = work.outcomes
    assert isinstance(outcome, Lost)
    assert outcome.fate is fate


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
def test_a_refusal_is_handed_back_and_the_next_one_goes(relay: Relay, verb: str) -> None:
    relay.play(pipelining=False, rules=(on(verb, "451 4.3.0 No", first=1),))
    work = Work(mails(2))
    carry(relay, work)
    stage = Stage.BODY if verb == "END" else Stage(verb.lower())
    assert work.outcomes[0] == Reply(stage, 451, "4.3.0 No")
    assert len(relay.messages) == 1
    assert relay.connections == 1


def test_a_connection_carries_only_so_many_and_grows_only_so_old(relay: Relay) -> None:
    relay.play(pipelining=False)
    work = Work(mails(3))
    carry(relay, work, LIMITS._replace(messages=2))
    assert len(work.outcomes) == 2
    relay.play(latency=0.05)
    work = Work(mails(3))
    carry(relay, work, LIMITS._replace(age=0.1))
    assert len(work.outcomes) == 1
