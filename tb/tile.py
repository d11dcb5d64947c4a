"""Bench of a tile: plays its host, answers its arrays, and checks what these are asked.

What every macro converts is known beforehand: each sample must come with the predicted drive, word
lines and column, and is answered with the codes that belong to them. Words and sums between the
macros are not looked at: a wrong one leads to a wrong drive or output.
"""

from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from cosim.native.tile import Verdict
from cosim.tile.ending import Ending
from cosim.tile.exchange import load_batch, save_ending
from tb.tile_array import Array
from tb.tile_host import Host

RESET_CYCLES = 2


@cocotb.test()
async def run_batch(dut):
    """Run the batch named by ``+batch=PATH`` and write how it ended to ``+ending=PATH``.

    The clock falls ``+half_period=N`` picoseconds after it has risen.
    """
    batch = load_batch(Path(cocotb.plusargs["batch"]))
    host = Host(dut, batch.script)
    arrays = [Array(dut, number, feed, batch.macro) for number, feed in enumerate(batch.feeds)]

    dut.rst.value = 1
    Clock(dut.clk, 2 * int(cocotb.plusargs["half_period"]), "ps").start()
    for _ in range(RESET_CYCLES):
        await RisingEdge(dut.clk)
    dut.rst.value = 0

    ending = await _turn(dut.clk, host, arrays, batch.patience_cycles)
    path = Path(cocotb.plusargs["ending"])
    save_ending(path, ending, answers=host.answers, run_cycles=host.run_cycles)
    assert ending.verdict == Verdict.DONE, ending


async def _turn(clk, host, arrays, patience_cycles):
    """Turn the clock to the end of the script, or to the first thing that is wrong."""
    cycle = last_move = 0
    while True:
        # Inputs change right after the rising edge, as registers do; outputs are read once settled.
        host.ask()
        for array in arrays:
            array.put(cycle)
        await FallingEdge(clk)

        moves = host.learn(cycle)
        for array in arrays:
            moves |= array.samples
        if moves:
            last_move = cycle
        for check in (Array.take_trials, Array.take_sample):
            for array in arrays:
                if wrong := check(array, cycle):
                    return _ending(cycle, host, array, *wrong)
        if host.done:
            return _last_ending(cycle, host, arrays)
        if cycle - last_move > patience_cycles:
            return Ending(verdict=Verdict.STUCK, cycle=cycle, access=host.access)
        await RisingEdge(clk)
        cycle += 1


def _ending(cycle, host, array, verdict, expected, seen):
    return Ending(
        verdict=verdict,
        cycle=cycle,
        access=host.access,
        macro=array.number,
        conversions=array.conversions,
        expected=expected,
        seen=seen,
    )


def _last_ending(cycle, host, arrays):
    """Return how a run ends in which all that happened was right."""
    for array in arrays:
        if array.missing:
            return _ending(cycle, host, array, Verdict.MISSING, 1, 0)
    return Ending(verdict=Verdict.DONE, cycle=cycle, access=host.access)
