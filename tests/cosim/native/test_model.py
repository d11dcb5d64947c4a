"""Stepping through a macro by hand."""

import numpy as np
import pytest

from cosim.analog import AnalogService
from cosim.engines import pysim
from cosim.job import Pauses
from cosim.loop import Sense, drive_pins, macro_loop, sense_pins
from cosim.native.model import Model


@pytest.fixture
def spec(make_chip):
    return make_chip().macro


@pytest.fixture
def model(spec, build_dir):
    with Model(spec, build_dir) as model:
        yield model


@pytest.fixture
def busy(model):
    """A model in the middle of a conversion."""
    model.poke("inputs__valid", 1)
    model.poke("inputs__payload", 5)
    model.run_until("analog__sample", 1, limit=100)
    return model


def everything(model):
    return {name: model.peek(name) for name in model._signals}


def test_run_by_hand_equals_pysim(model, make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip(), vectors=5, pauses=Pauses(inputs=0.3, psums=0.8, seed=1))
    loop = macro_loop(job, AnalogService(job))
    inputs, outputs = drive_pins(job.chip.macro), sense_pins(job.chip.macro)
    drive = next(loop)
    while True:
        for name, value in zip(inputs, drive, strict=True):
            model.poke(name, value)
        try:
            drive = loop.send(Sense(*(model.peek(name) for name in outputs)))
        except StopIteration as stop:
            run = stop.value
            break
        model.step()
    expected = pysim.run(job, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(run.psums, expected.psums)
    np.testing.assert_array_equal(run.done_cycles, expected.done_cycles)


@pytest.mark.long
def test_sar_converters_can_be_stepped_through(make_chip, build_dir):
    with Model(make_chip(adc={"kind": "sar"}).macro, build_dir) as model:
        model.poke("inputs__valid", 1)
        model.run_until("analog__compare", 1, limit=100)
        # The first trial of every one of 4 lanes is the middle code of 4 bits.
        assert model.peek("analog__trials") == 0x8888


def test_registers_go_by_their_paths(busy):
    # By hand: 10 rows hold 5 each, plane by plane: 1, 0, 1.
    assert busy.peek("macro.row_registers.vector") == (2**10 - 1) << 20 | (2**10 - 1)


def test_outputs_follow_inputs_at_once(model):
    model.poke("inputs__valid", 1)
    model.step(300)  # psums are not taken, so conversion has stopped
    for _ in range(10):
        seen = []
        for ready in (0, 1):
            model.poke("psums__ready", ready)
            seen.append(model.peek("analog__sample"))
        if any(seen):
            break
        model.step()
    # It goes on in the very cycle in which the psum in its way is taken.
    assert seen == [0, 1]


def test_run_until_tells_how_long_it_took(model):
    model.poke("inputs__valid", 1)
    assert model.run_until("analog__sample", 1, limit=100) == 12  # 10 row beats, then 2 stages
    assert model.cycle == 2 + 12


def test_run_until_has_a_limit(model):
    message = r"^'psums__valid' did not become 1 within 30 cycles \(it is 0 in cycle 32\)$"
    with pytest.raises(TimeoutError, match=message):
        model.run_until("psums__valid", 1, limit=30)


def test_reset_clears_control_and_keeps_data_and_inputs(busy):
    data = busy.peek("macro.row_registers.vector")
    busy.reset()
    assert busy.peek("macro.sequencer.converting") == 0
    assert busy.peek("macro.row_registers.vector") == data != 0
    assert busy.peek("inputs__payload") == 5


def test_restored_state_goes_on_as_the_saved_one(busy, spec, build_dir, tmp_path):
    busy.save(tmp_path / "state")
    saved, cycle = everything(busy), busy.cycle
    busy.step(50)
    later = everything(busy)
    assert later != saved
    with Model(spec, build_dir) as other:
        other.restore(tmp_path / "state")
        assert everything(other) == saved
        assert other.cycle == cycle
        other.step(50)
        assert everything(other) == later


def test_models_are_freed_in_any_order(spec, build_dir):
    models = [Model(spec, build_dir) for _ in range(4)]
    for n in (0, 2, 1, 3):
        models[n].step(3)
        models[n].close()
        Model(spec, build_dir).close()


def test_state_of_another_design(busy, make_chip, build_dir, tmp_path):
    busy.save(tmp_path / "state")
    with Model(make_chip(input_bits=2).macro, build_dir) as other:
        before = everything(other)
        message = r"^State file '.*/state' must be of this design and build, \w{16}, not of \w{16}$"
        with pytest.raises(ValueError, match=message):
            other.restore(tmp_path / "state")
        assert everything(other) == before


@pytest.mark.parametrize("place", [0, 20, 60, -200, -1], ids="byte {}".format)
def test_damaged_state(place, busy, tmp_path):
    path = tmp_path / "state"
    busy.save(path)
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"^State file '.*/state' must be "):
        busy.restore(path)


