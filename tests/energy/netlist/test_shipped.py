"""The shipped chips: every flip-flop follows its register, and toggles as often."""

from collections import Counter

import pytest

from cosim.build import design
from cosim.job import Pauses
from energy.netlist.build import netlist
from energy.replay.run import run_gates
from hw_spec.chip import read_chip

pytestmark = pytest.mark.long

CHIPS = ["rram_intel_32nm", "rram_pairs_sar_32nm", "rram_taox_32nm"]


@pytest.mark.parametrize("name", CHIPS)
def test_flops_of_a_chip_toggle_as_its_registers(name, root, make_job, sky130, build_dir, tmp_path):
    chip = read_chip(root / "chips" / f"{name}.toml")
    job = make_job(chip, vectors=20, pauses=Pauses(inputs=0.3, psums=0.3, seed=1))
    rtl = design(chip.macro, build_dir)
    gates = netlist(rtl, sky130, build_dir, period_s=chip.clock_period_s.value)
    run, found = run_gates(job, gates, tmp_path, build_dir=build_dir)
    first = len(gates.inputs)
    toggles = dict(zip(gates.flops.bits, found.toggles[first:].tolist(), strict=False))
    registers = Counter()
    for bit, count in toggles.items():
        registers[bit.path] += count
    for bit, same in gates.lost.merged.items():
        registers[bit.path] += toggles[same]
    assert dict(run.toggles) == {path: registers[path] for path in run.toggles}
