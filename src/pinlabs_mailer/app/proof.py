"""A person's consent record as files that a lawyer can read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pinlabs_mailer import resources
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.proof import proof
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import Actor, ConsentChange, Frequency
from pinlabs_mailer.errors import MailerError

_CHANGES = {
    ConsentChange.REQUESTED: "Asked to join",
    ConsentChange.CONFIRMED: "Consent confirmed",
    ConsentChange.CHANGED: "Preferences changed",
    ConsentChange.WITHDRAWN: "Consent withdrawn",
    ConsentChange.EXPIRED: "Consent or request expired",
    ConsentChange.RENEWED: "Consent renewed",
    ConsentChange.IMPORTED: "Consent taken over from elsewhere",
    ConsentChange.ERASED: "Person erased",
}
_ACTORS = {
    Actor.PERSON: "the person",
    Actor.OPERATOR: "the operator of the newsletter",
    Actor.SYSTEM: "this program, by a rule",
    Actor.PROVIDER: "the provider of the mailbox",
}
_FREQUENCIES = {
    Frequency.EVERY: "with every issue",
    Frequency.WEEKLY: "once a week",
    Frequency.MONTHLY: "once a month",
}


def write_proof(app: App, address: Address, out: Path) -> tuple[list[Path], bool]:
    """Write `consent-proof.html` and `.json`; return their paths and whether the chain verifies."""
    with reading(app.engine) as connection:
        made = proof(connection, app.notary, address, _sender(app), app.clock())
    document = json.dumps(made, default=_plain, ensure_ascii=False, indent=2)
    written = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, text in (("html", _page(made)), ("json", document + "\n")):
            path = out / f"consent-proof.{suffix}"
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise MailerError(
            f"The proof cannot be written to {out}: {error.strerror}.",
            "Name a folder that this user may write to with --out.",
        ) from error
    chain = made["chain"]
    assert isinstance(chain, dict)
    return written, bool(chain["verified"])


def _sender(app: App) -> str:
    from_ = app.settings.from_
    return f"{from_.name} <{from_.address}>".strip() if from_ else "(PINLABS_FROM is not set)"


def _page(made: Mapping[str, object]) -> str:
    environment = Environment(
        loader=FileSystemLoader(resources.directory("templates") / "proof"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    page = environment.get_template("consent-proof.html")
    return page.render(made, changes=_CHANGES, actors=_ACTORS, frequencies=_FREQUENCIES)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC" if at else ""


def _plain(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
