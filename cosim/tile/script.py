"""What the host of a tile does to run a network on images."""

from collections.abc import Iterator, Sequence

import numpy as np

from cosim.tile.memory import addresses
from firmware.driver import Access, PeConfiguration, Scale, load_accesses
from hw_spec.host import LOG_WORDS, Control, Region
from network.compiled import Compiled, Pe

START = Access(Region.CONTROL, Control.COMMAND, 1)


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
