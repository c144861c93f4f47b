"""The rules of retention: who is reminded when, and when consent expires (item C9)."""

from datetime import UTC, datetime, timedelta

import pytest

from pinlabs_mailer.community.retention import Due, Held, Reminder, Rules, due
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.settings import Term

DAY = timedelta(days=1)
CONTACT = datetime(2024, 2, 29, 10, 0, tzinfo=UTC)
END = datetime(2026, 2, 28, 10, 0, tzinfo=UTC)
RULES = Rules(
    Term(24, 0),
    {3: Term(12, 0)},
    (30 * DAY, 7 * DAY),
    Term(0, 30),
    Term(36, 0, True),
    Term(13, 0),
    Term(0, 90),
)
NOTHING = Due((), ())


def ask(now: datetime, *made: Reminder, topics: tuple[int, ...] = (1,)) -> Due:
    return due([Held(one, CONTACT) for one in topics], made, RULES, now)


def reminder(
    number: int,
    status: Status = Status.ACCEPTED,
    done: datetime = END - 7 * DAY,
    said: datetime = END,
    topics: tuple[int, ...] = (1,),
) -> Reminder:
    return Reminder(number, END, said, status, done, topics)


def numbers(found: Due) -> list[int]:
    return [one.number for one in found.notices]


def test_c9_nothing_is_due_before_the_first_reminder() -> None:
    assert ask(END - 31 * DAY) == NOTHING


def test_c9_the_first_reminder_names_the_end_and_the_topics() -> None:
    (notice,) = ask(END - 30 * DAY, topics=(2, 1)).notices
    assert (notice.number, notice.ends_at, notice.topics) == (1, END, (1, 2))
    assert notice.contact_at == CONTACT


def test_c9_each_reminder_is_due_once() -> None:
    first = reminder(1, done=END - 30 * DAY)
    assert ask(END - 29 * DAY, first) == NOTHING
    assert numbers(ask(END - 7 * DAY, first)) == [2]
    assert ask(END - 6 * DAY, first, reminder(2)) == NOTHING


def test_c9_of_reminders_that_were_missed_only_the_last_is_sent() -> None:
    assert numbers(ask(END - 2 * DAY)) == [2]


@pytest.mark.parametrize("status", [Status.PLANNED, Status.SENDING, Status.IN_DOUBT])
def test_c9_nothing_expires_and_nothing_more_is_sent_while_a_reminder_waits(status: Status) -> None:
    waiting = Reminder(1, END, END, status, None, (1,))
    assert ask(END - 3 * DAY, waiting) == NOTHING
    assert ask(END + 300 * DAY, waiting) == NOTHING


def test_c9_nothing_expires_without_a_reminder() -> None:
    found = ask(END + 100 * DAY)
    assert found.expired == ()
    (notice,) = found.notices
    assert notice.ends_at == END + 107 * DAY


def test_c9_a_late_reminder_leaves_the_time_that_it_names() -> None:
    late = reminder(2, done=END + 100 * DAY, said=END + 107 * DAY)
    assert ask(END + 106 * DAY, late) == NOTHING
    assert ask(END + 107 * DAY, late).expired == (1,)


def test_c9_a_reminder_that_was_held_up_leaves_time_from_when_it_went_out() -> None:
    held_up = reminder(2, done=END + 20 * DAY)
    assert ask(END + 25 * DAY, held_up) == NOTHING
    assert ask(END + 26 * DAY, held_up).expired == (1,)


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.SKIPPED])
def test_c9_reminders_that_were_given_up_hold_up_nothing(status: Status) -> None:
    made = [reminder(1, status), reminder(2, status)]
    assert ask(END - DAY, *made) == NOTHING
    assert ask(END, *made).expired == (1,)


def test_c9_a_given_up_reminder_does_not_stand_for_the_next() -> None:
    assert numbers(ask(END, reminder(1, Status.EXPIRED))) == [2]


def test_c9_topics_with_other_terms_end_by_themselves() -> None:
    early = datetime(2025, 2, 28, 10, 0, tzinfo=UTC)
    found = ask(early - 30 * DAY, topics=(1, 3))
    assert [one.topics for one in found.notices] == [(3,)]
    told = Reminder(2, early, early, Status.ACCEPTED, early - 7 * DAY, (3,))
    assert ask(early, told, topics=(1, 3)).expired == (3,)


def test_c9_reminders_of_an_earlier_term_count_for_nothing() -> None:
    end = END - 400 * DAY
    earlier = Reminder(2, end, end, Status.ACCEPTED, end - 7 * DAY, (1,))
    assert numbers(ask(END - 30 * DAY, earlier)) == [1]


def test_c9_nobody_is_asked_about_what_is_retired_and_it_ends_with_its_term() -> None:
    held = [Held(2, CONTACT)]
    assert due(held, [], RULES, END - 7 * DAY, {2}) == NOTHING
    assert due(held, [], RULES, END - timedelta(seconds=1), {2}) == NOTHING
    assert due(held, [], RULES, END, {2}) == Due((), (2,))


def test_c9_what_is_retired_is_not_named_beside_other_topics_and_ends_with_them() -> None:
    held = [Held(1, CONTACT), Held(2, CONTACT)]
    (notice,) = due(held, [], RULES, END - 7 * DAY, {2}).notices
    assert notice.topics == (1,)
    assert due(held, [reminder(2)], RULES, END, {2}) == Due((), (1, 2))


def test_c9_a_reminder_from_before_a_topic_was_retired_is_held_to_what_it_says() -> None:
    late = reminder(2, done=END + 100 * DAY, said=END + 107 * DAY)
    assert due([Held(1, CONTACT)], [late], RULES, END + 106 * DAY, {1}) == NOTHING
    assert due([Held(1, CONTACT)], [late], RULES, END + 107 * DAY, {1}) == Due((), (1,))


def test_c9_a_reminder_that_counts_for_nothing_is_due_again_once_its_topic_is_back() -> None:
    dropped = [reminder(number, Status.SKIPPED, topics=()) for number in (1, 2, 2)]
    assert ask(END - 8 * DAY, dropped[0]).notices[0].again == 1
    found = ask(END + DAY, *dropped)
    assert found.expired == ()
    (notice,) = found.notices
    assert (notice.number, notice.again, notice.ends_at) == (2, 2, END + 8 * DAY)
    assert due([Held(1, CONTACT)], dropped, RULES, END + DAY, {1}) == Due((), (1,))


def test_c9_a_topic_that_came_back_is_asked_about_though_others_of_its_day_were() -> None:
    (notice,) = ask(END - DAY, reminder(2), topics=(1, 2)).notices
    assert (notice.topics, notice.again, notice.ends_at) == ((2,), 1, END + 6 * DAY)
    done = END + 2 * DAY
    later = reminder(2, done=done, said=END + 6 * DAY, topics=(2,))
    assert ask(done + 6 * DAY - timedelta(seconds=1), reminder(2), later, topics=(1, 2)) == NOTHING
    assert ask(done + 6 * DAY, reminder(2), later, topics=(1, 2)) == Due((), (1, 2))
