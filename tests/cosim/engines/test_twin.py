import pytest

from cosim.engines import twin


def test_waves_are_refused(make_chip, make_job, tmp_path, build_dir):
    message = r"^Engine 'twin' leaves no waveform; run the same on engine 'cocotb'$"
    with pytest.raises(ValueError, match=message):
        twin.run(make_job(make_chip()), tmp_path, build_dir=build_dir, waves=tmp_path / "waves.vcd")
