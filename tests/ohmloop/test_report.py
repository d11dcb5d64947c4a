import json
import subprocess
import sys

import pytest


@pytest.fixture(name="report")
def _report(root, tmp_path):
    """Return a function that runs a bench on the twin and returns its report."""

    def report(chip):
        command = [sys.executable, "-c", "from ohmloop.start import main; main()", "sim"]
        command += ["random_layer", "--engine", "twin", "--build-dir", str(tmp_path)]
        command += ["--chip", str(root / "chips" / f"{chip}.toml")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads((tmp_path / "runs" / "random_layer" / "report.json").read_text())

    return report


NAMES = {
    "clock_period",
    "read_voltage",
    "toggle_load_f",
    "variation",
    "read_noise",
    "access_transistor_share",
    "multiplexer_share",
}


def test_every_assumed_number_of_a_sar_chip_is_told(report):
    assumed = {one["name"]: one for one in report("rram_pairs_sar_32nm")["assumed"]}
    assert assumed.keys() == NAMES | {"capacitor_mismatch", "comparator_noise"}
    assert (assumed["comparator_noise"]["value"], assumed["comparator_noise"]["unit"]) == (
        0.2,
        "codes",
    )


def test_flash_chip_has_no_errors_of_a_sar(report):
    names = {one["name"] for one in report("rram_taox_32nm")["assumed"]}
    assert names == NAMES
