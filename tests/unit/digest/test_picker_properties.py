"""What holds of every pick, whatever the items, the reader and the search."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.digest.shelves import NOW, event, job, post

from pinlabs_mailer.community.search import Search, words_of
from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.db.words import Employment, Frequency, ItemKind, Workplace
from pinlabs_mailer.digest.picker import Past, Rules, Subscription, pick, turns
from pinlabs_mailer.digest.shelf import KINDS, Shelf

WORDS = ("rust", "python", "c++", "data engineer")
PLACES = ("Berlin", "Berlin, Germany", "Paris", "Remote")
TEAMS = ("Engineering", "Sales", "")
TOPICS = st.integers(1, 4)
SEARCHES = st.builds(
    Search,
    st.lists(st.sampled_from(TEAMS[:2]), max_size=2).map(tuple),
    st.lists(st.sampled_from(("Berlin", "Germany", "remote")), max_size=2).map(tuple),
    st.lists(st.sampled_from(Employment), max_size=2).map(tuple),
    st.lists(st.sampled_from(WORDS), max_size=2).map(tuple),
)


@st.composite
def items(draw: st.DrawFn) -> list[Item]:
    made = []
    for item_id in range(1, draw(st.integers(0, 12)) + 1):
        topic, title = draw(TOPICS), " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=3)))
        pinned = draw(st.sampled_from((None, None, 1, 2)))
        match draw(st.sampled_from(ItemKind)):
            case ItemKind.POST:
                made.append(post(item_id, topic, title, pinned))
            case ItemKind.EVENT:
                days, place = draw(st.integers(1, 9)), draw(st.sampled_from(PLACES))
                made.append(event(item_id, days, place, topic, pinned))
            case ItemKind.JOB:
                places = draw(st.lists(st.sampled_from(PLACES), max_size=2))
                where, sort = draw(st.sampled_from(Workplace)), draw(st.sampled_from(Employment))
                one = job(item_id, title, *places, topic=topic, pinned=pinned)
                details = Job(draw(st.sampled_from(TEAMS)), "", tuple(places), where, sort)
                made.append(replace(one, details=details))
    return made


def has(texts: list[str], value: str) -> bool:
    """Say the same as `shelf.py` in the slow way: whole words, one after the other."""
    wanted = words_of(value)
    for text in texts:
        said = words_of(text)
        if any(said[n : n + len(wanted)] == wanted for n in range(len(said))):
            return True
    return False


def lets_through(search: Search, item: Item) -> bool:
    details = item.details
    if not isinstance(details, Job):
        return True
    text = [item.title, item.summary, details.department, details.team]
    remote = details.workplace is Workplace.REMOTE
    return all(
        not sort or any(sort_met)
        for sort, sort_met in (
            (search.departments, [has(text[2:], one) for one in search.departments]),
            (
                search.locations,
                [
                    has([*details.locations], one) or (remote and one == "remote")
                    for one in search.locations
                ],
            ),
            (search.employments, [details.employment is one for one in search.employments]),
            (search.words, [has(text, one) for one in search.words]),
        )
    )


@given(
    items(),
    st.dictionaries(TOPICS, st.sampled_from(Frequency), max_size=4),
    st.sets(st.integers(1, 12), max_size=4),
    st.dictionaries(st.integers(1, 12), st.integers(-3, 3), max_size=12),
    st.sets(TOPICS, max_size=2),
    SEARCHES,
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_what_holds_of_every_pick(
    some: list[Item],
    chosen: dict[int, Frequency],
    told: set[int],
    days: dict[int, int],
    had_turn: set[int],
    search: Search,
    room: int,
    least: int,
) -> None:
    issued = {one: NOW + timedelta(days=day) for one, day in days.items()}
    shelf = Shelf(some, issued)
    rules = Rules(NOW, ZoneInfo("UTC"), dict.fromkeys(ItemKind, room), least)
    subscriptions = [Subscription(topic, NOW, often) for topic, often in chosen.items()]
    past = Past(shelf.of(told), turns(had_turn, NOW, rules))
    found = pick(shelf, rules, subscriptions, past, shelf.wanted(search))

    by_id = {one.id: one for one in some}
    got = [by_id[item_id] for item_id in found.items]

    def fits(one: Item) -> bool:
        often = chosen.get(one.topic_id)
        return (
            often is not None
            and (often is Frequency.EVERY or one.topic_id not in had_turn)
            and one.id not in told
            and (one.kind is not ItemKind.POST or issued.get(one.id, NOW) >= NOW)
            and lets_through(search, one)
        )

    fitting = [one for one in some if fits(one)]
    assert all(fits(one) for one in got)
    assert len(set(found.items)) == len(got)
    would = sum(min(room, sum(one.kind is kind for one in fitting)) for kind in KINDS)
    assert len(got) == (would if would >= least else 0)
    if got:
        jobs = [one for one in fitting if one.kind is ItemKind.JOB]
        assert found.more_jobs == max(len(jobs) - room, 0)
    sections = [(one.pinned is None, 0 if one.pinned else KINDS.index(one.kind)) for one in got]
    assert sections == sorted(sections)
    soon = [
        one.details.starts_at for one in got if isinstance(one.details, Event) and not one.pinned
    ]
    assert soon == sorted(soon)
    out = [shelf.of(found.items), *(rule for _, rule in found.out)]
    assert sum(part.bit_count() for part in out) == len(some)
    assert found == pick(shelf, rules, subscriptions[::-1], past, shelf.wanted(search))
