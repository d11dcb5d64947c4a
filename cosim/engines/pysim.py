"""Engine `pysim`: Amaranth's own simulator. Needs no C++ compiler."""

import sys
from dataclasses import replace
from pathlib import Path

from amaranth import Value
from amaranth.hdl import Fragment
from amaranth.sim import Simulator

from cosim.analog import AnalogService
from cosim.build import RUN_LIMIT_S
from cosim.job import MacroJob, MacroRun
from cosim.loop import MacroLoop, Sense, drive_pins, macro_loop, sense_pins
from cosim.window import refuse_window
from hdl_gen.emit import TOP, registers
from hdl_gen.macro import Macro
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec


def build(spec: MacroSpec, build_dir: Path, *, waves: bool) -> None:
    """Build nothing: the simulator takes the design as it is; see :class:`cosim.engines.Engine`."""


def run(
    job: MacroJob,
    work_dir: Path,
    *,
    build_dir: Path,
    waves: Path | None = None,
    window: range | None = None,
    limit_s: float = RUN_LIMIT_S,
) -> MacroRun:
    """Run a job; see :class:`cosim.engines.Engine`."""
    refuse_window("pysim", window)
    loop = macro_loop(job, AnalogService(job), limit_s=limit_s)
    return simulate(job.chip, loop, waves=waves)


def simulate(chip: ChipSpec, loop: MacroLoop, *, waves: Path | None = None) -> MacroRun:
    """Turn the clock of a chip's macro until ``loop`` ends."""
    macro = Macro(chip.macro)
    pins = {
        "__".join(map(str, path)): Value.cast(value)
        for path, _member, value in macro.signature.flatten(macro)
    }
    inputs = [pins[name] for name in drive_pins(chip.macro)]
    outputs = [pins[name] for name in sense_pins(chip.macro)]
    fragment = Fragment.get(macro, None)
    counted = dict(registers(fragment, TOP))
    runs: list[MacroRun] = []

    async def bench(ctx):  # type: ignore[no-untyped-def]  # Amaranth names no public type for it
        toggles = dict.fromkeys(counted, 0)
        held = {path: ctx.get(signal) for path, signal in counted.items()}
        drive = next(loop)
        while True:
            for pin, value in zip(inputs, drive, strict=True):
                ctx.set(pin, value)
            sense = Sense(*(ctx.get(pin) for pin in outputs))
            try:
                drive = loop.send(sense)
            except StopIteration as stop:
                runs.append(replace(stop.value, toggles=toggles))
                return
            await ctx.tick()
            for path, signal in counted.items():
                value = ctx.get(signal)
                toggles[path] += (value ^ held[path]).bit_count()
                held[path] = value

    # Amaranth writes the first value of a register in decimal digits, Python bounds their number.
    digits = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        simulator = Simulator(fragment)
    finally:
        sys.set_int_max_str_digits(digits)
    simulator.add_clock(chip.clock_period_s.value)
    simulator.add_testbench(bench)
    if waves is None:
        simulator.run()
    else:
        with simulator.write_vcd(str(waves)):
            simulator.run()
    return runs[0]
