"""The documentation keeps up with the code: settings, commands, links, the checklist."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import unquote

import pytest

from pinlabs_mailer.doctor import checks as package
from pinlabs_mailer.doctor.finding import Topic
from pinlabs_mailer.mail import preflight
from pinlabs_mailer.mail.preflight import clients
from pinlabs_mailer.settings.model import FIELDS, PREFIX
from tests.project.checkout import ROOT, files, read
from tests.support import command_reference

DOCS = ROOT / "docs"
PAGES = files("*.md")
SETTINGS = {name.upper(): field for name, field in FIELDS.items()}


def rows(page: str) -> list[list[str]]:
    """Return the cells of every table row of a page."""
    lines = read(DOCS / page).splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]


def defaults() -> dict[str, str]:
    """Return the documented settings, without the prefix, with what is said of their default."""
    found = re.compile(rf"`{PREFIX}(\w+)`")
    return {match[1]: row[1] for row in rows("settings.md") if (match := found.fullmatch(row[0]))}


def anchors(page: Path) -> set[str]:
    """Return the names under which the headings of a page can be linked."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def links(page: Path) -> list[str]:
    """Return the targets of the links of a page that stay inside the project."""
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", read(page))
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    assert defaults().keys() == SETTINGS.keys()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_documented_default_is_the_real_one(name: str) -> None:
    default = SETTINGS[name].default
    assert defaults()[name] == ("none" if default is None else f"`{default}`")


def test_the_page_of_commands_is_what_the_program_says() -> None:
    made = "python -m tests.support.command_reference > docs/commands.md"
    assert read(DOCS / "commands.md") == command_reference.reference(), f"run {made}"


def test_the_readme_names_only_commands_and_settings_that_exist() -> None:
    text = read(ROOT / "README.md")
    known = command_reference.names()
    for words in re.findall(r"(?:\bpinlabs-mailer|\.toml) ((?:[a-z][a-z-]* ?)+)", text):
        assert any(f"{words} ".startswith(f"{name} ") for name in known), words
    assert set(re.findall(rf"{PREFIX}(\w+)", text)) <= SETTINGS.keys()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = unquote(target).partition("#")
        place = page.parent / path if path else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


def test_every_decision_is_in_the_list() -> None:
    records = {path.name for path in files("docs/decisions/0*.md")}
    assert set(links(DOCS / "decisions" / "README.md")) == records


def held(page: str) -> dict[str, list[str]]:
    """Return the items of a checklist that are held, with the tests they name."""
    items = (row for row in rows(page) if re.fullmatch(r"[ACHM]\d+", row[0]))
    return {row[0]: re.findall(r"`(test_\w+)`", row[-1]) for row in items}


CHECKLISTS = [
    (page, item) for page in ("deliverability.md", "compliance.md") for item in held(page)
]


@pytest.mark.parametrize("page", ["deliverability.md", "compliance.md"])
def test_a_checklist_has_each_item_once(page: str) -> None:
    names = [row[0] for row in rows(page) if re.fullmatch(r"[ACHM]\d+", row[0])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("page", "item"), CHECKLISTS)
def test_every_item_that_is_held_names_a_test_that_exists(page: str, item: str) -> None:
    tests = "\n".join(read(path) for path in files("tests/*.py"))
    named = held(page)[item]
    assert named
    for name in named:
        assert re.search(rf"\bdef {name}\(", tests), name
    of_item = re.compile(rf"test_([achm]\d+_)*{item[0].lower()}0?{item[1:]}_")
    enough = all if page == "deliverability.md" else any  # rights lean on what mails must have
    assert enough(of_item.match(name) for name in named)


def checks() -> dict[str, str]:
    """Return what `doctor` looks at, each with its rule."""
    modules = [
        import_module(f"{package.__name__}.{one.name}") for one in iter_modules(package.__path__)
    ]
    topics = [one for module in modules for one in vars(module).values() if isinstance(one, Topic)]
    return {topic.name: topic.rule for topic in topics}


def test_every_check_of_doctor_is_documented_with_its_rule_and_a_test_that_exists() -> None:
    tests = "\n".join(read(path) for path in files("tests/doctor/*.py"))
    told = {
        row[0].strip("`"): row for row in rows("deliverability.md") if row[0].strip("`") in checks()
    }
    assert {name: row[1] for name, row in told.items()} == checks()
    for name, row in told.items():
        named = re.findall(r"`(test_\w+)`", row[-1])
        assert named, name
        assert [one for one in named if f"def {one}(" not in tests] == []


def test_every_item_of_dns_is_looked_at_by_doctor_or_said_to_be_open() -> None:
    looked_at = set(re.findall(r"\bD\d\b", " ".join(checks().values())))
    _, _, open_items = read(DOCS / "deliverability.md").partition("## Only you can")
    assert {f"D{number}" for number in range(1, 10)} <= looked_at | set(
        re.findall(r"\bD\d\b", open_items)
    )


def test_every_item_about_people_is_held_or_said_to_be_open() -> None:
    """A4, proof of work, would need a script, and no page has one."""
    asked = [f"H{number}" for number in range(1, 12)]
    asked += [f"A{number}" for number in range(1, 15) if number != 4]
    asked += [f"C{number}" for number in range(1, 24)]
    said = held("deliverability.md").keys() | held("compliance.md").keys()
    _, _, rest = read(DOCS / "compliance.md").partition("## Settled")
    said |= set(re.findall(r"\b[AC]\d+\b", rest))
    assert [item for item in asked if item not in said] == []


def test_the_table_of_preflight_has_every_rule_as_it_is() -> None:
    of_rules = [row for row in rows("deliverability.md") if row[2:3] in (["error"], ["warning"])]
    assert of_rules == [
        [f"`{rule.name}`", rule.item or "-", rule.severity, rule.asks] for rule in preflight.RULES
    ]


def test_the_table_of_mail_programs_has_every_row_with_its_source() -> None:
    told = {row[-1].strip("<>"): row[1] for row in rows("deliverability.md") if "://" in row[-1]}
    known = {row.source: ", ".join(row.clients) for row in clients.rows()}
    assert told == known
