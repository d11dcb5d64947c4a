"""Figures of merit of an inference: what chips are compared by."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Merit:
    """Figures of merit of one chip on one network.

    An operation is what ``operations_per_mac`` says: papers count a multiply-accumulate as one or
    as two, so a figure in operations means nothing without it.
    """

    operations_per_mac: int
    """Operations that one multiply-accumulate counts as: 1 or 2."""

    seconds: float
    """From one result to the next, in seconds; of one inference where they do not overlap."""

    joules: float
    """Energy of one inference, leakage included."""

    tops: float
    """Operations per second, in 10**12."""

    tops_per_watt: float
    """Operations per joule, in 10**12."""

    tops_per_mm2: float
    """Operations per second and square millimetre, in 10**12."""

    frames_per_second: float
    """Inferences per second."""

    watts: float
    """Mean power."""

    energy_delay_js: float
    """Energy times time of one inference, in joule seconds."""


def merit(
    *, macs: int, operations_per_mac: int, seconds: float, joules: float, area_m2: float
) -> Merit:
    """Return the figures of merit of an inference.

    Parameters
    ----------
    macs : int
        Multiply-accumulates of one inference, as the network has them; those with padding are
        counted if the network's count has them.
    operations_per_mac : int
        1 or 2.
    seconds : float
        Time of one inference.
    joules : float
        Energy of one inference, leakage included.
    area_m2 : float
        Area of the chip, in square metres.

    Raises
    ------
    ValueError
        If an argument is not above zero, or operations per MAC are neither 1 nor 2.
    """
    if operations_per_mac not in (1, 2):
        raise ValueError(f"Operations per MAC must be 1 or 2, not {operations_per_mac!r}")
    given = {"MACs": macs, "Seconds": seconds, "Joules": joules, "Area in m2": area_m2}
    for name, value in given.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be above zero, not {value!r}")
    operations = macs * operations_per_mac
    tops = operations / seconds * 1e-12
    return Merit(
        operations_per_mac=operations_per_mac,
        seconds=seconds,
        joules=joules,
        tops=tops,
        tops_per_watt=operations / joules * 1e-12,
        tops_per_mm2=tops / (area_m2 * 1e6),
        frames_per_second=1 / seconds,
        watts=joules / seconds,
        energy_delay_js=joules * seconds,
    )
