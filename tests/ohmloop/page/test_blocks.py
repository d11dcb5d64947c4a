import pytest

from ohmloop.page.blocks import amount, count, digest, percent, prefixed

SAID = {
    "count": (count(1234567, "/a"), "1,234,567"),
    "nothing counted": (count(None, "/a"), "-"),
    "zero": (count(0), "0"),
    "share": (percent(0.98765, "/a"), "98.8"),
    "unknown share": (percent(None), "-"),
    "amount": (amount(1234.567), "1,234.57"),
    "nano": (amount(2.16957206e-6, scale=1e-9, digits=3), "2,169.572"),
    "difference": (amount(-1.04, digits=1), "-1.0"),
    "no hash": (digest(None, "/a"), "-"),
}


@pytest.mark.parametrize("case", SAID)
def test_figures_are_written_for_readers(case):
    cell, text = SAID[case]
    assert cell.text == text


@pytest.mark.parametrize(
    ("largest", "scale", "unit"),
    [
        (0.0, 1, "J"),
        (2e-15, 1e-12, "pJ"),
        (1e-9, 1e-9, "nJ"),
        (999e-9, 1e-9, "nJ"),
        (1.5e-3, 1e-3, "mJ"),
        (7, 1, "J"),
        (4e9, 1e6, "MJ"),
    ],
)
def test_prefix_brings_a_number_below_a_thousand(largest, scale, unit):
    assert prefixed(largest, "J") == (scale, unit)


def test_figures_keep_their_value_and_place():
    cell = percent(0.98765, "/runs/0/accuracy")
    assert (cell.value, cell.path) == (0.98765, "/runs/0/accuracy")
