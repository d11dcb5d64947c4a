"""Words of equal lanes: masks and rotation."""

from amaranth import Cat, Module, Mux, Signal, Value

__all__ = ["below", "rotated", "spread"]


def below(count: Value, lanes: int) -> Value:
    """Return a mask, a bit per lane: lane n is below ``count``."""
    return Cat(count > lane for lane in range(lanes))


def spread(mask: Value, bits: int) -> Value:
    """Return a mask with each bit repeated ``bits`` times: a lane's bit for all of its bits."""
    return Cat(bit.replicate(bits) for bit in mask)


def rotated(m: Module, word: Value, amount: Value, bits: int) -> Value:
    """Return a word whose lane n is lane n + ``amount``, modulo their number, of ``word``.

    Combinational: one level of multiplexers per bit of ``amount``.

    Parameters
    ----------
    m : Module
        Module the multiplexers are added to.
    word : Value
        Lanes of ``bits`` each; their number is a power of two.
    amount : Value
        Unsigned, below the number of lanes.
    bits : int
        Width of a lane.
    """
    for level, bit in enumerate(amount):
        turned = Signal(len(word), name=f"turned_{level}")
        m.d.comb += turned.eq(Mux(bit, word.rotate_right(bits << level), word))
        word = turned
    return word
