"""Writes what OpenSTA needs to be asked about blocks of a chip that ran a network."""

from pathlib import Path

from cosim.native.recording import Phase
from energy.chip.blocks import Block
from energy.netlist.netlist import Activity
from energy.power.export import export
from hdl_gen.emit import CORE
from ohmloop.chip_energy import ChipEnergy

CORE_PATH = f"tile.{CORE}"


def export_chip(found: ChipEnergy, folder: Path) -> None:
    """Write the core and, of each layer, the macro and the PE logic that spent most.

    Each gets a folder with what :func:`energy.power.export.export` writes, of the node of the cell
    library. It is named by the path of the block, such as ``tile.pe_0.macro_1``.

    Raises
    ------
    OSError
        If files cannot be written there.
    """
    activities = _activities(found)
    paths = [CORE_PATH]
    for step in found.prepared.compiled.steps:
        of_layer = [unit for unit in found.units if unit.layer == step.name]
        for kind in (".macro_", ".logic"):
            units = [unit for unit in of_layer if kind in unit.path]
            if units:
                paths.append(max(units, key=lambda unit: unit.total_j).path)
    period_s = found.prepared.chip.clock_period_s.value
    for path in paths:
        block, activity = activities[path]
        gates, loads = block.mapped.netlist, block.mapped.loads
        export(gates, activity, loads, folder / path, period_s=period_s)


def _activities(found: ChipEnergy) -> dict[str, tuple[Block, Activity]]:
    """Return the netlist of each block in use, and what it did in its operation, by path."""
    blocks, count = found.mapped.blocks, found.prepared.compiled.tile.table.macros_per_pe
    macros = {
        f"tile.pe_{number // count}.macro_{number % count}": (blocks.macro, activity)
        for number, activity in found.activity.macros.items()
    }
    parts = {
        path: (blocks.core if path == CORE_PATH else blocks.pe_logic, part.phases[Phase.RUNNING])
        for path, part in found.activity.parts.items()
    }
    return macros | parts
