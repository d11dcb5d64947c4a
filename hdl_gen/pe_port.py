"""Ports of a processing element."""

from amaranth import signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw_spec.host import BLOCK_BITS, COPY_BITS, DATA_BITS, LAYER_BITS, pe_index_bits
from hw_spec.macro import MacroSpec
from hw_spec.tile import POOL_BITS, SHIFT_BITS, TileSpec

__all__ = ["chain_signature", "pe_signature", "psum_signature", "word_signature"]


def pe_signature(tile: TileSpec) -> wiring.Signature:
    """Return what lies between core and PE, as the PE sees it.

    Static while an operation runs: ``layer`` that takes part, ``shift`` and ``zero`` of the
    requantiser, ``pool``, the vectors of a pooling window.

    Words of a vector: ``word`` with its ``word_block`` and ``word_copy`` is taken in the cycle in
    which ``word_valid`` is high. ``complete`` is high from the cycle after the last word of a
    vector was taken to the one in which the first PEs of all chains start it. Until then, words may
    be sent only while all ``ready`` are high.

    Configuration: ``config_data`` is written to ``config_index`` of the PEs with ``config_select``
    while ``config_valid``; only while no operation runs.

    From the PE: ``active``, it takes part in the operation, and must see words. ``ready``, it takes
    words of the next vector; ``begins``, it starts a vector in this cycle; ``converting``, it
    converts one. Only active first PEs of a chain tell these three; the others are ready and
    otherwise silent. ``finished``: in this cycle, the held results of a pooling window are new.
    ``result``: the held results if ``select``, else 0.
    """
    return wiring.Signature(
        {
            "layer": In(LAYER_BITS),
            "shift": In(SHIFT_BITS),
            "zero": In(tile.macro.input_bits),
            "pool": In(POOL_BITS),
            "word": In(tile.word_bits),
            "word_valid": In(1),
            "word_block": In(BLOCK_BITS),
            "word_copy": In(COPY_BITS),
            "complete": In(1),
            "config_valid": In(1),
            "config_select": In(1),
            "config_index": In(pe_index_bits(tile)),
            "config_data": In(DATA_BITS),
            "select": In(1),
            "active": Out(1),
            "ready": Out(1),
            "begins": Out(1),
            "converting": Out(1),
            "finished": Out(1),
            "result": Out(tile.block * tile.macro.input_bits),
        }
    )


def chain_signature(tile: TileSpec) -> wiring.Signature:
    """Return what a PE gives to the next one, as the giver sees it.

    ``complete``: the next PE may start its vector. ``sums``: those of the chain up to here. They
    come a cycle before those of the next PE, which started a cycle later.
    """
    sums = data.ArrayLayout(signed(tile.sum_bits), tile.sums_per_beat)
    return wiring.Signature({"complete": Out(1), "sums": Out(sums)})


def word_signature(spec: MacroSpec) -> wiring.Signature:
    """Return the stream of vectors to a macro that takes one in a beat."""
    return stream.Signature(data.ArrayLayout(unsigned(spec.input_bits), spec.rows))


def psum_signature(tile: TileSpec) -> wiring.Signature:
    """Return the stream of psums from a macro."""
    return stream.Signature(data.ArrayLayout(signed(tile.macro.psum_bits), tile.sums_per_beat))
