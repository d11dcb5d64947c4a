"""A tile in plain numpy, written from the contract: it executes what the compiler writes."""

import numpy as np
import pytest

from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.numbers import requantise, saturate_unsigned, shift_right_rounded
from hw_spec.program import Kind, Opcode, Setting
from hw_spec.tile import TileSpec, TileTable


def make_tile(rows=8, columns=8, macro=None, **table):
    """Return a tile of macros with 8-bit weights in two cells of 4 bits."""
    spec = {
        "rows": rows,
        "columns": columns,
        "parallel_rows": rows,
        "columns_per_adc": columns,
        "cell_bits": 4,
        "input_bits": 8,
        "weight_bits": 8,
        "reference_level": 8,
        "adc": AdcSpec(bits=8, step=1, zero_code=0),
        "beat_rows": rows,
        **(macro or {}),
    }
    sizes = {
        "macros_per_pe": 3,
        "pes": 1024,
        "activations": 2**14,
        "pieces": 2**14,
        "program_words": 2**14,
        "scales": 2**11,
        "marks": 2**10,
    }
    return TileSpec(macro=MacroSpec(**spec), table=TileTable(**sizes | table))


def _positions(regs):
    """Return address, x and y of all positions, by four counters as the contract tells."""
    loops = ("ROW", "COLUMN", "WINDOW_ROW", "WINDOW_COLUMN")
    names = ("ROWS", "COLUMNS", "WINDOW_ROWS", "WINDOW_COLUMNS")
    counts = [regs[Setting[f"COUNT_{name}"]] for name in names]
    steps = [[regs[Setting[f"{loop}_{axis}"]] for axis in ("ADDRESS", "X", "Y")] for loop in loops]
    place = np.array([regs[name] for name in (Setting.ADDRESS, Setting.X, Setting.Y)])
    counters, places = [0, 0, 0, 0], []
    while True:
        places.append(place.copy())
        for loop in (3, 2, 1, 0):
            if counters[loop] + 1 < counts[loop]:
                counters[loop] += 1
                counters[loop + 1 :] = [0] * (3 - loop)
                place += steps[loop]
                break
        else:
            return np.array(places)


def _words(memory, pieces, regs, places, copy, word):
    """Yield each word of a list of pieces: its last piece, what it holds, what was read."""
    now = np.zeros((len(places), word), np.int64)
    address, x, y = (
        places + copy * np.array([regs[Setting.COPY_ADDRESS], 0, regs[Setting.COPY_Y]])
    ).T
    open_word = False
    for piece in pieces:
        if piece.opens:
            now, open_word = np.zeros_like(now), True
        lanes = np.arange(piece.length)
        across = x[:, None] + piece.x + lanes
        down = y[:, None] + piece.y
        inside = (across >= 0) & (across < regs[Setting.LINE])
        inside &= (down >= 0) & (down < regs[Setting.HEIGHT])
        read = address[:, None] + piece.offset + lanes
        assert not piece.length or open_word
        assert ((read >= 0) & (read < len(memory)) | ~inside).all()
        values = np.where(inside, memory[read % len(memory)], regs[Setting.PAD])
        now[:, piece.row : piece.row + piece.length] = values
        if piece.closes:
            yield piece, now.copy(), read[inside]
            open_word = False
    assert not open_word


def _window(regs):
    return regs[Setting.COUNT_WINDOW_ROWS] * regs[Setting.COUNT_WINDOW_COLUMNS]


def _matrix(compiled, regs, words):
    """Return the results of each chain end: PE number to activations, one row per pixel."""
    results, sums = {}, None
    for number, pe in enumerate(compiled.pes):
        if pe.layer != regs[Setting.LAYER]:
            continue
        assert pe.macros <= compiled.tile.table.macros_per_pe
        sums = sums if pe.chained else 0
        for macro in range(pe.macros):
            # Products of doubles are exact here, and fast.
            weights = compiled.weights(number, macro).astype(np.float64)
            inputs = words[pe.copy, pe.first_block + macro]
            assert not inputs[:, len(weights) :].any()
            psums = np.zeros((len(inputs), compiled.tile.block), np.int64)
            psums[:, : weights.shape[1]] = inputs[:, : len(weights)].astype(np.float64) @ weights
            sums = sums + psums
        if pe.ends:
            done = requantise(
                sums,
                bias=pe.biases.astype(np.int64),
                multiplier=pe.multipliers.astype(np.int64),
                shift=regs[Setting.SHIFT],
                bits=compiled.tile.macro.input_bits,
                zero=regs[Setting.ZERO],
            )
            results[number] = done.reshape(-1, _window(regs), done.shape[1]).max(axis=1)
    return results


