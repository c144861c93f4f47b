"""What a relay says to some, and only so often: rules that remember whom they have met."""

import threading
from collections import Counter

from tests.faults import people
from tests.support.relay import Answer, Rule, Step


class Some:
    """A rule for each `every`-th reader, the first `times` that it is their turn."""

    def __init__(self, verb: str, answer: Answer, every: int, times: int = 1_000_000) -> None:
        self._verb, self._answer = verb, answer
        self._every, self._times = every, times
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def met(self) -> set[str]:
        """Who was answered so."""
        with self._lock:
            return set(self._met)

    def __call__(self, step: Step) -> Answer | None:
        """Answer a step, as rules do."""
        if step.verb != self._verb or people.number(step.recipient) % self._every:
            return None
        with self._lock:
            if self._met[step.recipient] >= self._times:
                return None
            self._met[step.recipient] += 1
        return self._answer


def each(verb: str, answer: Answer, every: int) -> Rule:
    """Return the rule: each `every`-th time, whoever it is for."""
    return lambda step: answer if step.verb == verb and step.count % every == 0 else None
