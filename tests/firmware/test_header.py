import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.header import macro_header
from hw_spec.chip import read_chip
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.port import (
    pack,
    psum_beats,
    psums_per_beat,
    row_beats,
    rows_per_beat,
    status_fields,
    unpack,
    unpack_status,
)

CHIPS = Path(__file__).parents[2] / "chips"
TAOX = read_chip(CHIPS / "rram_taox_32nm.toml")

# Puts the inputs of one vector into beats and takes the psums of one vector out of theirs.
PROGRAM = """\
#include <inttypes.h>
#include <stdio.h>
#include "macro.h"
#include "macro.h" /* a header is included more than once in real programs */

static uint32_t word(void)
{
    uint32_t value = 0;
    if (scanf("%" SCNu32, &value) != 1)
        puts("input ends too soon");
    return value;
}

int main(void)
{
    for (unsigned n = 0; n < MACRO_ROW_BEATS; n++) {
        uint32_t beat[MACRO_ROW_BEAT_WORDS] = {0};
        for (unsigned field = 0; field < MACRO_ROWS_PER_BEAT; field++)
            macro_put_input(beat, field, word());
        for (unsigned k = 0; k < MACRO_ROW_BEAT_WORDS; k++)
            printf("%" PRIu32 " ", beat[k]);
    }
    for (unsigned n = 0; n < MACRO_PSUM_BEATS; n++) {
        uint32_t beat[MACRO_PSUM_BEAT_WORDS];
        for (unsigned k = 0; k < MACRO_PSUM_BEAT_WORDS; k++)
            beat[k] = word();
        for (unsigned field = 0; field < MACRO_PSUMS_PER_BEAT; field++)
            printf("%" PRId64 " ", macro_get_psum(beat, field));
    }
    return 0;
}
"""


def macro(*, adc_bits=8, step=1, zero_code=0, conversion_cycles=1, **changed):
    fields = {
        "rows": 100,
        "columns": 8,
        "parallel_rows": 100,
        "columns_per_adc": 1,
        "cell_bits": 4,
        "input_bits": 7,
        "weight_bits": 4,
        "reference_level": 8,
    }
    adc = AdcSpec(
        bits=adc_bits, step=step, zero_code=zero_code, conversion_cycles=conversion_cycles
    )
    return MacroSpec(**fields | changed, adc=adc)


# Widths of a row beat and of a psum beat, in fields times bits, stand behind each.
SPECS = {
    "taox": TAOX.macro,
    "intel": read_chip(CHIPS / "rram_intel_32nm.toml").macro,
    "inputs of 7 bits straddle words": macro(),  # 15 * 7, 2 * 23
    "inputs of 13 bits straddle words": macro(input_bits=13),  # 8 * 13, 1 * 29
    "inputs of 16 bits fill words": macro(rows=1024, input_bits=16),
    "inputs of 1 bit": macro(rows=37, parallel_rows=37, input_bits=1),  # 37 * 1, 8 * 14
    "one beat of one row": macro(rows=1, parallel_rows=1, columns=2, weight_bits=8),
    "last beat is not full": macro(rows=101, columns=6),
    "psums are wider than a word": macro(
        input_bits=3, columns=32, adc_bits=16, step=4096, zero_code=40000, weight_bits=16
    ),
    "psums of 32 bits": macro(input_bits=3, adc_bits=16, step=256, zero_code=1, weight_bits=8),
    "psums of 63 bits": macro(
        rows=1024,
        parallel_rows=1,
        input_bits=16,
        adc_bits=16,
        step=4096,
        cell_bits=8,
        weight_bits=16,
        zero_code=32768,
    ),
    "many status bits": macro(
        rows=1000, parallel_rows=3, columns=512, columns_per_adc=512, conversion_cycles=3
    ),
}
specs = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


