"""templates/README.md lists what each page may use, and pages use nothing else."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from pinlabs_mailer import languages
from tests.project.checkout import ROOT, read

WEB = ROOT / "templates" / "web"
PAGES = sorted(path for path in WEB.glob("*.html") if path.stem not in ("base", "form"))
EVERYWHERE = {"brand", "language", "languages", "_", "gettext", "ngettext", "form"}


def listed(page: str) -> set[str]:
    """Return the names that the README's rows for this page have in code."""
    rows = [line for line in read(ROOT / "templates" / "README.md").splitlines() if page in line]
    return {name for line in rows for name in re.findall(r"`(\w+)`", line)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_name_that_a_page_uses_is_documented(page: Path) -> None:
    environment = Environment(autoescape=True)
    languages.prepare(environment)
    used = meta.find_undeclared_variables(environment.parse(read(page)))
    assert used - EVERYWHERE <= listed(f"`{page.name}`")
