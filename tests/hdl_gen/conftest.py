"""What the tests of all components share: small macros and tiles, and a clock that stops."""

import pytest
from amaranth import ClockDomain, Module, Value
from amaranth.lib.wiring import In
from amaranth.sim import Simulator

from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.tile import TileSpec, TileTable

LIMIT = 20_000  # cycles; a lost transfer fails instead of hanging


@pytest.fixture(scope="session")
def macro_spec():
    """Return a function that makes a small macro; fields are changed by name."""

    def make(adc=None, **changed):
        fields = {
            "rows": 5,
            "columns": 4,
            "parallel_rows": 2,
            "columns_per_adc": 2,
            "cell_bits": 1,
            "input_bits": 3,
            "weight_bits": 2,
            "reference_level": 0,
        }
        adc = AdcSpec(**{"bits": 3, "step": 1, "zero_code": 0} | (adc or {}))
        return MacroSpec(**fields | changed, adc=adc)

    return make


@pytest.fixture(scope="session")
def tile_spec(macro_spec):
    """Return a function that makes a small tile; fields of its macro are changed by name."""

    def make(macros_per_pe=2, pes=2, **changed):
        rows = changed.setdefault("rows", 8 if changed.get("columns", 0) > 8 else 4)
        table = {"activations": 16 * rows, "pieces": 8, "program_words": 8, "scales": 2}
        return TileSpec(
            macro=macro_spec(beat_rows=rows, **changed),
            table=TileTable(macros_per_pe=macros_per_pe, pes=pes, **table),
        )

    return make


@pytest.fixture(scope="session")
def core_tile_spec(macro_spec):
    """Return a function that makes a small tile; fields of its table are changed by name."""

    def make(word=4, input_bits=3, outputs=1, **changed):
        macro = macro_spec(
            rows=word,
            parallel_rows=word,
            beat_rows=word,
            columns=outputs,
            columns_per_adc=1,
            cell_bits=2,
            input_bits=input_bits,
        )
        table = {
            "macros_per_pe": 1,
            "pes": 4,
            "activations": 12 * word,
            "pieces": 16,
            "program_words": 1,
            "scales": 3,
        }
        return TileSpec(macro=macro, table=TileTable(**table | changed))

    return make


@pytest.fixture(scope="session")
def run_bench():
    """Return a function that runs a component until the bench given ends."""

    def run(dut, bench):
        simulator = Simulator(dut)
        simulator.add_clock(1e-8, if_exists=True)  # none in what is combinational
        simulator.add_testbench(bench)
        for _ in range(2 * LIMIT):  # two edges per cycle
            if not simulator.advance():
                return
        raise TimeoutError(f"Bench of {type(dut).__name__} did not end within {LIMIT} cycles")

    return run


@pytest.fixture(scope="session")
def ports_of():
    """Return a function that gives the input and the output ports of a component, by flat name.

    Ports of no bits are left out, as they are in the Verilog.
    """

    def ports(dut):
        inputs, outputs = {}, {}
        for path, member, value in dut.signature.flatten(dut):
            value = Value.cast(value)
            if len(value):
                (inputs if member.flow is In else outputs)["__".join(map(str, path))] = value
        return inputs, outputs

    return ports


@pytest.fixture(scope="session")
def run_cycles(run_bench, ports_of):
    """Return a function that runs a component for as many cycles as there are drives.

    A drive gives inputs by flat name, ``rst`` among them; those it does not name stay. The result
    is all outputs of each cycle, by name, as unsigned numbers.
    """

    def run(dut, drives):
        inputs, outputs = ports_of(dut)
        top, seen = Module(), []
        top.domains.sync = sync = ClockDomain()
        top.submodules.dut = dut
        inputs = inputs | {"rst": sync.rst}

        async def bench(ctx):
            for drive in drives:
                for name, value in drive.items():
                    ctx.set(inputs[name], value)
                words = {name: ctx.get(port) for name, port in outputs.items()}
                bits = {name: 2 ** len(port) for name, port in outputs.items()}
                seen.append({name: word % bits[name] for name, word in words.items()})
                await ctx.tick()

        run_bench(top, bench)
        return seen

    return run


@pytest.fixture(scope="session")
def signed():
    """Return a function that draws a signed number, often an extreme one."""

    def draw(rng, bits):
        top = 2 ** (bits - 1)
        return rng.choice([-top, top - 1, -1, 0, rng.randrange(-top, top)])

    return draw
