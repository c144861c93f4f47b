"""Mails for what a person wished: a link of its own, and a notice."""

import pytest

from pinlabs_mailer import languages
from pinlabs_mailer.mail.templates import MailTemplates

from .contexts import LINK, NOTICE


@pytest.mark.parametrize(
    ("wish", "subject", "asked"),
    [
        ("preferences", "Your link to the preferences", "for a new link"),
        ("address", "Change your address", "at another address"),
        ("move", "Please confirm your new address", "at this address"),
        ("data", "See your data", "holds on you"),
        ("erase", "Erase your data", "erases everything"),
    ],
)
def test_c13_a_mailed_link_says_what_it_is_for(
    ours: MailTemplates, wish: str, subject: str, asked: str
) -> None:
    mail = ours.render("link", {**LINK, "wish": wish})
    assert mail.subject == f"{subject}: Pin Labs"
    for part in (mail.text, mail.html):
        assert asked in " ".join(part.split())
        assert "https://news.pinlabs.example/erase/token" in part
        assert ("90 days" in part) == (wish == "preferences")
    german = ours.render("link", {**LINK, "wish": wish}, languages.named("de"))
    assert "Jemand, hoffentlich Sie selbst" in german.text


def test_c13_the_notice_has_no_link_and_no_address(ours: MailTemplates) -> None:
    mail = ours.render("notice", NOTICE)
    assert mail.subject == "Your mail goes to another address now: Pin Labs"
    assert "@" not in mail.text
    assert mail.text.count("https://") == 1
