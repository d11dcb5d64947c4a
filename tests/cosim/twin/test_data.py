import numpy as np

from cosim.twin.data import Register


def test_register_counts_the_bits_that_change_across_chunks():
    register = Register(2)
    register.take(np.array([[1, 0], [2, 255]], np.uint8))
    register.take(np.array([[2, 254]], np.uint8))
    # by hand: 0 to 1 to 2 to 2; 0 to 0 to 255 to 254
    assert register.counts.tolist() == [1 + 2 + 0, 0 + 8 + 1]
    assert register.toggles == 12
