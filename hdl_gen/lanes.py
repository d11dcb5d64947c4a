"""Words of equal lanes: masks and rotation."""

from amaranth import Cat, Module, Mux, Signal, Value

__all__ = ["below", "rotated", "spread"]


def below(m: Module, count: Value, lanes: int) -> Signal:
    """Return a mask, a bit per lane: lane n is below ``count``."""
    mask = Signal(lanes, name="below")
    m.d.comb += mask.eq(Cat(count > lane for lane in range(lanes)))
    return mask


def spread(m: Module, mask: Value, bits: int) -> Value:
    """Return a mask with each bit repeated ``bits`` times: a lane's bit for all of its bits."""
    # A signal, because an expression would be generated anew for each of its bits.
    lanes = Signal(len(mask), name="lanes")
    m.d.comb += lanes.eq(mask)
    return Cat(bit.replicate(bits) for bit in lanes)


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
