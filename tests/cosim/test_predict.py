import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cosim.predict import drive_words, pack_words, unpack_words
from hw_spec.port import pack, unpack


@given(st.integers(1, 63), st.data())
def test_words_equal_those_of_the_contract(bits, data):
    fields = st.lists(st.integers(0, 2**bits - 1), min_size=3, max_size=3)
    rows = data.draw(st.lists(fields, min_size=1, max_size=4))
    words = pack_words(np.array(rows, dtype=np.int64), bits)
    packed = [sum(word << 32 * n for n, word in enumerate(row)) for row in words.tolist()]
    assert packed == [pack(row, bits) for row in rows]
    signed = unpack_words(words, bits, 3).tolist()
    assert signed == [unpack(word, bits, 3, signed=True) for word in packed]


def test_drives_are_the_bits_of_one_group_most_significant_plane_first(make_chip, make_job):
    job = make_job(make_chip(), vectors=1)  # 10 rows, 4 read in parallel, 3 bits
    words = drive_words(job.inputs, job.chip.macro).reshape(3, 3)
    for plane, group in np.ndindex(3, 3):
        for row in range(10):
            bit = int(job.inputs[0, row]) >> (2 - plane) & 1
            assert words[plane, group] >> row & 1 == (bit if row // 4 == group else 0)
