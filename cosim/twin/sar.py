"""Toggles of the registers of a successive approximation."""

import numpy as np

from cosim.twin.schedule import Schedule, conversions


def strobe_toggles(plan: Schedule) -> dict[str, int]:
    """Return the toggles of the strobes that walk from bit to bit, by path below the top module."""
    walks = len(plan.start) * conversions(plan.spec)
    return dict.fromkeys(("sar.tried", "sar.decided"), walks * 2 * plan.spec.adc.bits)


class KeptBits:
    """The register of the bits kept so far, over one chunk of vectors after another.

    Each set bit of a code rises when it is decided and falls with the next sample. The lowest bit
    is decided when the next sample is due, and never seen if that is in time.

    Parameters
    ----------
    plan : Schedule
        When conversions follow each other.
    """

    def __init__(self, plan: Schedule):
        spec = plan.spec
        self._spec, self._changes, self._last = spec, 0, 0
        steps, length = plan.start_step + 2, spec.adc.conversion_cycles
        first = plan.cycle_of(steps)
        last = plan.cycle_of(steps + spec.cycles_per_vector - length)
        # A hold falls between the first conversion of a vector and the second, or between vectors.
        self._late_in_vector = plan.cycle_of(steps + length) > first + length
        if conversions(spec) == 1:
            self._late_in_vector[:] = False
        self._late_after_vector = np.append(first[1:] > last[:-1] + length, True)

    @property
    def toggles(self) -> int:
        """Toggles so far; the last code never falls."""
        return self._changes - self._last

    def take(self, first: int, codes: np.ndarray) -> None:
        """Take up the codes of the vectors from ``first`` on.

        Parameters
        ----------
        first : int
            Number of the first vector.
        codes : ndarray of unsigned, shape (vectors, input_bits, row_groups, columns)
            The first bit plane is the most significant.
        """
        vectors = slice(first, first + len(codes))
        columns = np.arange(self._spec.columns).reshape(self._spec.lanes, -1)
        first_codes, last_codes = codes[:, 0, 0, columns[:, 0]], codes[:, -1, -1, columns[:, -1]]
        risen = int(np.bitwise_count(codes >> 1).sum(dtype=np.int64))
        risen += int((first_codes[self._late_in_vector[vectors]] & 1).sum(dtype=np.int64))
        risen += int((last_codes[self._late_after_vector[vectors]] & 1).sum(dtype=np.int64))
        self._changes += 2 * risen
        self._last = int(np.bitwise_count(last_codes[-1]).sum(dtype=np.int64))
