"""Bench of one macro: runs a job file, cycle by cycle, with the array in the loop."""

from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from cosim.analog import AnalogService
from cosim.exchange import FAILURES, load_job, save_outcome
from cosim.loop import Sense, drive_pins, half_period_ps, macro_loop, sense_pins

RESET_CYCLES = 2


@cocotb.test()
async def run_job(dut):
    """Run the job named by ``+job=PATH`` and write its outcome to ``+outcome=PATH``."""
    job = load_job(Path(cocotb.plusargs["job"]))
    outcome = Path(cocotb.plusargs["outcome"])
    loop = macro_loop(job, AnalogService(job))
    inputs = [getattr(dut, name) for name in drive_pins(job.chip.macro)]
    outputs = [getattr(dut, name) for name in sense_pins(job.chip.macro)]

    for pin in (*inputs, dut.hold, dut.access_enable, dut.access_row):
        pin.value = 0
    dut.rst.value = 1
    Clock(dut.clk, 2 * half_period_ps(job.chip), "ps").start()
    for _ in range(RESET_CYCLES):
        await RisingEdge(dut.clk)
    dut.rst.value = 0

    # Inputs change right after the rising edge, as registers do; outputs are read once settled.
    drive, held = next(loop), (0,) * len(inputs)
    while True:
        for pin, value, old in zip(inputs, drive, held, strict=True):
            if value != old:
                pin.value = value
        await FallingEdge(dut.clk)
        held = drive
        try:
            drive = loop.send(Sense(*(int(pin.value) for pin in outputs)))
        except StopIteration as stop:
            save_outcome(outcome, stop.value)
            return
        except FAILURES as failure:
            save_outcome(outcome, failure)
            raise
        await RisingEdge(dut.clk)
