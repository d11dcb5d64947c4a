import subprocess
import sys

import numpy as np
import pytest

from behavioral import randomness

COUNT = 64


def frozen(seed=1, macro=0):
    return randomness.frozen(seed, macro=macro).standard_normal(COUNT).tolist()


def reads(seed=1, macro=0, block=0):
    return randomness.reads(seed, macro=macro, block=block).standard_normal(COUNT).tolist()


def test_same_arguments_give_the_same_numbers():
    assert frozen(3, 2) == frozen(3, 2)
    assert reads(3, 2, 1) == reads(3, 2, 1)


def test_every_argument_makes_a_stream_of_its_own():
    # A seed is no macro and a macro is no block, so swapped arguments are other streams, too.
    streams = [frozen(seed, macro) for seed in range(3) for macro in range(3)]
    streams += [reads(n // 9, n // 3 % 3, n % 3) for n in range(27)]
    numbers = [number for stream in streams for number in stream]
    assert len(set(numbers)) == len(numbers)


def test_streams_are_uncorrelated():
    streams = [frozen(), frozen(2), frozen(macro=1), reads(), reads(block=1), reads(block=2)]
    correlation = np.corrcoef(streams) - np.eye(6)
    # Of 64 independent pairs the correlation strays by 1/8; none of 15 reaches four times that.
    assert np.abs(correlation).max() < 4 / 8


def test_streams_do_not_depend_on_the_order_of_calls():
    forwards = {block: reads(block=block) for block in range(4)}
    frozen()
    backwards = {block: reads(block=block) for block in reversed(range(4))}
    assert backwards == forwards


def test_open_streams_do_not_disturb_each_other():
    one, other = (randomness.reads(1, macro=0, block=block) for block in (0, 1))
    drawn = [(one.standard_normal(), other.standard_normal()) for _ in range(COUNT)]
    assert drawn == list(zip(reads(block=0), reads(block=1), strict=True))


def test_neighbouring_blocks_share_no_number_however_many_are_drawn():
    one, other = (randomness.reads(1, macro=0, block=block) for block in (0, 1))
    drawn = [set(stream.bit_generator.random_raw(100_000).tolist()) for stream in (one, other)]
    assert not drawn[0] & drawn[1]


@pytest.mark.parametrize("block", [2**31, 2**53 + 1, 2**63 - 1])
def test_large_block_numbers_are_told_apart(block):
    assert reads(block=block) != reads(block=block - 1)
    assert reads(block=block) != reads(block=block % 2**31)


def test_another_process_draws_the_same_numbers():
    script = (
        "from behavioral import randomness\n"
        "print(randomness.frozen(1, macro=0).standard_normal(64).tolist())\n"
        "print(randomness.reads(1, macro=0, block=0).standard_normal(64).tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"{frozen()}\n{reads()}\n"


def test_first_words_of_each_kind():
    # Printed by this test with numpy 2.4.6. Those of reads equal Philox 4x64-10 (Salmon et al.,
    # SC 2011) at counter 1, 0, 0, block. If they change, all results with noise change.
    frozen = randomness.frozen(1, macro=2).bit_generator.random_raw(2)
    assert frozen.tolist() == [0xD60F85299D983343, 0x8DF7D430690DC790]
    reads = randomness.reads(1, macro=2, block=3).bit_generator.random_raw(2)
    assert reads.tolist() == [0xFC57879DE884D1AD, 0x610D5AEA88D52218]


def test_first_normal_numbers_of_each_kind():
    # Printed by this test with numpy 2.4.6: the way from words to normal numbers is that of numpy.
    frozen = randomness.frozen(1, macro=2).standard_normal(2)
    assert frozen.tolist() == [-0.7709479788456471, -0.7183214757145503]
    reads = randomness.reads(1, macro=2, block=3).standard_normal(2)
    assert reads.tolist() == [-1.6491606612588294, 0.024245487849630525]
