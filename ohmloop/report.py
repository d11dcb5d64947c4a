"""What a run leaves: ``report.json``."""

import hashlib
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from behavioral.device import preset
from energy import digital
from energy.analog_macro import analog_energy, analog_entry, cost_numbers
from hw_spec.sourced import Sourced
from network import digits
from ohmloop.page.parts import SCHEMA_VERSION
from ohmloop.provenance import chip_numbers, entries, tools
from ohmloop.sim import Case


def build_report(
    bench: str, cases: list[Case], *, engine: str, seed: int, build_dir: Path, wall_s: float
) -> dict[str, Any]:
    """Return the report of a run; all that stands in it can be written as JSON."""
    hashes = "".join(case.outputs_hash for case in cases)
    numbers = entries(number for case in cases for number in _numbers(case).items())
    return {
        "schema_version": SCHEMA_VERSION,
        "bench": bench,
        "engine": engine,
        "seed": seed,
        "passed": all(check["passed"] for case in cases for check in checks(case)),
        "outputs_hash": hashlib.sha256(hashes.encode()).hexdigest(),
        "accuracy": _reference_accuracy(cases[0]),
        "runs": [_run(case) for case in cases],
        "numbers": numbers,
        "assumed": [one for one in numbers if one["assumed"]],
        "tools": tools(build_dir, compiled=engine != "pysim"),
        "wall_s": wall_s,
    }


def checks(case: Case) -> list[dict[str, Any]]:
    """Return what must hold for a case, and whether it does."""
    found = []
    if case.ideal:
        wrong = case.wrong_psums
        found.append(
            {
                "name": "psums equal the integer product",
                "passed": wrong == 0,
                "detail": f"{wrong} of {case.psums.size} differ",
            }
        )
    if case.predicted_cycles is not None:
        found.append(
            {
                "name": "cycles equal the prediction",
                "passed": case.run.cycles == case.predicted_cycles
                and case.cycles_per_vector <= {case.chip.macro.cycles_per_vector},
                "detail": f"measured {case.run.cycles}, predicted {case.predicted_cycles}",
            }
        )
    return found


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write a report, whole or not at all."""
    write_whole(path, json.dumps(report, indent=2, allow_nan=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _run(case: Case) -> dict[str, Any]:
    macro, run = case.chip.macro, case.run
    layer = {
        "name": case.workload.layer,
        "vectors": len(case.workload.inputs),
        "cycles": {"predicted": case.predicted_cycles, "measured": run.cycles},
        "cycles_per_vector": {
            "predicted": macro.cycles_per_vector,
            "measured": sorted(case.cycles_per_vector),
        },
        "conversions": run.conversions * macro.lanes,
        "adc_codes": run.code_counts.tolist(),
    }
    return {
        "chip": case.chip.name,
        "chip_description": case.chip.model_dump(mode="json"),
        "source": case.chip.source,
        "case": "ideal" if case.ideal else "device",
        "device": preset(case.chip.device).name,
        "node_nm": case.chip.node_nm,
        "macro": macro.model_dump(),
        "rtl_hash": case.rtl_hash,
        "outputs_hash": case.outputs_hash,
        "accuracy": case.accuracy,
        "wrong_psums": case.wrong_psums,
        "psum_error": case.psum_error,
        "checks": checks(case),
        "layers": [layer],
        "flip_flops": case.flip_flops,
        "toggles": toggles_per_module(case),
        "energy": {"digital": _digital(case), "analog": _analog(case)},
        "waves": str(case.waves) if case.waves else None,
        "wall_s": case.wall_s,
        "build_s": case.build_s,
        "cycles_per_s": run.cycles / case.wall_s,
    }


def toggles_per_module(case: Case) -> dict[str, int]:
    """Return register bit toggles per module, all lanes as one."""
    modules: Counter[str] = Counter()
    for path, toggles in case.run.toggles.items():
        module = path.split(".")[1]
        modules["lanes" if module.startswith("lane_") else module] += toggles
    return dict(modules.most_common())


def _digital(case: Case) -> dict[str, Any]:
    """Return the register energy of the whole layer."""
    energy = digital.register_energy(
        case.run.toggles,
        flip_flops=case.flip_flops,
        cycles=case.run.cycles,
        clock_period_s=case.chip.clock_period_s.value,
    )
    return asdict(energy) | {"total_j": energy.total_j, "left_out": list(digital.LEFT_OUT)}


def _analog(case: Case) -> dict[str, Any]:
    """Return the analog energy of the whole layer."""
    energy = analog_energy(
        case.chip,
        toggles=case.run.toggles,
        conversions=case.run.conversions,
        array_j=case.run.array_j,
    )
    return analog_entry(energy)


def _numbers(case: Case) -> dict[str, Sourced]:
    """Return the physical numbers a case rests on, by name."""
    constants = {name: value for name, value in vars(digital).items() if isinstance(value, Sourced)}
    return {
        **chip_numbers(case.chip, ideal=case.ideal),
        **cost_numbers(case.chip),
        **{name.lower(): value for name, value in constants.items()},
    }


def _reference_accuracy(case: Case) -> dict[str, Any] | None:
    """Return the accuracy without a chip: of the float and of the integer network."""
    work = case.workload
    if work.checkpoint is None or work.labels is None:
        return None
    predicted = work.checkpoint.network.predict(work.inputs)
    return {
        "float_test_set": work.checkpoint.float_accuracy,
        "integer_test_set": work.checkpoint.integer_accuracy,
        "integer": digits.accuracy(predicted, work.labels),
        "images": len(work.labels),
    }