def _vector(compiled, kind, regs, words):
    """Return what the vector unit gives: a list of words, one row per position."""
    done, total = [], None
    for piece, word in words:
        if kind is Kind.SUM:
            bias = compiled.biases[piece.block].astype(np.int64)
            value = word * compiled.multipliers[piece.block] + (bias if piece.begins else total)
        else:
            value = word if piece.begins else np.maximum(total, word)
        total = value
        assert (np.abs(total) < 2**39).all()
        if piece.ends:
            rounded = shift_right_rounded(total, regs[Setting.SHIFT])
            done.append(saturate_unsigned(rounded, compiled.tile.macro.input_bits))
    return done


def _write(memory, regs, copy, blocks, size):
    """Write blocks of all pixels of a copy; return the addresses."""
    written = [np.array([], int)]  # a copy may have no row at all
    for number, block in enumerate(blocks):
        last = number == regs[Setting.BLOCKS] - 1
        length = regs[Setting.LAST_LENGTH] if last else size
        for pixel, values in enumerate(block):
            row = pixel // regs[Setting.COUNT_COLUMNS] + copy * regs[Setting.COUNT_ROWS]
            if row >= regs[Setting.OUT_ROWS]:
                continue
            first = regs[Setting.OUT_ADDRESS] + pixel * regs[Setting.OUT_STEP]
            first += copy * regs[Setting.OUT_COPY] + number * size
            assert first >= 0
            assert first + length <= len(memory)
            memory[first : first + length] = values[:length]
            written.append(np.arange(first, first + length))
    return np.concatenate(written)


def _run(compiled, memory, kind, regs):
    first = regs[Setting.FIRST_PIECE]
    pieces = compiled.pieces[first : first + regs[Setting.PIECES]]
    places, copies = _positions(regs), range(regs[Setting.COPIES])
    tile, read, words, ordered = compiled.tile, [], {}, []
    for copy in copies:
        for piece, word, addresses in _words(memory, pieces, regs, places, copy, tile.word):
            read.append(addresses)
            ordered.append((piece, word))
            words[copy, piece.block] = word
    if kind is Kind.MATRIX:  # each word once, row blocks in rising order
        assert list(words) == sorted(words)
        assert len(words) == len(ordered)
    written = []
    if kind is Kind.MATRIX:
        results = _matrix(compiled, regs, words)
        blocks, chain = range(regs[Setting.BLOCKS]), regs[Setting.CHAIN]
        for copy in copies:
            ends = [regs[Setting.FIRST_END] + (copy * len(blocks) + j) * chain for j in blocks]
            outs = [results[end] for end in ends]
            written.append(_write(memory, regs, copy, outs, tile.block))
        assert len(results) == len(blocks) * len(copies)
    else:
        outs = _vector(compiled, kind, regs, ordered)
        assert len(outs) == regs[Setting.BLOCKS]
        written.append(_write(memory, regs, 0, outs, tile.word))
    assert not np.intersect1d(np.concatenate(read), np.concatenate(written)).size
    return len(places)


def _tensor(memory, layout):
    pixels = layout.address + np.arange(layout.height * layout.width) * layout.pitch
    values = memory[pixels[:, None] + np.arange(layout.channels)]
    return values.reshape(layout.height, layout.width, layout.channels)


def interpret(compiled, image):
    """Return what each operation of a compiled network left in the memory, by its name."""
    rng = np.random.default_rng(1)  # whatever lay in the memory before
    memory = rng.integers(0, 2**compiled.tile.macro.input_bits, compiled.tile.table.activations)
    layout = compiled.input
    pixels = layout.address + np.arange(layout.height * layout.width) * layout.pitch
    memory[pixels[:, None] + np.arange(layout.channels)] = image.reshape(-1, layout.channels)
    regs, tensors, steps, running = {}, {}, iter(compiled.steps), False
    for word in compiled.program:
        match word.opcode:
            case Opcode.SET:
                assert not running
                regs[word.setting] = word.immediate
            case Opcode.RUN:
                step, running = next(steps), True
                assert step.kind == word.immediate
                assert _run(compiled, memory, step.kind, regs) == step.positions
                tensors[step.name] = _tensor(memory, step.output)
            case Opcode.WAIT:
                running = False
            case _:
                assert word.opcode in (Opcode.MARK, Opcode.HALT)
    assert next(steps, None) is None
    tensors["output"] = _tensor(memory, compiled.output)
    return tensors


@pytest.fixture(scope="session", name="make_tile")
def make_tile_fixture():
    return make_tile


@pytest.fixture(scope="session", name="interpret")
def interpret_fixture():
    return interpret


@pytest.fixture(scope="session")
def positions_of():
    return _positions
