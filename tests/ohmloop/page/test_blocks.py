import pytest

from ohmloop.page.blocks import amount, count, digest, percent

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


def test_figures_keep_their_value_and_place():
    cell = percent(0.98765, "/runs/0/accuracy")
    assert (cell.value, cell.path) == (0.98765, "/runs/0/accuracy")
