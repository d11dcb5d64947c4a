import random
import shutil
import subprocess

import pytest

from firmware.driver import PeConfiguration, Scale, load_accesses
from firmware.tile_header import tile_header
from hw_spec.host import Control, Event, PeWord, Region, Status, pe_index_bits
from hw_spec.program import PIECE_FIELDS, Instruction, Kind, Opcode, Piece, Setting

# Makes instructions, pieces and indices of what it reads.
PROGRAM = """\
#include <inttypes.h>
#include <stdio.h>
#include "tile.h"
#include "tile.h" /* a header is included more than once in real programs */

static int32_t number(void)
{
    int32_t value = 0;
    if (scanf("%" SCNd32, &value) != 1)
        puts("input ends too soon");
    return value;
}

static uint32_t count(void)
{
    return (uint32_t)number();
}

int main(void)
{
    for (uint32_t left = count(); left; left--) {
        uint32_t opcode = count(), setting = count();
        printf("%" PRIu32 " ", tile_instruction(opcode, setting, number()));
    }
    for (uint32_t left = count(); left; left--) {
        struct tile_piece piece;
        uint32_t words[TILE_PIECE_HOST_WORDS];
        piece.offset = number();
        piece.x = number();
        piece.y = count();
        piece.length = count();
        piece.row = count();
        piece.block = count();
        piece.opens = count();
        piece.closes = count();
        piece.begins = count();
        piece.ends = count();
        tile_piece_words(&piece, words);
        for (unsigned n = 0; n < TILE_PIECE_HOST_WORDS; n++)
            printf("%" PRIu32 " ", words[n]);
    }
    printf("%" PRIu32 " ", tile_piece_index(4, 2));
    printf("%" PRIu32 " ", tile_pe_index(2, TILE_PE_SCALES + 5));
    printf("%" PRIu32 " ", tile_scale_index(2, 7));
    printf("%" PRIu32 " ", tile_log_index(3, TILE_EVENT_WORDS_READ));
    return 0;
}
"""


@pytest.fixture(scope="module", params=["gcc", "g++"])
def compiler(request):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} was not found in PATH")
    language = ["-std=c99"] if request.param == "gcc" else ["-std=c++11"]
    return [request.param, *language, "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic"]


def output(chip, numbers, compiler, folder):
    (folder / "tile.h").write_text(tile_header(chip))
    name = "program.c" if compiler[0] == "gcc" else "program.cpp"
    (folder / name).write_text(PROGRAM)
    subprocess.run([*compiler, name, "-o", "program"], cwd=folder, check=True, timeout=60)
    done = subprocess.run(
        ["./program"],
        cwd=folder,
        input=" ".join(map(str, numbers)),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return [int(word) for word in done.stdout.split()]


def extremes(name, bits):
    low = -(2 ** (bits - 1)) if name in ("offset", "x") else 0
    return low, low + 2**bits - 1


def test_words_and_indices_are_those_of_the_encoders(tile_chip, compiler, tmp_path):
    chip, rng = tile_chip(), random.Random(3)
    values = (0, 1, -1, 2**21 - 1, -(2**21), *(rng.randrange(-(2**21), 2**21) for _ in range(20)))
    instructions = [
        *(Instruction(opcode=Opcode.ADD, setting=Setting.ZERO, immediate=one) for one in values),
        *(Instruction(opcode=Opcode.SET, setting=one, immediate=-7) for one in Setting),
        *(Instruction(opcode=one) for one in Opcode if one > Opcode.ADD),
        *(Instruction(opcode=Opcode.RUN, immediate=one) for one in Kind),
    ]
    ranges = {name: extremes(name, bits) for name, bits in PIECE_FIELDS.items()}
    fields = [
        {name: low for name, (low, _) in ranges.items()},
        {name: high for name, (_, high) in ranges.items()},
        *({name: rng.randint(*both) for name, both in ranges.items()} for _ in range(30)),
        *(
            dict.fromkeys(PIECE_FIELDS, 0) | {name: 1 << bit}
            for name, (_, high) in ranges.items()
            for bit in range(high.bit_length())
        ),
    ]
    numbers = [len(instructions)]
    for one in instructions:
        numbers += [int(one.opcode), int(one.setting or 0), one.immediate]
    numbers.append(len(fields))
    for one in fields:
        numbers += one.values()

    expected = [one.encode() for one in instructions]
    for one in fields:
        word = Piece(**one).encode()
        expected += [word >> 32 * n & 0xFFFFFFFF for n in range(3)]
    last = PeConfiguration(
        layer=0, copy=0, first_block=0, macros=1, chained=0, ends=1, scales=[Scale(1, 1)] * 3
    )
    accesses = load_accesses(
        chip.tile_spec(),
        program=[0],
        pieces=[Piece(**fields[0])] * 5,
        pes={2: last},
        scales=[[Scale(1, 1)] * 8] * 3,
    )
    ends = {one.region: one.index for one in accesses}  # the last of each region
    expected += [
        ends[Region.PIECES],
        ends[Region.PES],
        ends[Region.SCALES] - 1,  # the last is the bias
        8 * 3 + 6,  # by hand
    ]
    assert output(chip, numbers, compiler, tmp_path) == expected


def defines(text):
    lines = [line.split() for line in text.splitlines() if line.startswith("#define TILE_")]
    assert len({line[1] for line in lines}) == len(lines)
    return {name.removeprefix("TILE_"): int(value) for _, name, value in lines}


def test_numbers_are_those_of_the_contract(tile_chip):
    chip = tile_chip()
    numbers = defines(tile_header(chip))
    tile = chip.tile_spec()
    groups = {
        "REGION": Region,
        "CONTROL": Control,
        "STATUS": Status,
        "EVENT": Event,
        "PE": PeWord,
        "OPCODE": Opcode,
        "KIND": Kind,
        "SETTING": Setting,
    }
    for group, names in groups.items():
        for one in names:
            assert numbers.pop(f"{group}_{one.name}") == one
    assert numbers == {
        "WORD": 8,
        "BLOCK": 3,
        "INPUT_BITS": 8,
        "PE_INDEX_BITS": pe_index_bits(tile),
        "LOG_WORDS": 8,
        "ANSWER_CYCLES": 2,
        "IMMEDIATE_BITS": 22,
        "LOOP_DEPTH": 2,
        "PIECE_HOST_WORDS": 3,
        "MACROS_PER_PE": 2,
        "PES": 3,
        "ACTIVATIONS": 64,
        "PIECES": 5,
        "PROGRAM_WORDS": 12,
        "SCALES": 3,
        "MARKS": 4,
    }


def test_chip_without_tile(tile_chip):
    chip = tile_chip().model_copy(update={"tile": None})
    message = r"^Chip 'rram_taox_32nm' must have a table 'tile' to run a network$"
    with pytest.raises(ValueError, match=message):
        tile_header(chip)


def test_header_names_the_chip(tile_chip):
    assert "Tile of chip rram_taox_32nm:" in tile_header(tile_chip())
