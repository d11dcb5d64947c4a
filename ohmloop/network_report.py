"""What a run of a network leaves: ``report.json``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from behavioral.device import preset
from energy.analog_macro import analog_entry, cost_numbers
from network.work import multiply_accumulates
from ohmloop.network_case import NetworkCase
from ohmloop.network_result import NetworkResult, StepResult
from ohmloop.page.parts import SCHEMA_VERSION
from ohmloop.provenance import chip_numbers, entries, tools


def network_report(result: NetworkResult, *, build_dir: Path) -> dict[str, Any]:
    """Return the report of a network; all that stands in it can be written as JSON."""
    case, chip = result.prepared.case, result.prepared.chip
    found = network_checks(result)
    known = chip_numbers(chip, ideal=case.ideal) | cost_numbers(chip)
    numbers = entries(known.items())
    engines = sorted(set(result.prepared.addresses.values()))
    return {
        "schema_version": SCHEMA_VERSION,
        "network": case.network,
        "data": case.data,
        "case": _case(case),
        "engine": "+".join(engines),
        "seed": case.seed,
        "passed": all(check["passed"] for check in found),
        "outputs_hash": result.outputs_hash,
        "accuracy": {
            "float": result.float_accuracy,
            "integer": result.integer_accuracy,
            "chip": result.accuracy,
            "images": len(result.labels),
        },
        "runs": [_run(result, found)],
        "numbers": numbers,
        "assumed": [one for one in numbers if one["assumed"]],
        "tools": tools(build_dir, compiled=engines != ["twin"]),
        "wall_s": result.build_s + result.wall_s,
    }


def network_checks(result: NetworkResult) -> list[dict[str, Any]]:
    """Return what must hold for a run, and whether it does."""
    found = []
    if result.prepared.case.ideal:
        wrong = result.wrong_outputs
        found.append(
            {
                "name": "outputs equal the integer network",
                "passed": wrong == 0,
                "detail": f"{wrong} activations differ",
            }
        )
    for step in result.steps:
        if step.measured is not None:
            found.append(
                {
                    "name": f"cycles of {step.name} equal the prediction",
                    "passed": step.measured == step.predicted,
                    "detail": f"measured {step.measured}, predicted {step.predicted}",
                }
            )
    if result.run_cycles is not None:
        measured = np.unique(result.run_cycles).tolist()
        found.append(
            {
                "name": "cycles of the program equal the prediction",
                "passed": measured == [result.predicted_cycles],
                "detail": f"measured {measured}, predicted {result.predicted_cycles}",
            }
        )
    return found


def _run(result: NetworkResult, found: list[dict[str, Any]]) -> dict[str, Any]:
    prepared, compiled = result.prepared, result.prepared.compiled
    chip, ideal = prepared.chip, prepared.case.ideal
    return {
        "chip": chip.name,
        "chip_description": chip.model_dump(mode="json"),
        "source": chip.source,
        "case": "ideal" if ideal else "device",
        "read_noise": prepared.case.read_noise and not ideal,
        "device": preset(chip.device).name,
        "node_nm": chip.node_nm,
        "chip_hash": result.chip_hash,
        "macro": compiled.tile.macro.model_dump(),
        "tile": compiled.tile.table.model_dump(),
        "mode": prepared.mode,
        "mapping": compiled.mapping,
        "pes": len(compiled.pes),
        "macros": compiled.macros,
        "utilisation": compiled.utilisation,
        "macs": multiply_accumulates(prepared.network),
        "rtl_hash": result.rtl_hash,
        "outputs_hash": result.outputs_hash,
        "wrong_outputs": result.wrong_outputs,
        "labels": result.labels.tolist(),
        "checks": found,
        "cycles": {
            "predicted": result.predicted_cycles,
            "measured": None if result.run_cycles is None else int(result.run_cycles.max()),
        },
        "layers": [_layer(step) for step in result.steps],
        "toggles": result.toggles,
        "core_toggles": result.core_toggles,
        "wall_s": result.wall_s,
        "build_s": result.build_s,
        "simulated_cycles": result.simulated_cycles,
        "cycles_per_s": result.cycles_per_s,
        "energy": None,
    }


def _case(case: NetworkCase) -> dict[str, Any]:
    """Return a case as JSON; :class:`NetworkCase` takes it back."""
    return asdict(case) | {"chip": None if case.chip is None else str(case.chip)}


def _layer(step: StepResult) -> dict[str, Any]:
    """Return a step; cycles are those of one image, toggles and energy those of all."""
    measured = None if step.measured is None else asdict(step.measured)
    return {
        "name": step.name,
        "kind": step.kind,
        "engine": step.engine,
        "macros": step.macros,
        "pes": step.pes,
        "chains": step.chains,
        "copies": step.copies,
        "vectors": step.vectors,
        "window": step.window,
        "cycles": {
            "predicted": step.predicted.cycles,
            "measured": None if step.measured is None else step.measured.cycles,
        },
        "events": {"predicted": asdict(step.predicted), "measured": measured},
        "adc_busy": step.adc_busy,
        "adc_codes": step.code_counts,
        "neurosim_cycles": step.neurosim_cycles,
        "toggles": {
            "macros": step.macro_toggles,
            "logic": step.logic_toggles,
            "blocks": step.block_toggles,
        },
        "energy": {"analog": None if step.analog is None else analog_entry(step.analog)},
    }
