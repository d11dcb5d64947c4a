"""A run beside NeuroSim: ``compare.json``."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from energy.neurosim import ACTIVITIES, activity
from ohmloop.compare.activity import BlockActivity, core_activity, layer_activities, total
from ohmloop.compare.published import column_of, figures, is_vgg8, reasons
from ohmloop.page.chip_schema import ChipEnergy
from ohmloop.page.schema import NetworkReport

SCHEMA_VERSION = 1


def neurosim_report(report: NetworkReport, *, build_dir: Path) -> dict[str, Any]:
    """Return the comparison as it can be written as JSON.

    Parameters
    ----------
    report : NetworkReport
        Of a run.
    build_dir : Path
        Build folder, for the widths of registers.

    Raises
    ------
    ValueError
        If the report does not tell what registers did.
    """
    (run,), images = report.runs, report.accuracy.images
    layers = layer_activities(run, images=images, build_dir=build_dir)
    core = core_activity(run, images=images, build_dir=build_dir)
    column = column_of(run)
    published = None
    if column is not None and is_vgg8(run):
        published = {
            "device": column.device,
            "figures": [asdict(one) for one in figures(report, column)],
            "reasons": reasons(report, column),
        }
    return {
        "schema_version": SCHEMA_VERSION,
        "network": report.network,
        "chip": run.chip,
        "images": images,
        "activity": [_entry(one) for one in (*total(layers), *([core] if core else []))],
        "layers": [
            {
                "name": layer.name,
                "cycles": layer.cycles.measured or layer.cycles.predicted,
                "converting": (layer.events.measured or layer.events.predicted).converting,
                "neurosim_cycles": layer.neurosim_cycles,
                "activity": [_entry(one) for one in layers.get(layer.name, [])],
            }
            for layer in run.layers
        ],
        "adders": _adders(run.energy),
        "published": published,
        "energy_counted": run.energy is not None,
    }


def _adders(energy: ChipEnergy | None) -> list[dict[str, Any]]:
    """Return what the logic of adders did; nothing until gates are counted."""
    found = energy.adders if energy is not None else {}
    fixed = asdict(ACTIVITIES["adder"])
    return [
        {
            "block": block,
            **one.model_dump(),
            "per_cycle": activity(toggles=one.toggles, bits=1, cycles=one.net_cycles),
            "neurosim": fixed,
        }
        for block, one in found.items()
    ]


def _entry(one: BlockActivity) -> dict[str, Any]:
    fixed = one.fixed
    return {
        **asdict(one),
        "per_cycle": one.per_cycle,
        "per_update": one.per_update,
        "neurosim": None if fixed is None else asdict(fixed),
    }
