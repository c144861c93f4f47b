"""The colour of accent is legible, whatever an operator gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlabs_mailer.mail.accent import AA, DARK, LIGHT, accent, contrast


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#c8102e", "#c8102e", 1.0)],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@given(st.integers(0, 0xFFFFFF))
def test_any_colour_becomes_one_that_can_be_read(number: int) -> None:
    light, dark = accent(f"#{number:06x}")
    assert all(contrast(light, ground) >= AA for ground in LIGHT)
    assert all(contrast(dark, ground) >= AA for ground in DARK)


def test_a_colour_that_can_be_read_is_left_alone() -> None:
    assert accent("#c8102e").light == "#c8102e"
    assert accent("#ffd166").dark == "#ffd166"