@pytest.fixture(scope="module")
def compiler():
    if shutil.which("gcc"):
        return ["gcc"]
    if shutil.which("g++"):
        return ["g++", "-x", "c"]
    pytest.skip("neither gcc nor g++ was found in PATH")


def header(spec):
    return macro_header(TAOX.model_copy(update={"macro": spec}))


def compiled(source, spec, compiler, folder, *flags):
    (folder / "macro.h").write_text(header(spec))
    (folder / "main.c").write_text(source)
    strict = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1"]
    done = subprocess.run(
        [*compiler, *strict, *flags, "main.c", "-o", "main"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "main"


def output(program, words=()):
    done = subprocess.run(
        [program],
        input=" ".join(map(str, words)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def words_of(beat, bits):
    return unpack(beat, 32, -(-bits // 32))


def sliced(values, size):
    return [values[first : first + size] for first in range(0, len(values), size)]


def beats_of(spec):
    """Return what the program reads for one vector, and what it should print."""
    draw = random.Random(1)
    top, half = 2**spec.input_bits - 1, 2 ** (spec.psum_bits - 1)
    count = row_beats(spec) * rows_per_beat(spec)
    inputs = [draw.choice([0, top, draw.randint(0, top)]) for _ in range(count)]
    count = psum_beats(spec) * psums_per_beat(spec)
    psums = [draw.choice([-half, half - 1, -1, draw.randrange(half)]) for _ in range(count)]

    row_words, psum_words = [], []
    for beat in sliced(inputs, rows_per_beat(spec)):
        row_words += words_of(pack(beat, spec.input_bits), len(beat) * spec.input_bits)
    for beat in sliced(psums, psums_per_beat(spec)):
        psum_words += words_of(pack(beat, spec.psum_bits), len(beat) * spec.psum_bits)
    return inputs + psum_words, [str(number) for number in row_words + psums]


@specs
def test_packed_beats_and_unpacked_psums_equal_those_of_the_port(spec, compiler, tmp_path):
    words, expected = beats_of(spec)
    assert output(compiled(PROGRAM, spec, compiler, tmp_path), words) == expected


@pytest.fixture(scope="module")
def checked(compiler, tmp_path_factory):
    """Return the flags that stop a program at accesses out of bounds and at shifts out of range."""
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    folder = tmp_path_factory.mktemp("probe")
    (folder / "probe.c").write_text("int main(void) { return 0; }")
    command = [*compiler, *flags, "probe.c", "-o", "probe"]
    for step in (command, ["./probe"]):
        done = subprocess.run(step, cwd=folder, capture_output=True, timeout=60, check=False)
        if done.returncode:
            pytest.skip(f"{compiler[0]} has no sanitizers here: {done.stderr.decode()}")
    return flags


@pytest.mark.parametrize("name", ["inputs of 16 bits fill words", "psums of 63 bits"])
def test_no_word_beyond_a_beat_is_touched(name, compiler, checked, tmp_path):
    words, expected = beats_of(SPECS[name])
    assert output(compiled(PROGRAM, SPECS[name], compiler, tmp_path, *checked), words) == expected


def test_cases_are_as_awkward_as_their_names_say():
    assert SPECS["psums are wider than a word"].psum_bits > 32
    assert psums_per_beat(SPECS["psums are wider than a word"]) > 1
    assert SPECS["psums of 32 bits"].psum_bits == 32
    assert SPECS["psums of 63 bits"].psum_bits == 63  # the widest a macro may have
    for name in ("inputs of 7 bits straddle words", "inputs of 13 bits straddle words"):
        assert rows_per_beat(SPECS[name]) * SPECS[name].input_bits > 64
    assert SPECS["last beat is not full"].rows % rows_per_beat(SPECS["last beat is not full"])


def defines(text):
    lines = [line.split() for line in text.splitlines() if line.startswith("#define MACRO_")]
    return {name.removeprefix("MACRO_"): int(value) for _, name, value in lines}


def test_numbers_of_the_taox_macro():
    adc = AdcSpec(bits=5, step=3, zero_code=19)
    spec = TAOX.macro.model_copy(update={"adc": adc})
    # by hand: 8 bit planes of 8 conversions take 64 cycles, in which 128 rows and 64 outputs pass
    assert defines(header(spec)) == {
        "ROWS": 128,
        "OUTPUTS": 64,
        "INPUT_BITS": 8,
        "ROWS_PER_BEAT": 2,
        "ROW_BEATS": 64,
        "ROW_BEAT_WORDS": 1,
        # by hand: codes mean -57 to 36, times 255 of planes and 17 of slices; the correction adds
        # (8 * 17 - 128) * 128 * 255 at most: -247095 to 417180
        "PSUM_BITS": 20,
        "PSUMS_PER_BEAT": 1,
        "PSUM_BEATS": 64,
        "PSUM_BEAT_WORDS": 1,
        "CYCLES_PER_VECTOR": 64,
        "STATUS_LOADED_SHIFT": 0,
        "STATUS_LOADED_MASK": 1,
        "STATUS_CONVERTING_SHIFT": 1,
        "STATUS_CONVERTING_MASK": 1,
        "STATUS_FINISHED_SHIFT": 2,
        "STATUS_FINISHED_MASK": 1,
        "STATUS_DRAINING_SHIFT": 3,
        "STATUS_DRAINING_MASK": 1,
        "STATUS_PLANE_SHIFT": 4,
        "STATUS_PLANE_MASK": 7,
        "STATUS_GROUP_SHIFT": 7,
        "STATUS_GROUP_MASK": 1,
        "STATUS_COLUMN_SHIFT": 8,
        "STATUS_COLUMN_MASK": 7,
    }


@specs
def test_numbers_are_those_of_the_port(spec):
    numbers = defines(header(spec))
    assert numbers["ROWS"] == spec.rows
    assert numbers["OUTPUTS"] == spec.outputs
    assert numbers["INPUT_BITS"] == spec.input_bits
    assert numbers["ROWS_PER_BEAT"] == rows_per_beat(spec)
    assert numbers["ROW_BEATS"] == row_beats(spec)
    assert numbers["PSUM_BITS"] == spec.psum_bits
    assert numbers["PSUMS_PER_BEAT"] == psums_per_beat(spec)
    assert numbers["PSUM_BEATS"] == psum_beats(spec)
    assert numbers["CYCLES_PER_VECTOR"] == spec.cycles_per_vector
    for fields, bits, words in [
        ("ROWS_PER_BEAT", "INPUT_BITS", "ROW_BEAT_WORDS"),
        ("PSUMS_PER_BEAT", "PSUM_BITS", "PSUM_BEAT_WORDS"),
    ]:
        room = 32 * numbers[words]
        assert room - 32 < numbers[fields] * numbers[bits] <= room


@specs
def test_status_fields_are_those_of_the_port(spec):
    numbers = defines(header(spec))
    word = random.Random(2).getrandbits(sum(status_fields(spec).values()))
    for status in (word, ~word & (1 << word.bit_length()) - 1):
        fields = {}
        for name in status_fields(spec):
            shift, mask = (numbers[f"STATUS_{name.upper()}_{end}"] for end in ("SHIFT", "MASK"))
            fields[name] = status >> shift & mask
        assert fields == unpack_status(spec, status)


def test_header_names_the_chip():
    assert "Macro of chip rram_taox_32nm:" in macro_header(TAOX)


def test_header_is_the_same_in_every_process():
    path = str(CHIPS / "rram_taox_32nm.toml")
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from firmware.header import macro_header\n"
        "from hw_spec.chip import read_chip\n"
        "sys.stdout.buffer.write(macro_header(read_chip(Path(sys.argv[1]))).encode())\n"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script, path],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == macro_header(TAOX).encode("ascii")
