"""A run beside NeuroSim, as tables on a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from ohmloop.compare.published import NOT_COUNTED


def activity_table(found: Mapping[str, Any]) -> Table:
    """Return how often the registers of each block switched, beside what NeuroSim fixes."""
    table = _table("Share of bits of registers, and of nets of adders, that switched", "block")
    for name in ("toggles", "per cycle", "per write", "NeuroSim", "ratio"):
        table.add_column(name, justify="right")
    for one in found["activity"]:
        fixed = one["neurosim"]
        beside = ("-", "-")
        if fixed is not None:
            beside = (f"{fixed['value']:g}", f"{one['per_update'] / fixed['value']:.2f}")
        table.add_row(
            one["block"],
            f"{one['toggles']:,}",
            f"{one['per_cycle']:.4f}",
            f"{one['per_update']:.4f}",
            *beside,
        )
    for one in found["adders"]:
        fixed, share = one["neurosim"]["value"], one["per_cycle"]
        name, toggles = f"adders of {one['block']}", f"{one['toggles']:,}"
        table.add_row(name, toggles, f"{share:.4f}", "-", f"{fixed:g}", f"{share / fixed:.2f}")
    return table


def activities_table(found: Mapping[str, Any]) -> Table:
    """Return the same by layer, for the blocks whose activity NeuroSim fixes."""
    layers = [layer for layer in found["layers"] if layer["activity"]]
    blocks = [one["block"] for one in layers[0]["activity"] if one["neurosim"]]
    table = _table("By layer, per write", "layer")
    for name in blocks:
        table.add_column(name, justify="right")
    for layer in layers:
        per = {one["block"]: f"{one['per_update']:.3f}" for one in layer["activity"]}
        table.add_row(layer["name"], *(per[block] for block in blocks))
    return table


def cycles_table(found: Mapping[str, Any]) -> Table:
    """Return the cycles of each layer beside those that NeuroSim counts for its converters."""
    table = _table("Cycles of an image", "layer")
    for name in ("all", "converting", "NeuroSim", "converting / NeuroSim"):
        table.add_column(name, justify="right")
    for layer in found["layers"]:
        cycles, theirs = layer["converting"], layer["neurosim_cycles"]
        table.add_row(
            layer["name"],
            f"{layer['cycles']:,}",
            f"{cycles:,}",
            "-" if theirs is None else f"{theirs:,.0f}",
            "-" if not theirs else f"{cycles / theirs:.2f}",
        )
    return table


def published_table(found: Mapping[str, Any]) -> Table:
    """Return the figures of VGG-8, ours and published."""
    published = found["published"]
    table = _table("VGG-8 on CIFAR-10, DNN+NeuroSim, IEDM 2019, Table 1", "figure")
    for name in ("unit", f"'{found['chip']}'", published["device"], "ratio"):
        table.add_column(name, justify="right")
    for one in published["figures"]:
        ours, theirs = one["ours"], one["published"]
        known = ours is not None and theirs is not None
        table.add_row(
            one["name"],
            one["unit"],
            NOT_COUNTED if ours is None else f"{ours:,.4g}",
            "-" if theirs is None else f"{theirs:,g}",
            f"{ours / theirs:.2f}" if known else "-",
        )
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    return table
