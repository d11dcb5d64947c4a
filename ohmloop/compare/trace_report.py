"""What comparing the ways to save traces leaves: ``traces.json``, and a table of it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table

from energy.digital import toggle_energy
from energy.traces import HALF, LEFT_OUT, REAL, WAYS
from ohmloop.compare.trace_run import LayerTraces, TraceRun
from ohmloop.provenance import entries

SCHEMA_VERSION = 1
NANO = 1e9


def trace_report(run: TraceRun) -> dict[str, Any]:
    """Return the comparison as it can be written as JSON; joules are those of all images."""
    prepared = run.result.prepared
    case, chip = prepared.case, prepared.chip
    numbers = {"register_toggle": toggle_energy(chip.node_nm), "average_share": HALF}
    return {
        "schema_version": SCHEMA_VERSION,
        "network": case.network,
        "data": case.data,
        "chip": chip.name,
        "case": "ideal" if case.ideal else "device",
        "seed": case.seed,
        "images": len(prepared.images),
        "outputs_hash": run.result.outputs_hash,
        "seconds": run.seconds,
        "joules": total(run.layers),
        "layers": [
            {
                "name": layer.name,
                "shares": {way: asdict(shares) for way, shares in layer.shares.items()},
                "joules": layer.joules,
            }
            for layer in run.layers
        ],
        "numbers": entries(numbers.items()),
        "left_out": list(LEFT_OUT),
    }


def total(layers: Iterable[LayerTraces]) -> dict[str, dict[str, float]]:
    """Return the energy of all layers, by way, then by what takes it, in joules."""
    found: dict[str, dict[str, float]] = {way: {} for way in WAYS}
    for layer in layers:
        for way, parts in layer.joules.items():
            for part, joules in parts.items():
                found[way][part] = found[way].get(part, 0.0) + joules
    return found


def error(found: float, real: float) -> str:
    """Return how far a figure is off, in per cent with a sign; nothing if both are nothing."""
    if not real:
        return "-" if not found else "nothing was there"
    return f"{found / real - 1:+.1%}"


def parts_table(report: Mapping[str, Any]) -> Table:
    """Return energy by what takes it: of the run, and how far the other ways are off."""
    table = Table(
        title=f"Energy on '{report['chip']}', nJ; images: {report['images']:,}",
        title_justify="left",
    )
    table.add_column("part")
    for way in WAYS:
        table.add_column(way, justify="right")
    real = report["joules"][REAL]
    for part, joules in real.items():
        others = (_beside(report["joules"][way][part], joules) for way in WAYS[1:])
        table.add_row(part.replace("_", " "), f"{joules * NANO:,.3f}", *others)
    table.add_section()
    sums = {way: sum(report["joules"][way].values()) for way in WAYS}
    others = (_beside(sums[way], sums[REAL]) for way in WAYS[1:])
    table.add_row("all", f"{sums[REAL] * NANO:,.3f}", *others)
    seconds = (f"{report['seconds'][way]:.2g}" for way in WAYS)
    table.add_row("wall time, s", *seconds)
    return table


def layers_table(report: Mapping[str, Any]) -> Table:
    """Return what is kept of each layer, and how far the energy of its array is off."""
    table = Table(title="By layer: what is kept, and error of the array", title_justify="left")
    table.add_column("layer", overflow="fold")
    for name in ("ones", "cells not 0", "level", "array, nJ", *WAYS[1:]):
        table.add_column(name, justify="right")
    for layer in report["layers"]:
        shares, real = layer["shares"], layer["joules"][REAL]["array"]
        table.add_row(
            layer["name"],
            f"{shares[WAYS[1]]['inputs']:.1%}",
            *(f"{shares[way]['weights']:.1%}" for way in WAYS[1:3]),
            f"{real * NANO:,.3f}",
            *(error(layer["joules"][way]["array"], real) for way in WAYS[1:]),
        )
    return table


def _beside(found: float, real: float) -> str:
    return f"{found * NANO:,.3f} {error(found, real):>7}"
