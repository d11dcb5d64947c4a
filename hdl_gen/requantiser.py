"""Requantiser: sums to activations."""

from amaranth import Module, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl_gen.rounded_shift import RoundedShift
from hdl_gen.unreset import unreset
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, SHIFT_BITS, TileSpec

__all__ = ["Requantiser"]


class Requantiser(wiring.Component):
    """Makes unsigned activations of signed sums, as :func:`hw_spec.numbers.requantise` does.

    Timing
    ------
    One beat per cycle; its activations are valid ``LATENCY`` cycles later. Each step holds its
    values until the next beat.

    Parameters
    ----------
    tile : TileSpec
        Formats.

    Members
    -------
    valid : In(1)
        A beat of sums is offered.
    sums : In(ArrayLayout(signed(sum_bits), sums_per_beat))
        Sums.
    biases, multipliers : In
        Constants of the outputs of the beat, as arrays: signed 32 and unsigned 16 bits.
    shift : In(SHIFT_BITS)
        Right shift. Must not change while a beat is under way.
    zero : In(input_bits)
        Activation that stands for zero. Must not change while a beat is under way.
    activations_valid : Out(1)
        The activations of a beat are new.
    activations : Out(ArrayLayout(unsigned(input_bits), sums_per_beat))
        Activations.
    """

    LATENCY = 3

    def __init__(self, tile: TileSpec):
        self.tile = tile
        lanes = tile.sums_per_beat
        members = {
            "valid": In(1),
            "sums": In(data.ArrayLayout(signed(tile.sum_bits), lanes)),
            "biases": In(data.ArrayLayout(signed(BIAS_BITS), lanes)),
            "multipliers": In(data.ArrayLayout(unsigned(MULTIPLIER_BITS), lanes)),
            "shift": In(SHIFT_BITS),
            "zero": In(tile.macro.input_bits),
            "activations_valid": Out(1),
            "activations": Out(data.ArrayLayout(unsigned(tile.macro.input_bits), lanes)),
        }
        super().__init__(members)
        # Nothing reads data before it is written, so it needs no reset.
        unreset(self, "activations")

    def elaborate(self, platform):
        m = Module()
        tile, lanes = self.tile, range(self.tile.sums_per_beat)

        # Cycle 1: add the bias.
        biased_valid = Signal()
        biased_layout = data.ArrayLayout(signed(tile.biased_bits), len(lanes))
        biased = Signal(biased_layout, reset_less=True)
        multipliers = Signal.like(self.multipliers, reset_less=True)
        m.d.sync += biased_valid.eq(self.valid)
        with m.If(self.valid):
            m.d.sync += multipliers.eq(self.multipliers)
            for lane in lanes:
                m.d.sync += biased[lane].eq(self.sums[lane] + self.biases[lane])

        # Cycle 2: scale.
        scaled_valid = Signal()
        scaled_layout = data.ArrayLayout(signed(tile.scaled_bits), len(lanes))
        scaled = Signal(scaled_layout, reset_less=True)
        m.d.sync += scaled_valid.eq(biased_valid)
        with m.If(biased_valid):
            for lane in lanes:
                m.d.sync += scaled[lane].eq(biased[lane] * multipliers[lane])

        # Cycle 3: shift and saturate.
        m.d.sync += self.activations_valid.eq(scaled_valid)
        for n in lanes:
            m.submodules[f"lane_{n}"] = lane = RoundedShift(tile.scaled_bits, tile.macro.input_bits)
            m.d.comb += [
                lane.value.eq(scaled[n]),
                lane.shift.eq(self.shift),
                lane.zero.eq(self.zero),
            ]
            with m.If(scaled_valid):
                m.d.sync += self.activations[n].eq(lane.activation)

        return m
