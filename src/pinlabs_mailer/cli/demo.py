"""`demo`: the guided tour."""


def demo() -> None:
    """Placeholder."""
