"""The energy of a chip in a report, made up: what no run could give in no time."""

from energy.floorplan import floorplan
from energy.merit import merit
from ohmloop.page.network_energy import CAUSES

PERIOD_S = 1e-8
MACS = 45_000

BLOCK = {
    "library": "cells",
    "library_source": "made up",
    "voltage_v": 1.8,
    "node_nm": 130,
    "cells": 12_345,
    "flip_flops": 2_000,
    "clock_gates": 3,
    "area_m2": 98_765.4e-12,
    "wire_f": 2e-15,
    "shortest_period_s": 12.5e-9,
    "critical_path": ["a[0]", "b[1]"],
}


def spent(seed, **more):
    """Return joules by cause that add up, and that differ by seed."""
    joules = {cause: (1 + seed * (2 + at) % 7) * 1e-9 for at, cause in enumerate(CAUSES.values())}
    return {"joules": joules, "total_j": sum(joules.values()), **more}


def chip_energy(tree, *, pes, macros_per_pe, macro_m2=4e-9):
    """Return the energy of the chip of a report, of which some PEs rest."""
    (run,) = tree["runs"]
    images, names = tree["accuracy"]["images"], [one["name"] for one in run["layers"]]
    plan = floorplan(
        macro_m2=macro_m2,
        macros_per_pe=macros_per_pe,
        pe_logic_m2=macro_m2 / 2,
        pes=pes,
        core_m2=3 * macro_m2,
    )
    units = []
    for pe in range(pes):
        layer = names[pe % len(names)] if pe < 0.9 * pes else None
        paths = [f"macro_{n}" for n in range(macros_per_pe)] + ["logic"]
        units += [
            spent(pe + n, path=f"tile.pe_{pe}.{path}", layer=layer) for n, path in enumerate(paths)
        ]
    layers = [spent(at, name=name) for at, name in enumerate(names)]
    shared = spent(99)
    whole = [*layers, shared]
    joules = {cause: sum(one["joules"][cause] for one in whole) for cause in CAUSES.values()}
    seconds, total_j = run["cycles"]["predicted"] * PERIOD_S, sum(joules.values())
    area_m2, chip = plan.chip.area_m2, plan.chip
    merits = [
        vars(
            merit(
                macs=MACS,
                operations_per_mac=count,
                seconds=seconds,
                joules=total_j / images,
                area_m2=area_m2,
            )
        )
        for count in (1, 2)
    ]
    return {
        "images": images,
        "cycles": images * run["cycles"]["predicted"],
        "clock_period_s": PERIOD_S,
        "seconds": images * seconds,
        "node_nm": 32,
        "supply_v": 1.0,
        "joules": joules,
        "total_j": total_j,
        "host_j": 5e-9,
        "layers": layers,
        "shared": shared,
        "gates": {"macro": BLOCK, "pe_logic": BLOCK, "core": {**BLOCK, "cells": 99_999}},
        "units": [*units, spent(3, path="tile.core", layer=None)],
        "area": {"array": 0.6 * area_m2, "adcs": 0.3 * area_m2, "empty": 0.1 * area_m2}
        | {"total_m2": area_m2},
        "floorplan": {
            "macro": [plan.macros.unit.width_m, plan.macros.unit.height_m],
            "macros": [plan.macros.columns, plan.macros.rows],
            "pe": [plan.pes.unit.width_m, plan.pes.unit.height_m],
            "pes": [plan.pes.columns, plan.pes.rows],
            "chip": [chip.width_m, chip.height_m],
        },
        "clock": {
            "shortest_period_s": 12.5e-9,
            "part": "core",
            "critical_path": ["a[0]", "b[1]"],
            "conversion_s": PERIOD_S,
        },
        "macs": MACS,
        "merit": merits,
        "left_out": ["glitches", "a clock tree"],
    }
