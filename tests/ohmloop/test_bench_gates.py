from energy.power.power import CAUSES
from ohmloop.bench_gates import bench_notes, bench_table


def run(chip, case, cells, period_s):
    """Return a run as the report has it, with the dearest figures that were seen."""
    lines = ("array_j", "converters_j", "row_inputs_j", "word_lines_j", "multiplexers_j")
    gates = {
        "library": "cells",
        "node_nm": 130,
        "voltage_v": 1.8,
        "cells": cells,
        "area_m2": 1e-9,
        "wire_f": 5e-15,
        "coverage": 1.0,
        "shortest_period_s": period_s,
        "critical_path": ["a[0]", "b[1]"],
        "causes_j": dict.fromkeys(CAUSES, 4e-9),
        "clock_port_j": 0.0,
        "input_ports_j": 0.0,
        "total_j": 9e-9,
        "scaled": {"node_nm": 32, "total_j": 1e-9},
        "left_out": ["glitches", "a tree: with clocks, and buffers"],
    }
    energy = {"analog": dict.fromkeys(lines, 9e-9), "gates": gates}
    return {"chip": chip, "case": case, "layers": [{"vectors": 1}], "energy": energy}


RUNS = [
    run("rram_taox_32nm", "ideal", 1000, 19e-9),
    run("rram_taox_32nm", "device", 900, 12e-9),
    run("rram_intel_32nm", "device", 2000, 15e-9),
]


def test_chips_are_told_apart_on_a_hundred_columns(shown):
    text = shown(bench_table(RUNS), 100)
    assert text.count("rram_taox_32nm ") == 2
    assert text.count("rram_intel_32nm ") == 1


def test_notes_are_of_every_run():
    _, *notes, _, left_out = bench_notes(RUNS)
    assert [note.partition(":")[0] for note in notes] == [
        "- rram_taox_32nm, ideal",
        "- rram_taox_32nm, device",
        "- rram_intel_32nm, device",
    ]
    for note, cells, period in zip(notes, ("1,000", "900", "2,000"), (19, 12, 15), strict=True):
        assert f" {cells} cells, " in note
        assert f" period {period}.00 ns, from a[0] to b[1]" in note
    assert left_out == "Left out: glitches; a tree: with clocks, and buffers"
