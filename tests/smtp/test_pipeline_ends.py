"""How a pipelined connection ends: cuts, nonsense, deadlines, limits."""

import asyncio

import pytest

from pinlabs_mailer.delivery.envelope import Fate, Lost
from pinlabs_mailer.delivery.pipeline import Limits
from pinlabs_mailer.outbox.replies import Stage
from tests.smtp.wire import (
    GO,
    OK,
    Work,
    body,
    in_loop,
    line,
    mail,
)


@in_loop
async def test_a_cut_before_the_body_leaves_nothing_in_doubt() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.tell(OK)
        server.cut()
        await pipeline.closed
    assert work.fates == [(1, Fate.NOT_SENT)]


@in_loop
async def test_a_cut_after_the_body_leaves_only_that_in_doubt() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        server.cut()
        await pipeline.closed
    assert work.fates == [(1, Fate.IN_DOUBT), (2, Fate.NOT_SENT)]


@in_loop
async def test_421_to_an_envelope_is_its_answer_and_the_end() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        await server.tell(OK + b"421 4.3.2 Enough\r\n")
        assert pipeline.closed.done()
    assert work.codes == [(1, Stage.BODY, 250), (2, Stage.MAIL, 421)]
    assert work.losses == []


@in_loop
async def test_421_to_the_body_is_its_answer() -> None:
    work = Work(mail(1))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        await server.tell(b"421 4.3.2 Going down\r\n")
        assert pipeline.closed.done()
    assert work.codes == [(1, Stage.BODY, 421)]
    assert work.losses == []


@pytest.mark.parametrize("said", [b"what?\r\n", b"99 Ok\r\n", b"354 Go on\r\n", b"2500 Ok\r\n"])
def test_after_the_final_dot_nonsense_leaves_it_in_doubt(said: bytes) -> None:
    async def play() -> None:
        work = Work(mail(1))
        async with line(work) as (pipeline, server):
            pipeline.wake()
            await server.read()
            await server.say(GO)
            await server.tell(said)
            assert pipeline.closed.done()
        assert work.fates == [(1, Fate.IN_DOUBT)]

    asyncio.run(play())


@in_loop
async def test_a_line_without_end_is_read_in_little_memory() -> None:
    work = Work(mail(1))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        for _ in range(20):
            await server.tell(b"250 " + b"x" * 100_000)
            assert len(pipeline._rest) <= 1_001
        await server.tell(b"\r")
        await server.tell(b"\n")
        assert work.codes == [(1, Stage.BODY, 250)]


@in_loop
async def test_a_reply_of_endless_lines_is_cut_off() -> None:
    work = Work(mail(1))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        while not pipeline.closed.done():
            await server.tell(b"250-" + b"x" * 900 + b"\r\n")
    assert work.fates == [(1, Fate.NOT_SENT)]


@in_loop
async def test_every_wait_has_an_end() -> None:
    limits = Limits(reply=0.05, final_dot=0.2)
    for answers, fate in (([], Fate.NOT_SENT), ([GO], Fate.IN_DOUBT)):
        work = Work(mail(1))
        async with line(work, limits=limits) as (pipeline, server):
            seen = [pipeline.overdue]
            pipeline.wake()
            await server.read()
            for answer in answers:
                await server.say(answer)
            await asyncio.sleep(0.1)
            seen.append(pipeline.overdue)
            await asyncio.sleep(0.15)
            seen.append(pipeline.overdue)
            assert seen == [False, fate is Fate.NOT_SENT, True]
            pipeline.abort("the relay did not answer in time")
            assert work.losses == [(1, Lost(fate, "the relay did not answer in time"))]


@in_loop
async def test_a_connection_carries_only_so_many() -> None:
    work = Work(mail(1), mail(2), mail(3))
    async with line(work, limits=Limits(messages=2)) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        assert await server.say(OK + GO) == body(2)
        assert await server.say(OK) == b"QUIT\r\n"
    assert len(work.jobs) == 1
    assert work.losses == []


@in_loop
async def test_a_connection_grows_only_so_old() -> None:
    work = Work(mail(1), mail(2))
    async with line(work, limits=Limits(age=0.05)) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await asyncio.sleep(0.1)
        assert await server.say(GO) == body(1)
        assert await server.say(OK) == b"QUIT\r\n"
    assert len(work.jobs) == 1


@in_loop
async def test_leaving_finishes_what_is_under_way() -> None:
    work = Work(mail(1), mail(2), mail(3))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.say(GO)
        pipeline.leave()
        assert await server.say(OK + GO) == body(2)
        assert await server.say(OK) == b"QUIT\r\n"
    assert work.codes == [(1, Stage.BODY, 250), (2, Stage.BODY, 250)]
    assert len(work.jobs) == 1
