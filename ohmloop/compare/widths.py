"""How wide the registers of a PE are."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cosim.build import design, tile_design
from energy.blocks import bits_of
from hdl_gen.emit import PE_LOGIC
from hw_spec.tile import TileSpec


def block_bits(tile: TileSpec, build_dir: Path) -> Callable[[int, int], Mapping[str, int]]:
    """Return a function from macros and PEs of a tile to the bits of their registers, by block.

    Generates the Verilog of both if it is new.
    """
    macro = design(tile.macro, build_dir).registers
    logic = tile_design(tile, build_dir, PE_LOGIC).registers
    return lambda macros, pes: bits_of(macro, logic, macros=macros, pes=pes)
