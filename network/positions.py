"""Settings that make the sequencer step over the positions of an input window."""

from dataclasses import dataclass

from hw_spec.program import Setting
from network.pieces import Layout


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Positions of an operation: rows and columns of the output, then of the pooling window."""

    layout: Layout
    """Tensor that is walked over."""

    rows: int
    """Rows of the output, of all copies together."""

    columns: int
    window: tuple[int, int] = (1, 1)
    """Height and width of the pooling window."""

    pool_stride: int = 1
    """From one pooling window to the next, in positions of the input window."""

    stride: int = 1
    """From one position of the input window to the next, in pixels."""

    padding: int = 0
    """Pixels by which the first position lies before the first pixel, both ways."""

    def strip(self, copies: int) -> int:
        """Return the rows of the output that each of several copies computes."""
        return -(-self.rows // copies)

    def positions(self, copies: int) -> int:
        """Return the positions of each copy, those beyond the last row included."""
        return self.strip(copies) * self.columns * self.window[0] * self.window[1]

    def settings(self, copies: int) -> dict[Setting, int]:
        """Return all settings of the positions."""
        tensor, stride = self.layout, self.stride
        # Pixels a position moves when a loop steps; loops inside it were at their ends before.
        pool = self.pool_stride * stride
        high, wide = (side * stride - stride for side in self.window)
        steps = {
            "ROW": (pool - high, -(self.columns - 1) * pool - wide),
            "COLUMN": (-high, pool - wide),
            "WINDOW_ROW": (stride, -wide),
            "WINDOW_COLUMN": (0, stride),
        }
        down = self.strip(copies) * pool if copies > 1 else 0
        settings = {
            Setting.ADDRESS: tensor.address - self.padding * (tensor.line + tensor.pitch),
            Setting.X: -self.padding * tensor.pitch,
            Setting.Y: -self.padding,
            Setting.LINE: tensor.line,
            Setting.HEIGHT: tensor.height,
            Setting.COUNT_ROWS: self.strip(copies),
            Setting.COUNT_COLUMNS: self.columns,
            Setting.COUNT_WINDOW_ROWS: self.window[0],
            Setting.COUNT_WINDOW_COLUMNS: self.window[1],
            Setting.COPIES: copies,
            Setting.COPY_ADDRESS: down * tensor.line,
            Setting.COPY_Y: down,
            Setting.OUT_ROWS: self.rows,
        }
        for loop, (y, x) in steps.items():
            settings[Setting[f"{loop}_ADDRESS"]] = y * tensor.line + x * tensor.pitch
            settings[Setting[f"{loop}_X"]] = x * tensor.pitch
            settings[Setting[f"{loop}_Y"]] = y
        return settings
