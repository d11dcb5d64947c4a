"""What an engine runs, and what it gives back."""

from dataclasses import dataclass

import numpy as np

from behavioral.device import preset
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec
from hw_spec.port import row_beats
from hw_spec.timing import settled_cycles


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """When the two streams of a macro are held up, in shares of all cycles."""

    inputs: float = 0.0
    """Share of cycles in which no row beat is offered."""

    psums: float = 0.0
    """Share of cycles in which no psum beat is taken."""

    seed: int = 0
    """Seed of the choice of cycles."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Timetable:
    """When a macro among others is given its vectors and lets them start.

    Cycles count from 0 after the reset. Psums are always taken.
    """

    loads: np.ndarray
    """int64, shape (vectors,): cycle in which each vector is offered, and taken."""

    starts: np.ndarray
    """int64, shape (vectors,): cycle in which it starts; `hold` is low in these cycles only."""

    cycles: int
    """Length of the run. Toggles are counted to its end, when all is at rest."""

    def check(self, spec: MacroSpec, vectors: int) -> None:
        """Refuse a table that the macro could not keep.

        Raises
        ------
        ValueError
            If a cycle comes too early or the run ends too early.
        """
        if row_beats(spec) != 1:
            raise ValueError(
                f"Macro with a timetable must load a vector in 1 beat, not in {row_beats(spec)}"
            )
        for name in ("loads", "starts"):
            shape = getattr(self, name).shape
            if shape != (vectors,):
                raise ValueError(f"Timetable must have {vectors} {name}, not the shape {shape}")
        free = np.append(0, self.starts[:-1])
        earliest = np.maximum(
            self.loads + 1, np.append(0, self.starts[:-1] + spec.cycles_per_vector)
        )
        for name, cycles, least in (("load", self.loads, free), ("start", self.starts, earliest)):
            early = np.flatnonzero(cycles < least)
            if early.size:
                n = int(early[0])
                raise ValueError(
                    f"Vector {n} must {name} in cycle {least[n]} or later, not in cycle {cycles[n]}"
                )
        rest = int(self.starts[-1]) + settled_cycles(spec)
        if self.cycles < rest:
            raise ValueError(f"Timetable must last at least {rest} cycles, not {self.cycles}")


@dataclass(frozen=True, kw_only=True)
class MacroJob:
    """Vectors to be multiplied by one programmed macro."""

    chip: ChipSpec
    """Chip the macro belongs to."""

    ideal: bool
    """Whether the cells are ideal: no variation, no noise."""

    levels: np.ndarray
    """uint8, shape (rows, bit_lines): cell levels."""

    inputs: np.ndarray
    """Unsigned integers, shape (vectors, rows)."""

    seed: int
    """Seed of all randomness of the chip."""

    read_noise: bool = True
    """Whether reads and comparator decisions are noisy; never where cells are ideal."""

    first_block: int = 0
    """Number of the first block of ``VECTORS_PER_BLOCK`` vectors. The read noise of a job that goes
    on where another ended goes on as well."""

    macro: int = 0
    """Number of the macro on its chip; macros of one chip have independent randomness."""

    pauses: Pauses = Pauses()
    """When the streams are held up."""

    timetable: Timetable | None = None
    """When vectors are given and start; None: as soon as possible, pauses aside."""

    def __post_init__(self) -> None:
        preset(self.chip.device)  # an unknown device is refused before anything is built
        spec = self.chip.macro
        if self.levels.dtype != np.uint8:
            raise TypeError(f"Levels must be of uint8, not {self.levels.dtype}")
        shape = (spec.rows, spec.bit_lines)
        if self.levels.shape != shape:
            raise ValueError(
                f"Levels must have the shape of the macro {shape}, not {self.levels.shape}"
            )
        if self.levels.max() > spec.top_level:
            worst = int(self.levels.max())
            raise ValueError(f"Levels must be between 0 and {spec.top_level}, not {worst}")
        if self.inputs.ndim != 2 or self.inputs.shape[1] != spec.rows or not len(self.inputs):
            raise ValueError(
                f"Inputs must have the shape (1 or more, {spec.rows}), not {self.inputs.shape}"
            )
        if self.inputs.dtype.kind not in "iu":
            raise TypeError(f"Inputs must be integers, not {self.inputs.dtype}")
        top = 2**spec.input_bits - 1
        if self.inputs.min() < 0 or self.inputs.max() > top:
            worst = self.inputs.max() if self.inputs.max() > top else self.inputs.min()
            raise ValueError(f"Inputs must be between 0 and {top}, not {int(worst)}")
        if self.timetable is not None:
            if self.pauses.inputs or self.pauses.psums:
                raise ValueError("Job must have pauses or a timetable, not both")
            self.timetable.check(spec, len(self.inputs))


@dataclass(frozen=True, kw_only=True)
class MacroRun:
    """Result of a job. Equal jobs give equal results on every engine."""

    psums: np.ndarray
    """int64, shape (vectors, outputs)."""

    done_cycles: np.ndarray
    """int64, shape (vectors,): cycle in which the last psum beat of each vector was taken, counted
    from 1 at the first row beat."""

    conversions: int
    """Conversions of each lane."""

    code_counts: np.ndarray
    """int64, shape (2**bits,): how often each code was given, by all lanes together."""

    array_j: float
    """Energy drawn from the row drivers, in joules."""

    toggles: dict[str, int]
    """Bit toggles of every register, by its path, from the first cycle after reset on. All engines
    count them; empty only where a caller has asked to leave them out."""

    @property
    def cycles(self) -> int:
        """Cycles from the first row beat to the last psum beat, both included."""
        return int(self.done_cycles[-1])
