import numpy as np
import pytest

from energy.boolean import parse
from energy.power.chance import chance, decisive

ONES = {"A": np.array([0.2]), "B": np.array([0.5]), "C": np.array([0.7])}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A & B", 0.1),
        ("A | B", 0.6),
        ("A ^ C", 0.2 * 0.3 + 0.8 * 0.7),
        ("!C", 0.3),
        ("(A & B) | (A & !B)", 0.2),  # no more than A, although B is in it
        ("1", 1.0),
        ("0", 0.0),
    ],
)
def test_chance_of_a_function(text, expected):
    assert chance(parse(text), ONES).tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("text", "pin", "expected"),
    [
        ("A & B", "A", 0.5),
        ("A | B", "B", 0.8),
        ("A ^ B", "A", 1.0),
        ("(A & C) | (B & !C)", "C", 0.2 * 0.5 + 0.8 * 0.5),  # of a multiplexer: inputs differ
        ("(A & B) | (B & C) | (A & C)", "A", 0.5 * 0.3 + 0.5 * 0.7),  # of a majority: others differ
        ("B", "A", 0.0),
    ],
)
def test_a_pin_decides_a_function_as_often_as_the_others_let_it(text, pin, expected):
    assert decisive(parse(text), pin, ONES).tolist() == [pytest.approx(expected)]


def test_chances_are_those_of_many_draws():
    rng = np.random.default_rng(3)
    function = parse("!((A & B) | C) ^ (B | !A)")
    draws = {pin: rng.random(200_000) < ones for pin, ones in ONES.items()}
    a, b, c = draws["A"], draws["B"], draws["C"]
    drawn = ~((a & b) | c) ^ (b | ~a)
    assert chance(function, ONES)[0] == pytest.approx(drawn.mean(), abs=5e-3)
