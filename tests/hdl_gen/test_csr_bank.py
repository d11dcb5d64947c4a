"""CsrBank, in Amaranth's own simulator, against a description of each region."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.csr_bank import CsrBank
from hw_spec.host import ANSWER_CYCLES, LOG_WORDS, Control, Region, pe_index_bits
from hw_spec.program import PIECE_BITS
from hw_spec.tile import TileSpec, TileTable

PULSES = {
    "start": (),
    "resume": (),
    "program_write": ("program_index", "program_word"),
    "piece_write": ("piece_index", "piece"),
    "activation_write": ("activation_index", "activation"),
    "activation_read": ("activation_index",),
    "config_valid": ("config_select", "config_index", "config_data"),
    "scale_write": ("scale_index", "scale_multiplier", "scale_bias"),
    "log_read": ("log_index",),
}
VALUES = {"status": 4, "counter": 1, "trap_word": 0x89ABCDEF, "marks": 2}


def tile_of(macro_spec, *, rows=4, **changed):
    columns = 2 * min(rows, 3)
    macro = macro_spec(rows=rows, parallel_rows=min(rows, 2), beat_rows=rows, columns=columns)
    table = {
        "macros_per_pe": 2,
        "pes": 3,
        "activations": 16 * rows,
        "pieces": 5,
        "program_words": 6,
        "scales": 3,
        "marks": 2,
    }
    return TileSpec(macro=macro, table=TileTable(**table | changed))


class Model:
    """What each request causes: a list of pulses with their members, and an answer."""

    def __init__(self, tile):
        self.tile = tile
        self.piece = [0, 0]
        self.multiplier = 0

    def write(self, region, index, data, resting):
        """Return the name of the pulse a write causes, and its members; or None."""
        table = self.tile.table
        if region == Region.CONTROL:
            commands = {1: ("start", {}), 2: ("resume", {})}
            return commands.get(data) if index == Control.COMMAND else None
        if not resting:
            return None
        if region == Region.PROGRAM and index < table.program_words:
            return "program_write", {"program_index": index, "program_word": data}
        if region == Region.PIECES and index < 4 * table.pieces:
            if index % 4 < 2:
                self.piece[index % 4] = data
            elif index % 4 == 2:
                piece = (self.piece[0] | self.piece[1] << 32 | data << 64) % 2**PIECE_BITS
                return "piece_write", {"piece_index": index // 4, "piece": piece}
        if region == Region.ACTIVATIONS and index < table.activations:
            activation = data % 2**self.tile.macro.input_bits
            return "activation_write", {"activation_index": index, "activation": activation}
        words = 2 ** pe_index_bits(self.tile)
        if region == Region.PES and index < table.pes * words:
            return "config_valid", {
                "config_select": 1 << index // words,
                "config_index": index % words,
                "config_data": data,
            }
        if region == Region.SCALES and index < 2 * self.tile.word * table.scales:
            if index % 2 == 0:
                self.multiplier = data % 2**16
            else:
                return "scale_write", {
                    "scale_index": index // 2,
                    "scale_multiplier": self.multiplier,
                    "scale_bias": data,
                }
        return None

    def read(self, region, index, resting, answers):
        """Return the pulse a read causes, with its members or None, and the answer."""
        table = self.tile.table
        if region == Region.CONTROL:
            names = {1: "status", 2: "counter", 3: "trap_word", 4: "marks"}
            return None, VALUES[names[index]] if index in names else 0
        if region == Region.ACTIVATIONS and resting and index < table.activations:
            return ("activation_read", {"activation_index": index}), answers["activation_answer"]
        if region == Region.LOG and index < LOG_WORDS * table.marks:
            return ("log_read", {"log_index": index}), answers["log_answer"]
        return None, 0


def check(run_bench, tile, requests):
    """Send requests, one per cycle or None, and hold every cycle to the model.

    A request is (write, region, index, data, resting a cycle later). The two memories answer with
    the number of the cycle.
    """
    dut = CsrBank(tile)
    model = Model(tile)
    pulses, answers = {}, {}  # by cycle
    for cycle, request in enumerate(requests):
        if request is None:
            continue
        write, region, index, data, resting = request
        seen = {
            "activation_answer": (cycle + 2) % 2**tile.macro.input_bits,
            "log_answer": cycle + 2 << 20,
        }
        if write:
            pulse = model.write(region, index, data, resting)
        else:
            pulse, answers[cycle + ANSWER_CYCLES] = model.read(region, index, resting, seen)
        if pulse:
            pulses[cycle + (2 if pulse[0] == "config_valid" else 1), pulse[0]] = pulse[1]

    async def bench(ctx):
        for name, value in VALUES.items():
            ctx.set(getattr(dut, name), value)
        for cycle in range(len(requests) + 3):
            request = requests[cycle] if cycle < len(requests) else None
            # What stands on the port without a request is without effect.
            write, region, index, data, _ = request or (1, Region.CONTROL, 0, 1, 0)
            ctx.set(dut.host.request, request is not None)
            ctx.set(dut.host.write, write)
            ctx.set(dut.host.region, region)
            ctx.set(dut.host.index, index)
            ctx.set(dut.host.data, data)
            before = requests[cycle - 1] if 0 < cycle <= len(requests) else None
            ctx.set(dut.resting, before[4] if before else 1)
            ctx.set(dut.activation_answer, cycle)
            ctx.set(dut.log_answer, cycle << 20 if (cycle - 1, "log_read") in pulses else 0)
            for name in PULSES:
                assert ctx.get(getattr(dut, name)) == ((cycle, name) in pulses), name
                for member, value in pulses.get((cycle, name), {}).items():
                    assert ctx.get(getattr(dut, member)) == value, member
            assert ctx.get(dut.host.answer) == answers.get(cycle, 0)
            await ctx.tick()

    run_bench(dut, bench)
    return {name for _, name in pulses}


def edges(tile):
    """Return the indices on both sides of every border."""
    table, words = tile.table, 2 ** pe_index_bits(tile)
    limits = {
        Region.CONTROL: 5,
        Region.PROGRAM: table.program_words,
        Region.PIECES: 4 * table.pieces,
        Region.ACTIVATIONS: table.activations,
        Region.PES: table.pes * words,
        Region.SCALES: 2 * tile.word * table.scales,
        Region.LOG: LOG_WORDS * table.marks,
    }
    near = [*range(6), words - 1, words]
    return [
        (region, index)
        for region, limit in limits.items()
        for index in sorted({*near, *range(max(limit - 4, 0), limit + 5), 2**23 + 1, 2**24 - 1})
    ]


TILES = [
    {},
    {"rows": 1},
    {"rows": 8, "pes": 1, "pieces": 1, "program_words": 1, "scales": 1, "marks": 1},
    {"rows": 2, "pes": 8, "pieces": 8, "program_words": 8, "scales": 4, "marks": 4},
]


@pytest.mark.parametrize("sizes", TILES, ids=str)
@pytest.mark.parametrize("resting", [1, 0], ids=["at rest", "running"])
def test_all_regions_at_their_borders(run_bench, macro_spec, sizes, resting):
    tile = tile_of(macro_spec, **sizes)
    requests = [
        (write, region, index, 0x91234567 + 0x01010101 * n, resting)
        for n, (region, index) in enumerate(edges(tile))
        for write in (1, 0)
    ]
    always = {"log_read"}
    only_at_rest = set(PULSES) - always - {"start", "resume"}
    seen = check(run_bench, tile, requests)
    assert seen == (only_at_rest | always if resting else always)


@pytest.mark.parametrize("resting", [1, 0])
def test_commands_are_passed_on_at_any_time(run_bench, macro_spec, resting):
    requests = [
        (1, Region.CONTROL, Control.COMMAND, data, resting) for data in (1, 2, 0, 3, 2**31 + 1, 1)
    ]
    assert check(run_bench, tile_of(macro_spec), requests) == {"start", "resume"}


def test_only_one_index_takes_commands(run_bench, macro_spec):
    requests = [(1, Region.CONTROL, index, data, 1) for index in range(1, 9) for data in (1, 2)]
    assert check(run_bench, tile_of(macro_spec), requests) == set()


def test_nothing_moves_while_nothing_is_asked(run_bench, macro_spec):
    tile = tile_of(macro_spec)
    dut = CsrBank(tile)
    members = {member for members in PULSES.values() for member in members}

    async def bench(ctx):
        ctx.set(dut.resting, 1)
        ctx.set(dut.host.request, 1)
        ctx.set(dut.host.write, 1)
        for region in Region:
            ctx.set(dut.host.region, region)
            ctx.set(dut.host.index, 2 + region)
            ctx.set(dut.host.data, 0x12345678 + region)
            await ctx.tick()
        ctx.set(dut.host.request, 0)
        await ctx.tick().repeat(2)
        before = {member: ctx.get(getattr(dut, member)) for member in members}
        for n in range(5):
            ctx.set(dut.host.region, n)
            ctx.set(dut.host.index, 1 << n)
            ctx.set(dut.host.data, 0xFFFFFFFF >> n)
            await ctx.tick()
            assert {member: ctx.get(getattr(dut, member)) for member in members} == before

    run_bench(dut, bench)


def test_region_without_name_is_without_effect(run_bench, macro_spec):
    requests = [(write, 7, index, 1, 1) for write in (0, 1) for index in range(10)]
    assert check(run_bench, tile_of(macro_spec), requests) == set()


def test_parts_of_a_piece_may_be_far_apart(run_bench, macro_spec):
    parts = [(1, Region.PIECES, 4 + n, 0xF0F0F0F0 + n, 1) for n in range(3)]
    between = [None] * 20 + [(0, Region.CONTROL, Control.STATUS, 0, 1)]
    requests = [*itertools.chain.from_iterable([part, *between] for part in parts)]
    assert check(run_bench, tile_of(macro_spec), requests) == {"piece_write"}


requests_of = st.one_of(
    st.none(),
    st.tuples(
        st.integers(0, 1),
        st.integers(0, 7),
        st.one_of(st.integers(0, 40), st.integers(0, 2**24 - 1)),
        st.integers(0, 2**32 - 1),
        st.integers(0, 1),
    ),
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(sizes=st.sampled_from(TILES), requests=st.lists(requests_of, max_size=60))
def test_requests_in_any_order_and_at_any_pace(run_bench, macro_spec, sizes, requests):
    check(run_bench, tile_of(macro_spec, **sizes), requests)
