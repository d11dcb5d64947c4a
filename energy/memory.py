"""SRAM by size: energy of an access, leakage and area."""

import math

from energy.technology import scale_area, to_node
from energy.transistor import transistor
from hw_spec.check import integer
from hw_spec.sourced import Sourced

_HOROWITZ = "Horowitz, ISSCC 2014, Fig. 1.1.9"
_MACROS = "OpenROAD-flow-scripts, platforms/nangate45/lib, memories sized by CACTI"

NODE_NM = 45
SUPPLY_V = 0.9
"""Node and supply of the energies below."""

READ_J = tuple(
    (size, Sourced(energy_j, "J", f"{_HOROWITZ}, 64-bit read of {size // 1024} kB, 45 nm, 0.9 V"))
    for size, energy_j in ((8 * 1024, 10e-12), (32 * 1024, 20e-12), (1024 * 1024, 100e-12))
)
"""Bytes of a memory, and the energy of a read of 64 bits."""

# Two memories of 32768 bits each: fakeram45_512x64 takes 2 * 5.30043 pJ a cycle, fakeram45_1024x32
# 2 * 3.56640 pJ. So half the width takes 67.285 % of the energy, and no width at all 34.570 %.
FIXED_SHARE = Sourced(0.345698, "1", f"{_MACROS}: fakeram45_512x64 against fakeram45_1024x32")
"""Share of the energy of a 64-bit access that does not depend on the width."""

# fakeram45_2048x39 holds 79872 bits in 45478.818 um2.
BIT_AREA = Sourced(5.693963e-13, "m2", f"{_MACROS}: fakeram45_2048x39 over its bits, 45 nm")
"""Area of a bit with its share of decoders and amplifiers, at 45 nm."""

WRITE_OVER_READ = Sourced(1.0, "1", "assumed: a write takes as much as a read of the same width")

# Widths in feature sizes, all nodes alike.
_CACTI_CELL = "CACTI 7, tech_params: Wmemcella 1.31, Wmemcellpmos 1.23, Wmemcellnmos 2.08"
ACCESS_FEATURES, PMOS_FEATURES, NMOS_FEATURES = 1.31, 1.23, 2.08

LEFT_OUT = (
    "leakage of the decoders and amplifiers of a memory",
    "clock of an idle memory",
    "that SRAM shrinks less than logic below 22 nm",
)
"""What these memories do not have."""


def read_energy(*, words: int, width: int, node_nm: int, supply_v: float) -> Sourced:
    """Return the energy of a read of one word, in joules.

    Between the published sizes the energy follows a power of the size, below the smallest and above
    the largest its square root. It has a fixed part and one that grows with the width.

    Parameters
    ----------
    words : int
        Words of the memory.
    width : int
        Bits of a word.
    node_nm : int
        Technology node, one that `to_node` knows.
    supply_v : float
        Supply, in volts.
    """
    integer("Number of words", words, 1, 2**40)
    integer("Width of a word", width, 1, 2**20)
    wide_j, source = _read_of_64(words * width / 8)
    read_j = wide_j * _over_64(width)
    read = Sourced(read_j, "J", f"{source}; {width} bits by {FIXED_SHARE.source}")
    return to_node(read, from_nm=NODE_NM, from_v=SUPPLY_V, to_nm=node_nm, to_v=supply_v)


def write_energy(
    *, words: int, width: int, node_nm: int, supply_v: float, written: float | None = None
) -> Sourced:
    """Return the energy of a write, in joules; as `read_energy`.

    Parameters
    ----------
    words, width, node_nm, supply_v
        As there.
    written : float or None
        Bits that are written of the word, on average; None: all.
    """
    read = read_energy(words=words, width=width, node_nm=node_nm, supply_v=supply_v)
    part = 1.0 if written is None else _over_64(written) / _over_64(width)
    source = f"{WRITE_OVER_READ.source}; {read.source}"
    return Sourced(read.value * part * WRITE_OVER_READ.value, "J", source)


def leakage(*, bits: int, node_nm: int, supply_v: float) -> Sourced:
    """Return the leakage of the cells of a memory near 300 K, in watts.

    Of the six transistors of a cell three are off with the supply across them (one of each kind,
    one for access), and two are on, through whose gates a current flows. NMOS and PMOS leak alike.
    """
    device = transistor(node_nm)
    off_a = device.off_a_per_m.value * (NMOS_FEATURES + PMOS_FEATURES + ACCESS_FEATURES)
    gate_a = device.gate_a_per_m.value * (NMOS_FEATURES + PMOS_FEATURES)
    power_w = bits * supply_v * (off_a + gate_a) * node_nm * 1e-9
    return Sourced(power_w, "W", f"{_CACTI_CELL}; {device.off_a_per_m.source}")


def area(*, bits: int, node_nm: int) -> Sourced:
    """Return the area of a memory, in square metres, for a node that `scale_area` knows."""
    return scale_area(
        Sourced(bits * BIT_AREA.value, "m2", BIT_AREA.source), from_nm=NODE_NM, to_nm=node_nm
    )


def _over_64(bits: float) -> float:
    """Return the energy of an access of so many bits over that of one of 64."""
    return FIXED_SHARE.value + (1 - FIXED_SHARE.value) * bits / 64


def _read_of_64(size: float) -> tuple[float, str]:
    """Return the energy of a 64-bit read at ``NODE_NM``, in joules, and where it comes from."""
    sizes = [bytes_ for bytes_, _ in READ_J]
    if size < sizes[0] or size > sizes[-1]:
        bytes_, near = READ_J[0] if size < sizes[0] else READ_J[-1]
        energy_j = near.value * math.sqrt(size / bytes_)
        return energy_j, f"{near.source}; {size:g} bytes by the square root of the size"
    high = next(index for index, one in enumerate(sizes[1:], 1) if size <= one)
    (small, low_j), (large, high_j) = READ_J[high - 1], READ_J[high]
    power = math.log(size / small) / math.log(large / small)
    energy_j = low_j.value * (high_j.value / low_j.value) ** power
    return energy_j, f"{_HOROWITZ}, 45 nm, 0.9 V; {size:g} bytes by a power of the size"
