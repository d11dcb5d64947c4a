import numpy as np
import pytest

from cosim.layer import LayerMacro, save_layer


@pytest.fixture
def macro(make_chip, tmp_path):
    weights = np.arange(12 * 7).reshape(12, 7) % 8 - 4
    inputs = np.arange(2 * 12).reshape(2, 12) % 8
    files = save_layer(tmp_path, weights.astype(np.int16), inputs.astype(np.uint16))

    def macro(number):
        return LayerMacro(
            chip=make_chip(),
            ideal=False,
            seed=3,
            weights=files[0],
            inputs=files[1],
            macro=number,
        )

    return macro


def test_job_holds_the_part_of_its_macro(macro):
    job = macro(3).job()  # the last of 2 x 2 blocks: inputs 10 and 11, output 6
    assert (job.macro, job.seed, job.ideal) == (3, 3, False)
    np.testing.assert_array_equal(job.inputs[:, :2], [[2, 3], [6, 7]])
    assert not job.inputs[:, 2:].any()
    stored = job.levels[:2, 0].astype(int) + 4 * job.levels[:2, 1]
    np.testing.assert_array_equal(stored - 4, [(10 * 7 + 6) % 8 - 4, (11 * 7 + 6) % 8 - 4])
    assert not job.levels[2:].any()
    assert not job.levels[:, 2:].any()


def test_files_are_replaced_while_they_are_mapped(macro, tmp_path):
    old = np.load(tmp_path / "weights.npy", mmap_mode="r")
    save_layer(tmp_path, np.zeros((1, 1), np.int16), np.zeros((1, 1), np.uint16))
    assert old[0, 0] == -4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs.npy", "weights.npy"]


def test_file_with_objects_is_refused(macro, tmp_path):
    with (tmp_path / "weights.npy").open("wb") as file:
        np.save(file, np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        macro(0).job()


def test_missing_file(macro, tmp_path):
    (tmp_path / "inputs.npy").unlink()
    with pytest.raises(FileNotFoundError, match="inputs"):
        macro(0).job()
