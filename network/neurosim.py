"""Cycles of the converters as 3D+NeuroSim counts them, to compare with.

Three conventions differ from those of the tile: padding is ignored, so a kernel visits fewer
positions; a layer that is sped up takes the exact share of the cycles, whatever its rows; and a
conversion takes one cycle.
"""

from fractions import Fraction

from hw_spec.macro import MacroSpec


def adc_cycles(
    macro: MacroSpec,
    shape: tuple[int, int],
    kernel: tuple[int, int],
    *,
    stride: int = 1,
    speed_up: int = 1,
) -> Fraction:
    """Return the cycles in which the converters of a layer work: ``V * B * M * A / S``.

    V is the number of positions that lie inside the map, ``(H - kernel) // stride + 1`` each way,
    and S the number of copies. Pooling does not count.

    Parameters
    ----------
    macro : MacroSpec
        Macro the layer lies on.
    shape : tuple of int
        Height and width of the input.
    kernel : tuple of int
        Height and width of the kernel.
    stride : int
        From one position to the next, in pixels.
    speed_up : int
        Copies of the weights.
    """
    conversions = macro.input_bits * macro.columns_per_adc * macro.row_groups
    for side, window in zip(shape, kernel, strict=True):
        conversions *= max((side - window) // stride + 1, 0)
    return Fraction(conversions, speed_up)
