import json
import re

import pytest

import ohmloop.rtl
from hw_spec.chip import read_chip
from hw_spec.port import analog_port
from hw_spec.tile import TileTable
from ohmloop.rtl import write_rtl


@pytest.fixture
def chip(root):
    return read_chip(root / "chips" / "rram_taox_32nm.toml")


def test_reference_in_the_repository_is_what_the_generator_writes(chip, root, tmp_path):
    # Renew with: ohmloop rtl --out rtl
    for path in write_rtl(chip, tmp_path):
        assert path.read_bytes() == (root / "rtl" / path.name).read_bytes(), path.name


def test_manifest_describes_the_chip(chip, tmp_path):
    write_rtl(chip, tmp_path)
    manifest = json.loads((tmp_path / "macro.json").read_text())
    assert manifest["chip"] == "rram_taox_32nm"
    assert manifest["parameters"]["columns_per_adc"] == 8
    widths = {port["name"]: port["bits"] for port in manifest["ports"]}
    assert widths["analog__codes"] == 16 * 5  # lanes times ADC bits


@pytest.mark.parametrize("name", ["rram_taox_32nm", "rram_intel_32nm", "rram_pairs_sar_32nm"])
def test_analog_shell_has_the_ports_of_the_macro(name, root, tmp_path):
    chip = read_chip(root / "chips" / f"{name}.toml")
    write_rtl(chip, tmp_path)
    sar = chip.macro.adc.kind == "sar"
    shell = (tmp_path / ("analog_array_sar.v" if sar else "analog_array.v")).read_text()
    defaults = {name: int(value) for name, value in re.findall(r"parameter (\w+) = (\d+)", shell)}
    ports = re.findall(r"(?:input|output) +wire (?:\[(.+?)-1:0\])? *(\w+)", shell)
    widths = {}
    for size, name in ports:
        factors = [defaults[factor] for factor in size.split("*")] if size else [1]
        widths[name] = factors[0] if len(factors) == 1 else factors[0] * factors[1]
    expected = {name: bits for name, bits in vars(analog_port(chip.macro)).items() if bits}
    assert widths == expected | {"clk": 1, "sample": 1} | ({"compare": 1} if sar else {})


def test_failure_leaves_the_old_files(chip, tmp_path, monkeypatch):
    write_rtl(chip, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(chip):
        raise RuntimeError("no header today")

    monkeypatch.setattr(ohmloop.rtl, "macro_header", fail)
    with pytest.raises(RuntimeError, match=r"^no header today$"):
        write_rtl(chip.lossless(), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_tile_is_written_with_all_its_macros(root, tmp_path):
    chip = read_chip(root / "chips" / "rram_taox_32nm.toml")
    sizes = {"activations": 1024, "pieces": 8, "program_words": 8, "scales": 2}
    small = chip.macro.model_copy(update={"rows": 8, "parallel_rows": 8, "columns": 16})
    table = TileTable(macros_per_pe=2, pes=2, **sizes)
    files = write_rtl(chip.model_copy(update={"macro": small, "tile": table}), tmp_path, whole=True)
    assert [path.name for path in files] == ["tile.v", "tile.json", "tile.h", "analog_array.v"]
    manifest = json.loads((tmp_path / "tile.json").read_text())
    assert {"analog_3__codes", "host__data", "irq"} <= {port["name"] for port in manifest["ports"]}
    assert "tile.pe_1.macro_1.sequencer.plane" in manifest["registers"]
    verilog = (tmp_path / "tile.v").read_text()
    assert "module \\tile.pe_1.macro_1.sequencer (" in verilog.replace("(", " (").replace("  ", " ")


def test_chip_without_a_tile(chip, tmp_path):
    with pytest.raises(ValueError, match=r"^Chip 'rram_taox_32nm' must have a table 'tile'"):
        write_rtl(chip.model_copy(update={"tile": None}), tmp_path, whole=True)
    assert not list(tmp_path.iterdir())
