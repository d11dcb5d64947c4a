import itertools

import numpy as np
import pytest

from energy.boolean import evaluate, parse, pins_of, substitute, written

# Liberty, and the same in Python by the precedence of the Liberty Reference Manual
CASES = [
    ("A", "A"),
    ("!A", "1 - A"),
    ("A'", "1 - A"),
    ("!A'", "A"),
    ("A B + C", "(A and B) or C"),
    ("A*B|C&D", "(A and B) or (C and D)"),
    ("!(A&B) C", "(1 - (A and B)) and C"),
    ("A ^ B & C", "(A ^ B) and C"),
    ("A & B ^ C", "A and (B ^ C)"),
    ("A | B ^ C", "A or (B ^ C)"),
    ("!A & !B | (A^B)'", "((1 - A) and (1 - B)) or (1 - (A ^ B))"),
    ("(A + B)(C + D)", "(A or B) and (C or D)"),
    ("0", "0"),
    ("1 & A", "A"),
]


@pytest.mark.parametrize(("text", "python"), CASES)
def test_function_equals_the_same_in_python(text, python):
    function = parse(text)
    for values in itertools.product([0, 1], repeat=4):
        pins = dict(zip("ABCD", values, strict=True))
        assert evaluate(function, pins, 1) == eval(python, {}, pins)


@pytest.mark.parametrize(("text", "python"), CASES)
def test_written_function_is_read_as_the_same(text, python):
    function = parse(text)
    assert parse(written(function, str, inversion="!")) == function


def test_words_are_evaluated_bit_by_bit():
    a, b = np.array([0b0011, 1 << 63], np.uint64), np.array([0b0101, 0], np.uint64)
    both = evaluate(parse("!(A & B)"), {"A": a, "B": b}, ~np.uint64(0))
    assert both.tolist() == [2**64 - 2, 2**64 - 1]


def test_pins_are_found_once_each():
    assert pins_of(parse("B & !A | B & C[0]")) == ("A", "B", "C[0]")


def test_pins_are_replaced():
    assert substitute(parse("A & !B"), {"B": parse("C | D")}) == parse("A & !(C | D)")


@pytest.mark.parametrize("text", ["", "A &", "A $ B", "(A", "A B )", "2"])
def test_text_that_is_no_function_is_refused(text):
    with pytest.raises(ValueError, match=r"^Boolean function must be one of Liberty, not "):
        parse(text)
