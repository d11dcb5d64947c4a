"""Networks that are too large for RTL as a whole: some of their layers on it."""

import dataclasses

import pytest

from ohmloop.network_case import NetworkCase
from ohmloop.network_run import run_case

# Strided, 1 x 1 and strided, many row blocks; first, concatenated inputs, 1 x 1 on many of them.
LAYERS = {
    "resnet18": ("block3.body.conv1", "block3.shortcut.conv1", "block7.body.conv2"),
    "densenet40": ("conv1", "block12.body.conv1", "conv2"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", LAYERS)
def test_three_layers_in_rtl_give_what_the_twin_gives(name, root, build_dir):
    case = NetworkCase(
        network=f"{root / 'examples' / 'networks.py'}:{name}",
        chip=root / "chips" / "rram_taox_vgg8_32nm.toml",
        data="digits32",
        images=1,
        engine="twin",
        schedule="single",
        toggles=False,
    )
    twin = run_case(case, build_dir=build_dir, threads=2)
    moved = dataclasses.replace(case, layers=dict.fromkeys(LAYERS[name], "native"))
    rtl = run_case(moved, build_dir=build_dir, threads=2)
    assert [step.name for step in rtl.steps if step.engine == "native"] == [*LAYERS[name]]
    assert rtl.steps[-1].fingerprint.outputs
    for have, want in zip(rtl.steps, twin.steps, strict=True):
        assert have.fingerprint == want.fingerprint
    assert rtl.outputs_hash == twin.outputs_hash
