"""Runs a network in gates, and tells what every block of the chip spent."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cosim.build import Design, design, tile_design
from cosim.cache import writable
from cosim.memories import memories
from cosim.tile.inference import Conditions
from cosim.tile.partition import PartitionedRun
from energy.chip.adders import LogicActivity, adder_activities
from energy.chip.area import ChipArea, Digital, chip_area
from energy.chip.blocks import Blocks, block
from energy.chip.interconnect import Interconnect, interconnect
from energy.chip.links import links
from energy.chip.ran import Ran, Unit
from energy.chip.spent import units
from energy.library import Library
from energy.mapped import Mapped, map_design
from energy.replay.tile import TileActivity, TileNetlists, run_tile_gates
from energy.technology import scale_area
from hdl_gen.emit import CORE, PE_LOGIC
from hw_spec.chip import ChipSpec
from hw_spec.sourced import Sourced
from hw_spec.tile import TileSpec
from network.work import multiply_accumulates
from ohmloop.network_case import Prepared
from ohmloop.network_modes import Progress
from ohmloop.two_at_a_time import two_at_a_time


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What a chip is mapped to."""

    library: Library

    node_nm: int
    """Technology node of the library."""

    clock_gating: bool = True
    dont_use: Sequence[str] = ()

    wire_f: Sourced | None = None
    """Wire to each pin that a net drives, in farads; None: by the area of the block."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MappedChip:
    """A chip in cells, with its area and its wires."""

    blocks: Blocks
    designs: Mapping[str, Design]
    """Of ``macro``, ``pe_logic`` and ``core``."""

    area: ChipArea
    wires: Interconnect


@dataclass(frozen=True, kw_only=True, eq=False)
class ChipEnergy:
    """What a chip spent on the images of a run."""

    prepared: Prepared
    mapped: MappedChip
    run: PartitionedRun
    activity: TileActivity
    units: tuple[Unit, ...]
    adders: dict[str, LogicActivity]
    """What the logic of adders did, by block."""

    cycles: int
    """Of all images."""

    macs: int
    """Multiply-accumulates of one image."""


def map_chip(chip: ChipSpec, tile: TileSpec, cells: Cells, build_dir: Path) -> MappedChip:
    """Map the blocks of a chip, two at a time, and lay them out.

    Raises
    ------
    ValueError, RuntimeError
        As :func:`energy.mapped.map_design`; or if the node of the chip is unknown.
    """
    designs = {
        "macro": design(tile.macro, build_dir),
        "pe_logic": tile_design(tile, build_dir, PE_LOGIC),
        "core": tile_design(tile, build_dir, CORE),
    }

    period_s = chip.clock_period_s.value

    def mapped(one: Design) -> Mapped:
        return map_design(one, build_dir=build_dir, period_s=period_s, **vars(cells))

    # The core takes longest, so it begins first.
    done = two_at_a_time(mapped, dict(reversed(designs.items())))

    def placed(name: str) -> Sourced:
        return scale_area(done[name].placed, from_nm=cells.node_nm, to_nm=chip.node_nm)

    blocks = Blocks(**{name: block(one) for name, one in done.items()})
    wired = links(blocks)
    area = chip_area(
        chip,
        tile,
        Digital(**{name: placed(name) for name in designs}),
        links=wired,
        pe_memories=memories(designs["pe_logic"]),
        core_memories=memories(designs["core"]),
    )
    return MappedChip(
        blocks=blocks,
        designs=designs,
        area=area,
        wires=interconnect(area.plan, wired, chip.node_nm),
    )


def spend(
    prepared: Prepared,
    cells: Cells,
    *,
    work_dir: Path,
    build_dir: Path,
    threads: int = os.cpu_count() or 1,
    told: Progress = lambda what, share: None,
) -> ChipEnergy:
    """Run all images of a case, macro by macro, PE by PE, and the core, while every net is counted.

    Parameters
    ----------
    prepared : Prepared
        What to run; its engines do not matter.
    cells : Cells
        What to map to.
    work_dir : Path
        Where a macro that differs leaves its job.
    build_dir : Path
        Build folder.
    threads : int
        Macros that run at the same time.
    told : callable
        Told what is being done.

    Raises
    ------
    ValueError
        If something cannot be mapped, or the node of the chip is unknown.
    RuntimeError
        If RTL does otherwise than predicted, or a netlist otherwise than its RTL.
    TimeoutError
        If the run takes longer than the case allows.
    """
    compiled, case = prepared.compiled, prepared.case
    chip = prepared.chip.model_copy(update={"macro": compiled.tile.macro})
    told("mapping macro, PE logic and core to gates", None)
    mapped = map_chip(chip, compiled.tile, cells, build_dir)
    told("simulating gates", None)
    kinds = {name: getattr(mapped.blocks, name).mapped.netlist for name in mapped.designs}
    run, activity = run_tile_gates(
        compiled,
        prepared.chip,
        prepared.images,
        Conditions(ideal=case.ideal, read_noise=case.read_noise, seed=case.seed),
        TileNetlists(**kinds),
        work_dir=writable(work_dir),
        build_dir=build_dir,
        threads=threads,
        limit_s=case.limit_s,
    )
    told("adding up", None)
    cycles = int(run.run_cycles.sum())
    ran = Ran(
        compiled=compiled,
        chip=chip,
        cycles=cycles,
        activity=activity,
        blocks=mapped.blocks,
        wires=mapped.wires,
        pe_memories=memories(mapped.designs["pe_logic"]),
        core_memories=memories(mapped.designs["core"]),
    )
    return ChipEnergy(
        prepared=prepared,
        mapped=mapped,
        run=run,
        activity=activity,
        units=units(ran),
        adders=adder_activities(ran),
        cycles=cycles,
        macs=multiply_accumulates(prepared.network),
    )
