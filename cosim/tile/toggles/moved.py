"""One step of a program, with what moved in it and when."""

from dataclasses import dataclass
from functools import cached_property

from cosim.tile.arithmetic import MatrixTrace, VectorTrace
from cosim.tile.schedule import StepSchedule, step_schedule
from hw_spec.program import Kind, Setting
from hw_spec.tile import TileSpec
from network.compiled import Step


@dataclass(frozen=True, kw_only=True, eq=False)
class Moved:
    """A step of the program, as it was run."""

    tile: TileSpec
    step: Step
    trace: MatrixTrace | VectorTrace
    settings: dict[Setting, int]
    """All settings, those included that are left from the steps before."""

    @cached_property
    def schedule(self) -> StepSchedule:
        """When the vectors of a MATRIX operation are loaded and begin."""
        assert self.step.kind is Kind.MATRIX
        return step_schedule(self.tile, self.step)

    @cached_property
    def complete_toggles(self) -> int:
        """Toggles of the level that tells that a MATRIX vector is complete, per image.

        It rises after the last word of a vector and falls when this begins, unless in that very
        cycle the next vector becomes complete.
        """
        closing = [n for n, piece in enumerate(self.step.pieces) if piece.closes]
        work = len(self.step.pieces) * self.settings[Setting.COPIES]
        last = self.schedule.loads[:, 0, 0] + work - 1 - closing[0]
        at_once = int((last[1:] == self.schedule.begun[:-1]).sum())
        return 2 * (len(last) - at_once)

    @property
    def window(self) -> int:
        """Vectors of a pooling window."""
        settings = self.settings
        return settings[Setting.COUNT_WINDOW_ROWS] * settings[Setting.COUNT_WINDOW_COLUMNS]
