import json

import pytest
from click.testing import CliRunner

from ohmloop.cli import app

IMAGES = 3
RUN = "small-small-device"


@pytest.fixture(name="here")
def _here(network_files, build_dir):
    """Return a folder with a small network, its chip, and a build folder whose cache is shared."""
    folder = network_files()
    (folder / "build").mkdir()
    (build_dir / "cache").mkdir(parents=True, exist_ok=True)
    (folder / "build" / "cache").symlink_to(build_dir / "cache")
    return folder


@pytest.fixture
def command(here):
    """Return a function that runs a command here; what it raises passes through."""

    def command(*arguments):
        every = [*arguments, "--build-dir", str(here / "build")]
        return CliRunner().invoke(app, every, standalone_mode=False, catch_exceptions=False)

    return command


@pytest.fixture
def run(command, here):
    """Return a function that runs the small network."""

    def run(*options, images=IMAGES):
        chip = str(here / "chip.toml")
        how = ("--chip", chip, "--images", str(images), "--engine", "twin", *options)
        assert command("run", f"{here}/nets.py:small", *how).exit_code == 0
        return here / "build" / "runs" / RUN / "report.json"

    return run


@pytest.fixture
def left(here):
    """Return a function that reads a file of the run."""

    def left(name):
        return json.loads((here / "build" / "runs" / RUN / name).read_text())

    return left
