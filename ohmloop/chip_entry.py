"""The energy, area and clock of a chip as they stand in a report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from energy import analog_macro, area, array, drivers, floorplan, placement, transistor, wires
from energy.chip import area as chip_area
from energy.chip import interconnect, spent
from energy.chip.area import area_numbers
from energy.chip.ran import CAUSES, Unit
from energy.mapped import LEFT_OUT, mapped_entry
from energy.memory import LEFT_OUT as MEMORY_LEFT_OUT
from energy.merit import merit
from energy.technology import supply
from hw_spec.chip import ChipSpec
from hw_spec.sourced import Sourced
from ohmloop.chip_energy import ChipEnergy, MappedChip


def chip_entry(found: ChipEnergy) -> dict[str, Any]:
    """Return what stands at ``energy`` in the run of a network; joules are of all its images."""
    prepared, chip, mapped = found.prepared, found.prepared.chip, found.mapped
    images, period_s = len(prepared.images), chip.clock_period_s.value
    names = [step.name for step in prepared.compiled.steps]
    layers = {
        name: _added([unit.work_j for unit in found.units if unit.layer == name]) for name in names
    }
    others = (unit.work_j for unit in found.units if unit.layer is None)
    shared = _added([*others, *(unit.rest_j for unit in found.units)])
    everything = _added([*layers.values(), shared])
    total_j = sum(everything.values())
    merits = [
        merit(
            macs=found.macs,
            operations_per_mac=count,
            seconds=found.cycles / images * period_s,
            joules=total_j / images,
            area_m2=mapped.area.total_m2,
        )
        for count in (1, 2)
    ]
    return {
        "images": images,
        "cycles": found.cycles,
        "clock_period_s": period_s,
        "seconds": found.cycles * period_s,
        "node_nm": chip.node_nm,
        "supply_v": supply(chip.node_nm).value,
        "joules": everything,
        "total_j": total_j,
        "host_j": sum(unit.host_j for unit in found.units),
        "layers": [{"name": name, **_with_total(joules)} for name, joules in layers.items()],
        "shared": _with_total(shared),
        "gates": _gates(mapped),
        "units": [_unit(unit) for unit in found.units],
        "adders": {block: asdict(one) for block, one in found.adders.items()},
        "area": mapped.area.parts_m2() | {"total_m2": mapped.area.total_m2},
        "floorplan": _floorplan(mapped),
        "clock": _clock(mapped, chip),
        "macs": found.macs,
        "merit": [asdict(one) for one in merits],
        "left_out": list(LEFT_OUTS),
    }


def chip_energy_numbers(mapped: MappedChip) -> dict[str, Sourced]:
    """Return the numbers that area and wires of a chip rest on, by name."""
    return area_numbers(mapped.area) | mapped.wires.numbers | {"placement": area.PLACEMENT}


LEFT_OUTS = (
    *LEFT_OUT,
    *analog_macro.LEFT_OUT,
    *spent.LEFT_OUT,
    *interconnect.LEFT_OUT,
    *MEMORY_LEFT_OUT,
    *array.LEFT_OUT,
    *drivers.LEFT_OUT,
    *transistor.LEFT_OUT,
    *wires.LEFT_OUT,
    *placement.LEFT_OUT,
    *area.LEFT_OUT,
    *chip_area.LEFT_OUT,
    *floorplan.LEFT_OUT,
)
"""What energy and area do not have."""


def _added(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return {name: float(total[name]) for name in CAUSES}


def _with_total(joules: Mapping[str, float]) -> dict[str, Any]:
    return {"joules": dict(joules), "total_j": sum(joules.values())}


def _unit(unit: Unit) -> dict[str, Any]:
    joules = Counter(unit.work_j)
    joules.update(unit.rest_j)
    return {"path": unit.path, "layer": unit.layer, **_with_total(joules)}


def _gates(mapped: MappedChip) -> dict[str, Any]:
    return {name: mapped_entry(getattr(mapped.blocks, name).mapped) for name in mapped.designs}


def _floorplan(mapped: MappedChip) -> dict[str, Any]:
    plan = mapped.area.plan
    sides = {"macro": plan.macros.unit, "pe": plan.pes.unit, "chip": plan.chip}
    grids = {"macros": plan.macros, "pes": plan.pes}
    return {
        **{name: [one.width_m, one.height_m] for name, one in sides.items()},
        **{name: [one.columns, one.rows] for name, one in grids.items()},
    }


def _clock(mapped: MappedChip, chip: ChipSpec) -> dict[str, Any]:
    """Return the longest path of all blocks, at the node of the library and at that of the chip."""
    blocks = {name: getattr(mapped.blocks, name).mapped for name in mapped.designs}
    part = max(blocks, key=lambda name: blocks[name].path.period_s)
    longest, node_nm = blocks[part].path, blocks[part].node_nm
    period = Sourced(longest.period_s, "s", f"longest path in cells of {node_nm} nm")
    scaled = transistor.scale_delay(period, from_nm=node_nm, to_nm=chip.node_nm)
    return {
        "shortest_period_s": period.value,
        "scaled_period_s": scaled.value,
        "scaled_source": scaled.source,
        "part": part,
        "critical_path": [longest.start, longest.end],
        "conversion_s": chip.macro.adc.conversion_cycles * chip.clock_period_s.value,
    }
