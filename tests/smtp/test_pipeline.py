"""The pipelined session, byte by byte: what goes out in which write, and what each reply does."""

from pinlabs_mailer.delivery.commands import Offers
from pinlabs_mailer.delivery.envelope import Envelope, Job
from pinlabs_mailer.outbox.replies import Stage
from tests.smtp.wire import FROM, GO, OK, Work, body, group, in_loop, line, mail


@in_loop
async def test_an_envelope_goes_in_one_write_and_the_next_with_the_last_body() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        assert await server.read() == group(1)
        assert await server.say(GO) == body(1) + group(2)
        assert await server.say(OK + GO) == body(2)
        await server.tell(b"250 2.0.0 Kept as 77\r\n")
        assert work.codes == [(1, Stage.BODY, 250), (2, Stage.BODY, 250)]
        assert work.replies[1][1].text == "2.0.0 Kept as 77"
        assert pipeline.idle
        pipeline.leave()
        assert await server.read() == b"QUIT\r\n"
        assert await server.read() == b""
    assert work.losses == []


@in_loop
async def test_replies_are_matched_however_they_are_cut() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        for byte in GO[:-1]:
            await server.tell(bytes([byte]))
        assert await server.say(GO[-1:]) == body(1) + group(2)
        many = b"250-2.0.0 Ok\r\n250-and\r\n250 more\r\n"
        refused = b"550 5.7.0 no\r\n503 5.5.1 no\r\n554 5.5.1 no\r\n"
        await server.tell(many + refused)
    assert work.codes == [(1, Stage.BODY, 250), (2, Stage.MAIL, 550)]


@in_loop
async def test_a_refused_recipient_is_followed_by_rset() -> None:
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        refused = OK + b"550 5.1.1 No such user\r\n554 5.5.1 No recipients\r\n"
        assert await server.say(refused) == b"RSET\r\n" + group(2)
        assert await server.say(OK + GO) == body(2)
    assert work.codes == [(1, Stage.RCPT, 550)]
    assert work.replies[0][1].text == "5.1.1 No such user"


@in_loop
async def test_a_refused_recipient_and_354_want_a_lone_dot() -> None:
    """RFC 2920 section 3.1."""
    work = Work(mail(1), mail(2))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        said = await server.say(OK + b"550 5.1.1 No such user\r\n354 Go on\r\n")
        assert said == b".\r\nRSET\r\n" + group(2)
        assert await server.say(b"554 5.5.1 Nobody\r\n" + OK + GO) == body(2)
        await server.tell(OK)
    assert work.codes == [(1, Stage.RCPT, 550), (2, Stage.BODY, 250)]


@in_loop
async def test_a_refused_data_is_the_answer() -> None:
    work = Work(mail(1))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        await server.tell(OK + OK + b"451 4.3.0 Not now\r\n")
        assert work.codes == [(1, Stage.DATA, 451)]
        work.jobs.append(Job(2, mail(2)))
        pipeline.wake()
        assert await server.read() == b"RSET\r\n" + group(2)


@in_loop
async def test_dots_are_doubled_and_the_last_line_is_ended() -> None:
    work = Work(mail(1, b".a\r\n..b\r\nc.\r\n.\r\nd"))
    async with line(work) as (pipeline, server):
        pipeline.wake()
        await server.read()
        assert await server.say(GO) == b"..a\r\n...b\r\nc.\r\n..\r\nd\r\n.\r\n"


@in_loop
async def test_says_only_what_the_relay_offers() -> None:
    far = Envelope("news@pinlabs.example", "jürgen@example.net", b"x\r\n")
    work = Work(far, mail(2))
    async with line(work, Offers(size=True)) as (pipeline, server):
        pipeline.wake()
        size = len(mail(2).message)
        assert (await server.read()).startswith(f"MAIL FROM:<{FROM}> SIZE={size}\r\n".encode())
    assert work.codes == [(1, Stage.RCPT, 553)]

    work = Work(far, mail(2))
    async with line(work, Offers(smtputf8=True)) as (pipeline, server):
        pipeline.wake()
        options = "BODY=8BITMIME SMTPUTF8"
        start = f"MAIL FROM:<{FROM}> {options}\r\nRCPT TO:<jürgen@example.net>\r\nDATA\r\n"
        assert await server.read() == start.encode()
        assert (await server.say(GO)).endswith(group(2))
