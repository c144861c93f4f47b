"""Other products' exports, from their file to the standings here (item A14)."""

from sqlalchemy import Engine, select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event, suppression
from tests.store.imports import standings, take_in

LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at"
DATES = "2024-03-01 09:30:00.123456 +0000 UTC,2025-07-02 10:00:00 +0000 UTC"
MAILCHIMP = "Email Address,First Name,Last Name,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP"
PROOF = "2021-05-03 10:00:00,192.0.2.7,2021-05-03 10:02:00,192.0.2.8"


def suppressions(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        columns = (suppression.c.email_key, suppression.c.reason)
        return [(*one,) for one in connection.execute(select(*columns).order_by("email_key"))]


def test_listmonk_without_evidence_nobody_is_confirmed(engine: Engine) -> None:
    attributes = '"{""city"": ""Bern, CH""}"'
    rows = [
        f"1,ada@example.org,Ada,{attributes},enabled,{DATES}",
        f"2,bob@example.org,Bob,{{}},disabled,{DATES}",
        f"3,eve@example.org,Eve,{{}},blocklisted,{DATES}",
        f"4,joe@example.org,Joe,{{}},frozen,{DATES}",
    ]
    done = take_in(engine, *rows, header=LISTMONK, form="listmonk")
    assert {who: status for (who, _), (status, _) in standings(engine).items()} == {
        "ada@example.org": "pending",
        "bob@example.org": "withdrawn",
        "eve@example.org": "withdrawn",
    }
    assert suppressions(engine) == [("eve@example.org", "manual")]
    assert done.outcomes == {"added": 3, "refused": 1}
    assert take_in(engine, *rows, header=LISTMONK, form="listmonk").outcomes == {
        "unchanged": 3,
        "refused": 1,
    }


def test_listmonk_with_the_operators_evidence_is_confirmed_with_its_date(engine: Engine) -> None:
    take_in(
        engine,
        f"1,ada@example.org,Ada,{{}},enabled,{DATES}",
        header=LISTMONK,
        form="listmonk",
        evidence="exported with subscription status confirmed",
    )
    assert standings(engine)["ada@example.org", "projects"][0] == "confirmed"
    with reading(engine) as connection:
        (event,) = connection.execute(select(consent_event))
    assert event.given_at.isoformat() == "2024-03-01T09:30:00.123456+00:00"
    assert event.evidence == "exported with subscription status confirmed"


def test_mailchimp_file_by_file(engine: Engine) -> None:
    def mailchimp(kind: str, more: str, *rows: str) -> dict[str, int]:
        header = f"{MAILCHIMP}{more}"
        file = f"{kind}_email_audience_export_1a2b.csv"
        return take_in(engine, *rows, header=header, form="mailchimp", file=file).outcomes

    ada, bob = f"ada@example.org,Ada,L,{PROOF}", "bob@example.org,Bob,,,,2021-05-03 10:02:00,"
    assert mailchimp("subscribed", "", ada, bob, f"eve@example.org,Eve,,{PROOF}") == {"added": 3}
    left = f"eve@example.org,Eve,,{PROOF},2022-01-02 03:04:05"
    assert mailchimp("unsubscribed", ",UNSUB_TIME", left) == {"changed": 1}
    bounced = f"joe@example.org,Joe,,{PROOF},2022-01-02 03:04:05"
    assert mailchimp("cleaned", ",CLEAN_TIME", bounced) == {"added": 1}
    assert {who: status for (who, _), (status, _) in standings(engine).items()} == {
        "ada@example.org": "confirmed",
        "bob@example.org": "pending",
        "eve@example.org": "withdrawn",
    }
    assert suppressions(engine) == [("joe@example.org", "bounce")]
    assert mailchimp("subscribed", "", f"eve@example.org,Eve,,{PROOF}") == {"left_out": 1}
    assert mailchimp("cleaned", ",CLEAN_TIME", bounced) == {"unchanged": 1}


def test_who_left_elsewhere_before_anybody_knew_them_cannot_be_brought_in(engine: Engine) -> None:
    left = f"eve@example.org,Eve,,{PROOF},2022-01-02 03:04:05"
    take_in(
        engine, left, header=f"{MAILCHIMP},UNSUB_TIME", form="mailchimp", file="unsubscribed_1.csv"
    )
    done = take_in(engine, "eve@example.org", header="email")
    assert done.outcomes == {"left_out": 1}
