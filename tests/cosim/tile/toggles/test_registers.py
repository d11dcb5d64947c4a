import numpy as np
import pytest

from cosim.tile.toggles.registers import Registers, bits, changes, counted

IMAGES = 3


def toggles_of(values):
    """Toggles of a register that goes through values, by strings of bits."""
    pairs = zip([0, *values], values, strict=False)
    return sum(bin(before ^ after).count("1") for before, after in pairs)


def drawn(rng, images, values, fields):
    return rng.integers(0, 256, (images, values, fields), dtype=np.uint8)


@pytest.mark.parametrize("shapes", [(IMAGES, IMAGES), (1, 1), (1, IMAGES), (IMAGES, 1)])
def test_registers_hold_from_step_to_step_and_from_image_to_image(shapes):
    rng = np.random.default_rng(1)
    steps = [drawn(rng, images, 4, 2) for images in shapes]
    registers = Registers(["a"], IMAGES)
    for values in steps:
        registers.take("a", values)
    every = np.concatenate([np.broadcast_to(one, (IMAGES, 4, 2)) for one in steps], axis=1)
    fields = every.reshape(-1, 2).T.tolist()
    assert registers.toggles() == {"a": sum(map(toggles_of, fields))}


def test_register_that_restarts():
    rng = np.random.default_rng(2)
    values = drawn(rng, IMAGES, 5, 1)
    registers = Registers(["a"], IMAGES)
    registers.take("a", values)
    registers.restart("a", 77)
    first, *later = values[..., 0].tolist()
    expected = toggles_of(first) + sum(toggles_of([77, *one]) - toggles_of([77]) for one in later)
    assert registers.toggles() == {"a": expected}


def test_values_that_become_others_before_the_next():
    rng = np.random.default_rng(3)
    values, ended = drawn(rng, IMAGES, 4, 1), drawn(rng, IMAGES, 4, 1)
    registers = Registers(["a"], IMAGES)
    registers.take("a", values, ended=ended)
    inside = int(np.bitwise_count(values ^ ended).sum())
    every = np.stack([values, ended], axis=2).ravel().tolist()
    assert registers.toggles() == {"a": toggles_of(every) - inside}


def test_steps_without_a_value_change_nothing():
    registers = Registers(["a", "b"], IMAGES)
    registers.take("a", np.uint8([[1, 2]]))
    registers.take("a", np.zeros((1, 0), np.uint8))
    registers.take("a", np.uint8([[2]]))
    registers.repeat("b", 5)
    registers.add("b", 2)
    # by hand: 0 1 2, then 2 1 2 for each of two images more
    assert registers.toggles() == {"a": 1 + 2 + 2 * 4, "b": 17}


def test_unknown_register():
    with pytest.raises(KeyError):
        Registers(["a"], 1).repeat("b", 1)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 1000])
def test_counters(count):
    assert counted(count) == changes(np.arange(count + 1)) == toggles_of(range(count + 1))


def test_bits_are_those_of_twos_complement():
    assert bits(np.array([-1, 5, -8]), 4).tolist() == [15, 5, 8]
    assert bits(np.array([-1]), 49).tolist() == [2**49 - 1]
