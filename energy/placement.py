"""Wires inside a placed block of standard cells, before there is a layout."""

import math

from energy.wires import Wire
from hw_spec.check import integer
from hw_spec.sourced import Sourced

RENT_EXPONENT = Sourced(
    0.6,
    "1",
    "assumed: random logic, for which Landman and Russo, IEEE Trans. Computers 20 (1971) 1469, "
    "found 0.57 to 0.75",
)

LEFT_OUT = ("that placers keep wires shorter, by up to a half", "nets across blocks")
"""What this estimate does not have."""


def fan_out_f(wire: Wire, *, block_m2: float, cells: int) -> Sourced:
    """Return the capacitance of the wire to one of the cells that a net drives, in farads.

    Parameters
    ----------
    wire : Wire
        Wires of the block, such as the semi-global ones of the node.
    block_m2 : float
        Area of the block.
    cells : int
        Cells placed in it, 4 or more.
    """
    length_m = fan_out_m(block_m2=block_m2, cells=cells, rent_exponent=RENT_EXPONENT.value)
    source = f"{RENT_EXPONENT.source}; {wire.capacitance_f_per_m.source}"
    return Sourced(length_m * wire.capacitance_f_per_m.value, "F", source)


def fan_out_m(*, block_m2: float, cells: int, rent_exponent: float) -> float:
    """Return the mean length of a wire from a cell to one of those it drives, in metres.

    Donath's estimate (IEEE Trans. Circuits and Systems 26 (1979) 272) for cells placed in levels of
    four squares in a square: in a level of squares of 2**k cells a side wires have on average
    2/9 (7 2**k - 2**-k) pitches, and their number goes as 4**(k (p - 1)).

    Parameters
    ----------
    block_m2 : float
        Area of the block.
    cells : int
        Cells placed in it, 4 or more.
    rent_exponent : float
        Exponent p of Rent's rule, such as `RENT_EXPONENT`.

    Raises
    ------
    ValueError
        If there are too few cells, or the exponent is not between 0 and 1.
    """
    integer("Number of cells", cells, 4, 10**12)
    if not 0 < rent_exponent < 1:
        raise ValueError(f"Rent exponent must be between 0 and 1, not {rent_exponent!r}")
    levels = math.log(cells, 4)

    def series(power: float) -> float:
        """Return the sum of 4**(k power) for k from 0 to below the levels, whole or not."""
        if abs(power) < 1e-12:
            return levels
        return (4 ** (levels * power) - 1) / (4**power - 1)

    p = rent_exponent
    pitches = 2 / 9 * (7 * series(p - 0.5) - series(p - 1.5)) / series(p - 1)
    return pitches * math.sqrt(block_m2 / cells)
