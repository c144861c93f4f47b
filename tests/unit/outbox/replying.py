"""Replies written as on the wire."""

from pinlabs_mailer.outbox.replies import Stage, Verdict, judge


def said(reply: str, stage: Stage = Stage.RCPT) -> Verdict:
    """Judge a reply written as on the wire."""
    code, _, text = reply.partition(" ")
    return judge(stage, int(code), text)
