"""Words of a mail, made fit to be printed: whoever wrote them may mean harm."""

_LONGEST = 80


def shown(text: str, most: int = _LONGEST) -> str:
    """Return words of a mail so that they can be printed: one line, short, nothing hidden."""
    line = " ".join(text[: most * 4].split())
    plain = "".join(sign if sign.isprintable() else "?" for sign in line)
    return plain if len(plain) <= most else plain[: most - 1] + "…"
