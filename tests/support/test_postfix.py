"""Postfix, tried with the standard library's client."""

import smtplib

import pytest

from tests.support.postfix import Postfix


def test_files_mail_for_those_it_knows_and_refuses_others() -> None:
    with Postfix(mailboxes=("ada", "bob")) as postfix:
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            client.sendmail("news@example.org", ["ada@example.net"], "Subject: Hello\r\n\r\nYou.")
            with pytest.raises(smtplib.SMTPRecipientsRefused, match=r"550, b'5\.1\.1"):
                client.sendmail("news@example.org", ["eve@example.net"], "Subject: No\r\n\r\n")
        (message,) = postfix.maildir("ada")
        assert b"Subject: Hello\n\nYou." in message
        assert postfix.maildir("bob", 0) == []
