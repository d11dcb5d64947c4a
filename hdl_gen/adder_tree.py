"""Sum of many terms as a balanced tree."""

from collections.abc import Sequence

from amaranth import Value

__all__ = ["adder_tree"]


def adder_tree(terms: Sequence[Value]) -> Value:
    """Return the sum of one or more terms, no carry lost, as deep as the logarithm of their number.

    A chain of as many adders would be as deep as their number, in hardware and in the generator.
    """
    terms = list(terms)
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(terms) & ~1 :]
    return terms[0]
