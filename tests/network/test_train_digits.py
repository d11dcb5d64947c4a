"""The training script and the checkpoint it shipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from network import digits, perceptron

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "train_digits.py"


SHIPPED = ROOT / "examples" / "digits_perceptron.npz"


@pytest.fixture(scope="module")
def shipped():
    return perceptron.load(SHIPPED)


def measured(network):
    data = digits.load()
    return digits.accuracy(network.predict(data.test_inputs), data.test_labels)


def test_shipped_accuracy_is_measured_again_exactly(shipped):
    assert measured(shipped.network) == shipped.integer_accuracy


def test_shipped_network_has_64_inputs_48_hidden_and_10_outputs(shipped):
    assert shipped.network.hidden_weights.shape == (64, 48)
    assert shipped.network.output_weights.shape == (48, 10)


def test_shipped_checkpoint_takes_a_few_kilobytes():
    assert SHIPPED.stat().st_size < 8 * 1024


def test_shipped_network_recognises_97_of_100_digits(shipped):
    assert shipped.float_accuracy >= 0.97
    # Quantisation to 8 bits may cost up to one point.
    assert shipped.integer_accuracy >= shipped.float_accuracy - 0.01


def test_training_again_gives_the_shipped_accuracy(shipped, tmp_path):
    out = tmp_path / "again.npz"
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(out)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    again = perceptron.load(out)
    # 1.5 points: other processors add floats up in another order, and training amplifies that.
    assert again.float_accuracy == pytest.approx(shipped.float_accuracy, abs=0.015)
    assert again.integer_accuracy == pytest.approx(shipped.integer_accuracy, abs=0.015)
    assert measured(again.network) == again.integer_accuracy
    assert f"Accuracy in integers  {again.integer_accuracy:.2%}" in done.stdout
