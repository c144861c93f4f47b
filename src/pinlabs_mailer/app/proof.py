"""A person's consent record as files that a lawyer can read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pinlabs_mailer import languages, resources
from pinlabs_mailer.app.installation import App
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.proof import proof
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.words import Actor, ConsentChange, Frequency
from pinlabs_mailer.transfer.private_file import unwritten, written

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
    document = json.dumps(made, default=plain, ensure_ascii=False, indent=2)
    words = {"changes": _CHANGES, "actors": _ACTORS, "frequencies": _FREQUENCIES}
    page = render("consent-proof.html", {**made, **words})
    paths = write(out, "consent-proof", page, document + "\n")
    chain = made["chain"]
    assert isinstance(chain, dict)
    return paths, bool(chain["verified"])


def write(out: Path, name: str, page: str, document: str) -> list[Path]:
    """Write a document as `<name>.html` and `<name>.json` into a folder, for its owner only; return
    their paths."""
    paths = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for suffix, text in (("html", page), ("json", document)):
            path = out / f"{name}.{suffix}"
            with written(path) as file:
                file.write(text)
            paths.append(path)
    except OSError as error:
        raise unwritten(
            f"The files cannot be written to {out}",
            error,
            "Name a folder that this user may write to with --out.",
        ) from error
    return paths


def _sender(app: App) -> str:
    from_ = app.settings.from_
    return f"{from_.name} <{from_.address}>".strip() if from_ else "(PINLABS_FROM is not set)"


def render(template: str, values: Mapping[str, object]) -> str:
    """Return a page of `templates/proof`, which stands alone as a file."""
    environment = Environment(
        loader=FileSystemLoader(resources.directory("templates") / "proof"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    languages.prepare(environment)
    environment.filters["moment"] = _moment
    return environment.get_template(template).render(values)


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC" if at else ""


def plain(value: object) -> str:
    """Return a value as it stands in JSON."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)
