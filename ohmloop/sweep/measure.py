"""What one chip of a sweep does: accuracy, cycles, joules, square metres."""

import dataclasses
from pathlib import Path
from typing import Any

import tomli_w

from energy.analog_macro import action_costs
from energy.liberty import SKY130, SKY130_NM, read_liberty
from hw_spec import check
from network import images as image_sets
from ohmloop.chip_energy import Cells, spend
from ohmloop.chip_entry import chip_entry
from ohmloop.network_case import NetworkCase, find_source, prepare
from ohmloop.network_modes import Progress
from ohmloop.network_run import run_case
from ohmloop.report import write_whole
from ohmloop.sweep.chip import calibrated, fitted
from ohmloop.sweep.plan import Settings

UNITS = "units"
"""Entry of the energy that is left out of a result: every macro by itself."""


def measure(
    settings: Settings,
    network: str,
    asked: Path,
    point_dir: Path,
    *,
    build_dir: Path,
    told: Progress = lambda what, share: None,
) -> dict[str, Any]:
    """Return what a chip does with a network.

    The accuracy is that of the twin on all images of the settings; energy, area and clock are those
    of the chip in gates, and its cycles are those of its RTL.

    Parameters
    ----------
    settings : Settings
        Images and seed.
    network : str
        Network; see :class:`ohmloop.network_case.NetworkCase`.
    asked : Path
        Chip description with room for any network.
    point_dir : Path
        Folder that gets ``chip.toml``, the chip that is measured.
    build_dir : Path
        Build folder.
    told : callable
        Told what is being done, and which share of it is done.

    Raises
    ------
    ValueError
        If the chip cannot run the network, or its node is unknown. One line.
    RuntimeError, TimeoutError
        As :func:`ohmloop.network_run.run_case` and :func:`ohmloop.chip_energy.spend`.
    """
    case = NetworkCase(
        network=network,
        chip=asked,
        data=settings.data,
        images=settings.images,
        engine="twin",
        seed=settings.seed,
        schedule="single",
        toggles=False,
    )
    data = image_sets.load(settings.data)
    source = find_source(case, data)
    chip = fitted(source.chip, source.compiled)
    action_costs(chip)  # a node that is not known is refused before anything runs
    if count := settings.calibration_images:
        check.integer("Number of calibration images", count, 1, len(data.train_inputs))
        chip = calibrated(chip, source.network, data, count)
    file, work_dir = point_dir / "chip.toml", point_dir / "work"
    write_whole(file, tomli_w.dumps(chip.model_dump(exclude_none=True)))
    case = dataclasses.replace(case, chip=file)
    seen = run_case(case, build_dir=build_dir, work_dir=work_dir, progress=told)
    counted = prepare(dataclasses.replace(case, images=settings.energy_images))
    cells = Cells(library=read_liberty(SKY130), node_nm=SKY130_NM)
    spent = spend(counted, cells, work_dir=work_dir, build_dir=build_dir, told=told)
    compiled = seen.prepared.compiled
    return {
        "chip": chip.model_dump(mode="json"),
        "accuracy": {
            "float": seen.float_accuracy,
            "integer": seen.integer_accuracy,
            "chip": seen.accuracy,
            "images": len(seen.labels),
        },
        "macros": compiled.macros,
        "pes": len(compiled.pes),
        "utilisation": compiled.utilisation,
        "energy": {name: part for name, part in chip_entry(spent).items() if name != UNITS},
    }
