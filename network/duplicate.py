"""How often the weights of each layer are copied, so that a network is fast on a given tile.

A copy computes a strip of the rows of the output. Only counts of copies that shorten the strips are
of use. A processing element (PE) belongs to one layer.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Option:
    """One way to duplicate a layer."""

    copies: int
    pes: int
    """PEs of all copies."""

    cycles: int
    """Cycles in which the layer converts."""


def useful_copies(rows: int) -> list[int]:
    """Return the counts of copies with which no fewer copies have strips as short.

    Parameters
    ----------
    rows : int
        Rows of the output.
    """
    return sorted({math.ceil(rows / strip) for strip in range(1, rows + 1)})


def least_sum(layers: Sequence[Sequence[Option]], pes: int) -> list[Option]:
    """Return the options with which the layers, one after the other, take the fewest cycles.

    Exact: the fewest cycles within every number of PEs are found layer by layer.

    Parameters
    ----------
    layers : sequence of sequence of Option
        Options of each layer, that with the fewest PEs first.
    pes : int
        PEs there are; enough for the first options.
    """
    best = np.zeros(pes + 1)
    choices = []
    for options in layers:
        totals = np.full((len(options), pes + 1), np.inf)
        for row, option in zip(totals, options, strict=True):
            row[option.pes :] = best[: max(pes + 1 - option.pes, 0)] + option.cycles
        choices.append(totals.argmin(axis=0))
        best = totals.min(axis=0)
    left, chosen = int(best.argmin()), []
    for options, choice in zip(reversed(layers), reversed(choices), strict=True):
        chosen.append(options[choice[left]])
        left -= chosen[-1].pes
    return chosen[::-1]


def least_maximum(layers: Sequence[Sequence[Option]], pes: int) -> list[Option]:
    """Return the options with which the slowest layer, a stage of a pipeline, is fastest.

    This balances the critical path as the compiler of CLEAR does (Yu et al., Sci China Inf Sci 66,
    2023). Exact: a stage time can be reached if the fewest PEs that reach it layer by layer are
    there, and it needs the fewer PEs the longer it is.

    Parameters
    ----------
    layers : sequence of sequence of Option
        Options of each layer, in rising order of PEs.
    pes : int
        PEs there are; enough for the first options.
    """
    times = sorted({option.cycles for options in layers for option in options})
    single = max(options[0].cycles for options in layers)
    times = times[: times.index(single) + 1]

    def fastest(time: int) -> list[Option] | None:
        within = [next((o for o in options if o.cycles <= time), None) for options in layers]
        chosen = [option for option in within if option is not None]
        fits = len(chosen) == len(layers) and sum(option.pes for option in chosen) <= pes
        return chosen if fits else None

    first = bisect.bisect_left(times, True, key=lambda time: fastest(time) is not None)
    chosen = fastest(times[first])
    assert chosen is not None  # the last time is that of the first options
    return chosen


def fill(layers: Sequence[Sequence[Option]], pes: int) -> list[Option]:
    """Return the options by the utilisation rule of 3D+NeuroSim V1.0, section 5.2.

    A layer gets whole groups of PEs, and as many copies as its groups hold. A group is as large as
    the largest layer, or smaller if there are not that many PEs. Copies that would idle are left
    out: those without rows of their own, and those for which inputs do not arrive in time.

    Parameters
    ----------
    layers : sequence of sequence of Option
        Options of each layer, in rising order of PEs.
    pes : int
        PEs there are; enough for the first options.
    """
    needs = [options[0].pes for options in layers]
    groups = range(max(needs), 0, -1)
    rooms = ([math.ceil(need / group) * group for need in needs] for group in groups)
    room = next(room for room in rooms if sum(room) <= pes)
    return [
        max((option for option in options if option.pes <= most), key=lambda option: option.copies)
        for options, most in zip(layers, room, strict=True)
    ]
