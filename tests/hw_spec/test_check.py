import re

import pytest

from hw_spec.check import integer, one_of


@pytest.mark.parametrize("value", [1, 5, 8])
def test_integer_in_range_is_returned(value):
    assert integer("ADC width", value, 1, 8) == value


@pytest.mark.parametrize("value", [0, 9, -1, 10**30])
def test_integer_out_of_range(value):
    with pytest.raises(ValueError, match=f"^ADC width must be between 1 and 8, not {value}$"):
        integer("ADC width", value, 1, 8)


@pytest.mark.parametrize("value", ["4", 4.0, True, None, [4]])
def test_no_integer(value):
    message = re.escape(f"ADC width must be an integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        integer("ADC width", value, 1, 8)


def test_known_word_is_returned():
    assert one_of("Engine", "twin", ["native", "twin"]) == "twin"


def test_words_may_come_from_an_iterator():
    assert one_of("Engine", "twin", iter(["native", "twin"])) == "twin"
    with pytest.raises(ValueError, match=r"^Engine 'zzz' is unknown; known: native, twin$"):
        one_of("Engine", "zzz", iter(["native", "twin"]))


@pytest.mark.parametrize(
    ("word", "hint"),
    [("nativ", "nearest: native"), ("zzz", "known: native, twin"), ("", "known: native, twin")],
)
def test_unknown_word(word, hint):
    with pytest.raises(ValueError, match=f"^Engine '{word}' is unknown; {hint}$"):
        one_of("Engine", word, ["native", "twin"])


def test_at_most_three_near_words_are_named():
    known = ["rows_a", "rows_b", "rows_c", "rows_d"]
    with pytest.raises(ValueError, match=r"^key 'rows' is unknown; nearest: \w+, \w+, \w+$"):
        one_of("key", "rows", known)
