"""VGG-8 as a run computes it, beside the table that NeuroSim publishes of it."""

from dataclasses import dataclass

from behavioral.device import preset
from energy.area import adc_area
from energy.neurosim import OPERATIONS_PER_MAC, TABLE_1, VGG8_MACS, Published
from ohmloop.page.schema import NetworkReport, NetworkRun

NOT_COUNTED = "not counted"


@dataclass(frozen=True)
class Figure:
    """A figure of a chip; None: the run does not tell it."""

    name: str
    unit: str
    ours: float | None
    published: float | None


@dataclass(frozen=True, kw_only=True)
class Converters:
    """The converters of a chip, by the regressions of :mod:`energy`."""

    count: int
    """Of all its macros, those that rest included."""

    area_m2: float
    """Of one."""


def column_of(run: NetworkRun) -> Published | None:
    """Return the published column of the device of a run; None if there is none of its node."""
    source = preset(run.device).on_resistance_ohm.source
    found = (one for one in TABLE_1 if source.endswith(f", {one.device}"))
    return next((one for one in found if one.node_nm == run.node_nm), None)


def is_vgg8(run: NetworkRun) -> bool:
    """Return whether a run computes as much as the network that the figures are of."""
    return run.macs == VGG8_MACS


def converters(report: NetworkReport) -> Converters:
    """Return the converters of a run."""
    chip = report.runs[0].chip_description
    spec, table = chip.macro, chip.tile_spec().table
    rate_hz = 1 / (spec.adc.conversion_cycles * chip.clock_period_s.value)
    return Converters(
        count=table.pes * table.macros_per_pe * spec.lanes,
        area_m2=adc_area(bits=spec.adc.bits, node_nm=chip.node_nm, rate_hz=rate_hz).value,
    )


def figures(report: NetworkReport, column: Published) -> list[Figure]:
    """Return the figures of one inference, ours and published.

    Parameters
    ----------
    report : NetworkReport
        Of a run of VGG-8.
    column : Published
        What to compare with.
    """
    (run,) = report.runs
    cycles = run.cycles.measured or run.cycles.predicted or 0
    seconds = cycles * run.chip_description.clock_period_s.value
    area_m2 = leakage_w = dynamic_j = efficiency = None
    if run.energy is not None:
        energy = run.energy
        area_m2, leakage_j = energy.area["total_m2"], energy.joules["leakage"]
        leakage_w = leakage_j / energy.seconds
        dynamic_j = (energy.total_j - leakage_j) / energy.images
        (merit,) = (one for one in energy.merit if one.operations_per_mac == OPERATIONS_PER_MAC)
        efficiency = merit.tops_per_watt
    of_adcs = converters(report)
    return [
        Figure("area", "mm2", _scaled(area_m2, 1e6), column.area_mm2),
        Figure("of it, converters", "mm2", of_adcs.count * of_adcs.area_m2 * 1e6, None),
        Figure("memory utilisation", "%", run.utilisation * 100, column.utilisation * 100),
        Figure("latency", "ms", seconds * 1e3, column.latency_ms),
        Figure("dynamic energy", "uJ", _scaled(dynamic_j, 1e6), column.dynamic_uj),
        *(Figure(f"of it, {name}", "uJ", part, None) for name, part in _parts_uj(report).items()),
        Figure("leakage", "mW", _scaled(leakage_w, 1e3), column.leakage_mw),
        Figure("efficiency", "TOPS/W", efficiency, column.tops_per_watt),
        Figure("throughput", "1/s", 1 / seconds, column.frames_per_second),
    ]


def reasons(report: NetworkReport, column: Published) -> list[str]:
    """Return why the figures differ, as far as it is known."""
    (run,) = report.runs
    of_adcs, period_ns = converters(report), run.chip_description.clock_period_s.value * 1e9
    area_mm2 = of_adcs.count * of_adcs.area_m2 * 1e6
    than = "more" if area_mm2 > column.area_mm2 else "less"
    copied = sum(layer.copies > 1 for layer in run.layers)
    texts = {
        "converters": f"{of_adcs.count:,} of {of_adcs.area_m2 * 1e12:,.0f} um2 are "
        f"{area_mm2:.1f} mm2, {than} than the whole published chip of {column.area_mm2:g} mm2. "
        "Area and energy are those of a regression over whole converters of the literature "
        "(arXiv:2404.06553); the published ones are sense amplifiers with references, simulated",
        "clock": f"a cycle of a conversion takes {period_ns:g} ns, which is assumed; the published "
        "latency adds up delays of modules without a clock, and depends on the current of columns",
        "array": "cells conduct for the whole cycle of a conversion, at a read voltage that is "
        "assumed; columns that are not selected float and conduct too",
        "copies": "the published floorplan copies weights into cells that are left; here "
        f"{copied or 'no'} {'layer has' if copied < 2 else 'layers have'} copies",
        "padding": "vectors at the border of a map are converted here, and left out there",
        "gates": "mapped to cells of 130 nm and scaled by published factors here; transistors of "
        "the node there",
        "buffers": "one memory for the tile here; buffers on three levels there",
        "images": f"'{report.data}' here, CIFAR-10 there",
        "operations": f"{OPERATIONS_PER_MAC} per multiply-accumulate in both columns",
    }
    return [f"{name}: {text}" for name, text in texts.items()]


def _parts_uj(report: NetworkReport) -> dict[str, float]:
    """Return the energy of one image by what takes it, as far as it was counted."""
    (run,), images = report.runs, report.accuracy.images
    if run.energy is not None:
        parts = {name: one for name, one in run.energy.joules.items() if name != "leakage"}
    else:
        analog = [layer.energy.analog for layer in run.layers if layer.macros]
        parts = {
            name: sum(getattr(one, f"{name}_j") for one in analog)
            for name in ("array", "converters")
            if None not in analog
        }
    return {
        name.replace("_", " ").replace("pe ", "PE "): 1e6 * joules / images
        for name, joules in parts.items()
    }


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