@pytest.mark.parametrize("length", [0, 10, 200, -1])
def test_cut_state(length, busy, tmp_path):
    path = tmp_path / "state"
    busy.save(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"^State file '.*/state' must be "):
        busy.restore(path)


def test_missing_state(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        model.restore(tmp_path / "none")


def test_waveform_holds_the_cycles_between_begin_and_end(busy, tmp_path):
    waves = tmp_path / "waves.vcd"
    first = busy.cycle
    busy.trace(waves)
    busy.step(3)
    busy.end_trace()
    busy.step(3)
    times = [int(line[1:]) for line in waves.read_text().splitlines() if line.startswith("#")]
    assert times == [first * 1000 + 500 * n for n in range(7)]
    assert "psums__payload" in waves.read_text()


def test_waveform_does_not_change_the_run(model, spec, build_dir, tmp_path):
    with Model(spec, build_dir) as plain:
        for one in (plain, model):
            one.poke("inputs__valid", 1)
            one.step(5)
        for turn in range(3):
            model.trace(tmp_path / f"{turn}.vcd")
            for one in (plain, model):
                one.poke("psums__ready", turn & 1)
                one.step(20)
            model.end_trace()
            assert everything(model) == everything(plain)


ERRORS = {
    "unknown": (
        lambda model: model.peek("psum__valid"),
        r"^Port or register 'psum__valid' is unknown; nearest: psums__valid, inputs__valid",
    ),
    "output": (
        lambda model: model.poke("psums__valid", 1),
        r"^Input port 'psums__valid' is unknown; nearest: ",
    ),
    "register": (
        lambda model: model.poke("macro.adc.armed", 1),
        r"^Input port 'macro\.adc\.armed' is unknown; ",
    ),
    "clock": (
        lambda model: model.poke("clk", 1),
        r"^Port 'clk' must be left to step, run_until and reset$",
    ),
    "wide": (
        lambda model: model.poke("inputs__payload", 8),
        r"^Value of port 'inputs__payload' must be between 0 and 7, not 8$",
    ),
    "negative": (
        lambda model: model.step(-1),
        r"^Number of cycles must be between 0 and \d+, not -1$",
    ),
}


@pytest.mark.parametrize(("action", "message"), ERRORS.values(), ids=ERRORS)
def test_what_cannot_be_done(action, message, model):
    with pytest.raises(ValueError, match=message):
        action(model)


def test_waveform_needs_its_ending_and_one_at_a_time(model, tmp_path):
    with pytest.raises(ValueError, match=r"^Waveform must end in \.vcd, not 'w\.fst'$"):
        model.trace(tmp_path / "w.fst")
    with pytest.raises(FileNotFoundError):
        model.trace(tmp_path / "no folder" / "w.vcd")
    model.trace(tmp_path / "w.vcd")
    with pytest.raises(ValueError, match=r"^Waveform must be ended before another one begins$"):
        model.trace(tmp_path / "v.vcd")
    model.save(tmp_path / "state")
    with pytest.raises(ValueError, match=r"^Waveform must be ended before a state is restored$"):
        model.restore(tmp_path / "state")


CLOSED = {
    "peek": lambda model, path: model.peek("clk"),
    "poke": lambda model, path: model.poke("rst", 1),
    "step": lambda model, path: model.step(),
    "run_until": lambda model, path: model.run_until("clk", 1, 1),
    "reset": lambda model, path: model.reset(),
    "save": lambda model, path: model.save(path),
    "restore": lambda model, path: model.restore(path),
    "trace": lambda model, path: model.trace(path),
    "end_trace": lambda model, path: model.end_trace(),
}


@pytest.mark.parametrize("action", CLOSED.values(), ids=CLOSED)
def test_closed_model(action, model, tmp_path):
    model.close()
    with pytest.raises(ValueError, match=r"^Model must be open, but it was closed$"):
        action(model, tmp_path / "w.vcd")
    model.close()
