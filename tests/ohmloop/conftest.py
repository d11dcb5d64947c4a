import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

NETWORKS = '''
import torch
from torch import nn


def small():
    """Return a convolution, an average pooling and a dense layer, with random weights."""
    torch.manual_seed(1)
    head = nn.Sequential(nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU())
    return nn.Sequential(
        nn.Sequential(head, nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 10))
    ).eval()
'''

CHIP = """
name = "small"
source = "none, for tests"
device = "taox_hfox_iedm19"
node_nm = 32
clock_period_s = {{ value = 10e-9, source = "assumed: test" }}
read_v = {{ value = 0.2, source = "assumed: test" }}

[macro]
rows = 16
columns = 16
parallel_rows = 8
columns_per_adc = 4
cell_bits = 4
input_bits = 8
weight_bits = 8
reference_level = 8
adc = {{ bits = 6, step = 2, zero_code = 32 }}

[tile]
macros_per_pe = 1
pes = {pes}
activations = 1024
pieces = 256
program_words = 256
scales = 16
marks = 16
"""


@pytest.fixture
def shown():
    """Return a function that prints something on so many columns, and returns the text."""

    def shown(what, columns):
        console = Console(width=columns, file=io.StringIO())
        console.print(what)
        return console.file.getvalue()

    return shown


@pytest.fixture
def network_files(tmp_path: Path):
    """Return a function that writes a small network and its chip into a folder."""

    def network_files(*, pes: int = 4) -> Path:
        (tmp_path / "nets.py").write_text(NETWORKS)
        (tmp_path / "chip.toml").write_text(CHIP.format(pes=pes))
        return tmp_path

    return network_files


@pytest.fixture
def ohmloop(root, tmp_path):
    """Run the command line in a process of its own, building into an empty folder."""

    def ohmloop(*arguments, build_dir=tmp_path / "build", **environment):
        command = [sys.executable, "-c", "from ohmloop.start import main; main()", *arguments]
        if arguments[:1] == ("sim",):
            command += ["--build-dir", build_dir]
        return subprocess.run(
            command, capture_output=True, text=True, env=os.environ | environment, cwd=tmp_path
        )

    return ohmloop


MACRO_CHIP = """
name = "small"
source = "none, for tests"
device = "taox_hfox_iedm19"
node_nm = 32
clock_period_s = { value = 10e-9, source = "assumed: test" }
read_v = { value = 0.2, source = "assumed: test" }

[macro]
rows = 4
columns = 4
parallel_rows = 4
columns_per_adc = 2
cell_bits = 2
input_bits = 2
weight_bits = 2
reference_level = 2
adc = { bits = 3, step = 1, zero_code = 4 }
"""


@pytest.fixture
def small_chip(tmp_path):
    """Return the file of a chip whose macro is mapped to gates in seconds."""
    path = tmp_path / "macro_chip.toml"
    path.write_text(MACRO_CHIP)
    return str(path)
