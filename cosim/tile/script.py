"""What the host of a tile does to run a network on images."""

from collections.abc import Iterator, Sequence

import numpy as np

from cosim.native.tile import Action
from cosim.tile.memory import addresses
from firmware.driver import Access, PeConfiguration, Scale, load_accesses
from hw_spec.host import LOG_WORDS, Control, Region
from network.compiled import Compiled, Pe

START = Access(Region.CONTROL, Control.COMMAND, 1)


def host_script(compiled: Compiled, images: np.ndarray) -> np.ndarray:
    """Return all that the host does to run images, one after the other.

    It loads the network; then, for each image, writes it, starts the program, waits for its end,
    and reads the output and the event counters.

    Returns
    -------
    ndarray of uint32, shape (actions, 4)
        Rows of action, region, index, data; see :class:`cosim.native.tile.Action`.
    """
    rows = _rows(loading(compiled))
    after = _rows([*output_reads(compiled), *log_reads(compiled)])
    start = [*_rows([START]), (Action.AWAIT, 0, 0, 0)]
    for image in images:
        rows += [*_rows(image_writes(compiled, image)), *start, *after]
    return np.array(rows, dtype=np.uint32)


def _rows(accesses: Sequence[Access]) -> list[tuple[int, int, int, int]]:
    return [
        (Action.READ, one.region, one.index, 0)
        if one.data is None
        else (Action.WRITE, one.region, one.index, one.data)
        for one in accesses
    ]


def loading(compiled: Compiled) -> list[Access]:
    """Return the accesses that load a network, its weights apart, which lie in the arrays."""
    return load_accesses(
        compiled.tile,
        program=[word.encode() for word in compiled.program],
        pieces=compiled.pieces,
        pes={number: _configuration(pe) for number, pe in enumerate(compiled.pes)},
        scales=[
            _scales(multipliers, biases)
            for multipliers, biases in zip(compiled.multipliers, compiled.biases, strict=True)
        ],
    )


def image_writes(compiled: Compiled, image: np.ndarray) -> list[Access]:
    """Return the accesses that write an image; unsigned, shape (height, width, channels)."""
    places = addresses(compiled.input).ravel().tolist()
    values = image.ravel().tolist()
    return [
        Access(Region.ACTIVATIONS, place, value)
        for place, value in zip(places, values, strict=True)
    ]


def output_reads(compiled: Compiled) -> list[Access]:
    """Return the accesses that read the output, in the order of its activations."""
    return [Access(Region.ACTIVATIONS, place) for place in addresses(compiled.output).ravel()]


def log_reads(compiled: Compiled) -> list[Access]:
    """Return the accesses that read the event counters after each step."""
    return [Access(Region.LOG, word) for word in range(LOG_WORDS * len(compiled.steps))]


def _configuration(pe: Pe) -> PeConfiguration:
    return PeConfiguration(
        layer=pe.layer,
        copy=pe.copy,
        first_block=pe.first_block,
        macros=pe.macros,
        chained=pe.chained,
        ends=pe.ends,
        scales=_scales(pe.multipliers, pe.biases),
    )


def _scales(multipliers: np.ndarray, biases: np.ndarray) -> list[Scale]:
    pairs: Iterator[Sequence[int]] = zip(multipliers.tolist(), biases.tolist(), strict=True)
    return [Scale(multiplier, bias) for multiplier, bias in pairs]
