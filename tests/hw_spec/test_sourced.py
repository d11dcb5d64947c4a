import re

import pytest

from hw_spec.sourced import Sourced


def test_assumptions_say_so():
    assert Sourced(1.0, "m", "assumed: as long as its neighbour").assumed
    assert not Sourced(1.0, "m", "Table 1").assumed


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ((1.5, "m", ""), "Number 1.5 m must have a source"),
        ((1.5, "m", "assumed: "), "Number 1.5 m must have a source"),
        ((1.5, "", "Table 1"), "Number 1.5 from 'Table 1' must have a unit"),
    ],
)
def test_number_that_cannot_be_traced_is_refused(number, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Sourced(*number)
