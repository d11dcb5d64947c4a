"""When a macro does what: the cycles of a job, and what follows from them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cosim.twin.openings import Openings
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, row_beats
from hw_spec.timing import fill_cycles


@dataclass(frozen=True, kw_only=True)
class Stalls:
    """Cycles of a run beyond those of :func:`hw_spec.timing.layer_cycles`, by cause."""

    inputs: int
    """No vector was loaded when the one before had ended, or the first was loaded late."""

    psums: int
    """Column sums, or the last psums, waited for psum beats to be taken."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Cycles of everything, one number per vector: int64, shape (vectors,), `NEVER` if not at all.

    Beats and conversions follow from these; the methods expand them for some vectors at a time.
    """

    spec: MacroSpec

    settled: bool = False
    """Whether the run goes on until the macro is at rest; else it ends with the last psum."""

    rows: Openings
    """Cycles in which a row beat may be offered."""

    psums: Openings
    """Cycles in which a psum beat may be taken."""

    first_row: np.ndarray
    """First row beat is taken."""

    last_row: np.ndarray
    """Last row beat is taken; the vector is loaded from the next cycle on."""

    start: np.ndarray
    """Vector is moved on; its first step is the next cycle that is not held."""

    finish: np.ndarray
    """Last code is taken; column sums are complete from the next cycle on."""

    capture: np.ndarray
    """Column sums move to the result registers. The macro holds from ``finish`` to here."""

    first_move: np.ndarray
    """First psum beat is computed; it is offered from the next cycle on."""

    drained: np.ndarray
    """Last psum beat is computed."""

    first_psum: np.ndarray
    """First psum beat is taken."""

    last_psum: np.ndarray
    """Last psum beat is taken."""

    # Steps: cycles that are not held, counted from 0 like cycles.

    @cached_property
    def _held_before(self) -> np.ndarray:
        """Held cycles up to each vector's capture, after a leading 0; shape (vectors + 1,)."""
        return np.append(0, np.cumsum(self.capture - self.finish - 1))

    def steps_at(self, cycles: np.ndarray) -> np.ndarray:
        """Return how many cycles before each of ``cycles``, none of them held, were not held."""
        return cycles - self._held_before[np.searchsorted(self.finish, cycles)]

    def cycle_of(self, steps: np.ndarray) -> np.ndarray:
        """Return the cycle of each of ``steps``; inverse of :meth:`steps_at`."""
        held_from = self.finish + 1 - self._held_before[:-1]
        return steps + self._held_before[np.searchsorted(held_from, steps, side="right")]

    @cached_property
    def start_step(self) -> np.ndarray:
        """``start``, in steps."""
        return self.steps_at(self.start)

    @cached_property
    def last_step(self) -> np.ndarray:
        """Cycle of the last step of each vector."""
        return self.cycle_of(self.start_step + self.spec.cycles_per_vector)

    @cached_property
    def joined(self) -> np.ndarray:
        """bool: the vector starts in the last step of the one before; False for the first."""
        gap = np.diff(self.start_step) - self.spec.cycles_per_vector
        return np.append(False, gap == 0)

    # Beats and conversions of some vectors

    def row_beat_cycles(self, vectors: slice) -> np.ndarray:
        """Return when row beats are taken; int64, shape (vectors, row beats)."""
        first = self.first_row[vectors]
        rest = self.rows.following(first + 1, row_beats(self.spec) - 1)
        return np.column_stack([first, rest])

    def sample_cycles(self, vectors: slice) -> np.ndarray:
        """Return when conversions sample; int64, shape (vectors, conversions)."""
        conversion_cycles = self.spec.adc.conversion_cycles
        begin = np.arange(0, self.spec.cycles_per_vector, conversion_cycles)
        return self.cycle_of(self.start_step[vectors, None] + 2 + begin)

    def take_cycles(self, vectors: slice) -> np.ndarray:
        """Return when codes are taken; int64, shape (vectors, conversions)."""
        due = self.sample_cycles(vectors) + self.spec.adc.conversion_cycles
        captured = np.append(-1, self.capture)
        return np.maximum(due, captured[np.searchsorted(self.finish, due)])

    def psum_beat_cycles(self, vectors: slice) -> np.ndarray:
        """Return when psum beats are taken; int64, shape (vectors, psum beats)."""
        return self.psums.following(self.first_psum[vectors], psum_beats(self.spec))

    # The whole run

    @property
    def done_cycles(self) -> np.ndarray:
        """``last_psum``, counted from 1 at the first row beat."""
        return self.last_psum - self.first_row[0] + 1

    @property
    def stalls(self) -> Stalls:
        """Where the cycles went that no vector needed."""
        spec, vectors = self.spec, len(self.start)
        lone = np.diff(self.start_step) - spec.cycles_per_vector
        late = self.last_row[0] - self.first_row[0] + 1 - row_beats(spec)
        inputs = int(lone.sum() + late)
        cycles = int(self.done_cycles[-1])
        needed = vectors * spec.cycles_per_vector + fill_cycles(spec)
        return Stalls(inputs=inputs, psums=cycles - needed - inputs)


def conversions(spec: MacroSpec) -> int:
    """Return the conversions of each lane for one vector."""
    return spec.cycles_per_vector // spec.adc.conversion_cycles
