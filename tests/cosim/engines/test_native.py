"""The compiled loop: what it must notice, and what it must refuse."""

import dataclasses
import itertools
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cosim.build import Design, design
from cosim.engines import native
from cosim.exchange import load_job
from cosim.job import Pauses
from cosim.native import slices
from cosim.native.batch import batch
from cosim.toolchain import require_fst


@pytest.fixture
def job(make_chip, make_job):
    return make_job(make_chip())


@pytest.fixture
def broken(monkeypatch, build_dir, tmp_path):
    """Make the engine run Verilog in which a text was replaced."""

    def broken(job, module, pattern, replacement):
        rtl = design(job.chip.macro, build_dir)
        text = rtl.verilog.read_text()
        head, name, rest = text.partition(f"module \\macro.{module} ")
        body, end, tail = rest.partition("endmodule")
        body, count = re.subn(pattern, replacement, body)
        assert count == 1
        path = tmp_path / "macro.v"
        path.write_text(head + name + body + end + tail)
        other = Design(
            top=rtl.top,
            verilog=path,
            rtl_hash=f"{rtl.rtl_hash}, {module}, {replacement}",
            ports=rtl.ports,
            registers=rtl.registers,
        )
        monkeypatch.setattr(native, "design", lambda *_: other)

    return broken


PLACE = "conversion of vector 0, bit plane 2, row group 0, column"
FAULTS = {
    "drive": ("switch_matrix", r"row_drive <= (.*);", r"row_drive <= \1 ^ 8;"),
    "ready": ("row_registers", r"assign inputs__ready = .*;", "assign inputs__ready = 1;"),
    "select": (
        "column_decoder",
        r"column_select <= (.*);",
        r"column_select <= (\1 == 4) ? 2 : \1;",
    ),
    "sample": ("adc", r"armed <= .*;", "armed <= 0;"),
    "valid": ("slice_combine", r"psums__valid <= .*;", "psums__valid <= 1;"),
}
# Cycles by hand: 10 row beats, so samples from cycle 12 on; 27 cycles per vector.
MESSAGES = {
    "drive": r"12: row drive must be \w+, not \w+ \(highest differing bit 3; " + PLACE + " 0;",
    "ready": r"20: inputs ready must be 0x0, not 0x1 \(",
    "select": r"14: column select must be 0x4, not 0x2 \(highest differing bit 2; " + PLACE + " 2;",
    "sample": r"12: sample must be 0x1, not 0x0 \(",
    "valid": r"0: psums valid must be 0x0, not 0x1 \(",
}


@pytest.mark.parametrize(
    "fault", ["drive", *(pytest.param(fault, marks=pytest.mark.long) for fault in [*FAULTS][1:])]
)
def test_first_difference_is_told_and_gives_no_result(fault, job, broken, tmp_path, build_dir):
    broken(job, *FAULTS[fault])
    message = rf"^RTL of macro 0 differs from the prediction in cycle {MESSAGES[fault]}"
    with pytest.raises(RuntimeError, match=message):
        native.run(job, tmp_path, build_dir=build_dir)


SAR_FAULTS = {
    "trials": (
        ("sar", r"assign \\\$3  = .*;", "assign \\\\$3  = 3;"),
        r"13: trials must be 0x8888, not 0x8883 \(highest differing bit 3; " + PLACE + " 0;",
    ),
    "compare": (
        ("sar", r"assign compare = .*;", "assign compare = 0;"),
        r"13: compare must be 0x1, not 0x0 \(highest differing bit 0; " + PLACE + " 0;",
    ),
}


@pytest.mark.parametrize("fault", ["trials", pytest.param("compare", marks=pytest.mark.long)])
def test_first_difference_of_a_sar(fault, make_chip, make_job, broken, tmp_path, build_dir):
    job = make_job(make_chip(adc={"kind": "sar"}))
    change, message = SAR_FAULTS[fault]
    broken(job, *change)
    with pytest.raises(RuntimeError, match=rf"^RTL of macro 0 differs .* in cycle {message}"):
        native.run(job, tmp_path, build_dir=build_dir)


@pytest.fixture
def wrong(monkeypatch):
    """Make the engine expect another row drive in one read."""

    def wrong_batch(job, codes):
        work = batch(job, codes)
        drives = work.drives.copy()
        drives[WRONG_READ] ^= 8
        return dataclasses.replace(work, drives=drives)

    monkeypatch.setattr(native, "batch", wrong_batch)


# By hand: 3 columns per read, from cycle 12 on.
WRONG_READ, WRONG_CYCLE = 20, 12 + 20 * 3


def test_difference_names_the_command_that_shows_it(job, wrong, tmp_path, build_dir):
    path = tmp_path / "it's here" / "difference.npz"
    window = f"{WRONG_CYCLE - 20}:{WRONG_CYCLE + 4}"
    command = shlex.join(["ohmloop", "replay", str(path), "--engine", "native"])
    message = re.escape(f"; see it: {command} --waves waves.vcd --window {window}")
    with pytest.raises(RuntimeError, match=rf" in cycle {WRONG_CYCLE}: row drive .*{message}$"):
        native.run(job, path.parent, build_dir=build_dir)
    kept = load_job(path)
    np.testing.assert_array_equal(kept.inputs, job.inputs)
    assert kept.chip == job.chip


def test_difference_leaves_the_waveform_of_its_window(job, wrong, tmp_path, build_dir):
    waves, window = tmp_path / "waves.vcd", range(WRONG_CYCLE - 20, WRONG_CYCLE + 4)
    with pytest.raises(RuntimeError, match=r"^RTL of macro 0 differs"):
        native.run(job, tmp_path, build_dir=build_dir, waves=waves, window=window)
    times = times_in(waves)
    assert times[0] == window.start * PERIOD_PS
    assert WRONG_CYCLE * PERIOD_PS in times


def test_waveform_holds_the_window_alone(job, tmp_path, build_dir):
    waves = tmp_path / "waves.vcd"
    plain = native.run(job, tmp_path, build_dir=build_dir)
    run = native.run(job, tmp_path, build_dir=build_dir, waves=waves, window=range(100, 140))
    assert times_in(waves) == list(range(100 * PERIOD_PS, 140 * PERIOD_PS + 1, PERIOD_PS // 2))
    np.testing.assert_array_equal(run.psums, plain.psums)


def test_waveform_without_a_window_holds_all_cycles(job, tmp_path, build_dir):
    waves = tmp_path / "waves.vcd"
    run = native.run(job, tmp_path, build_dir=build_dir, waves=waves)
    assert times_in(waves) == list(range(0, run.cycles * PERIOD_PS + 1, PERIOD_PS // 2))


@pytest.mark.skipif(not shutil.which("fst2vcd"), reason="fst2vcd is not installed")
def test_fst_holds_what_vcd_holds(job, tmp_path, build_dir):
    try:
        require_fst()
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    for name in ("waves.vcd", "waves.fst"):
        native.run(
            job, tmp_path, build_dir=build_dir, waves=tmp_path / name, window=range(100, 140)
        )
    command = ["fst2vcd", "-f", str(tmp_path / "waves.fst"), "-o", str(tmp_path / "other.vcd")]
    subprocess.run(command, check=True, timeout=60)
    assert times_in(tmp_path / "other.vcd") == times_in(tmp_path / "waves.vcd")


PERIOD_PS = 10_000  # of the small chip


def times_in(vcd):
    return [int(line[1:]) for line in vcd.read_text().splitlines() if line.startswith("#")]


REFUSED = {
    "waveform": (
        {"waves": Path("waves.txt")},
        r"Waveform must end in one of \.vcd, \.fst, \.saif, not 'waves\.txt'",
    ),
    "saif": (
        {"waves": Path("toggles.saif"), "window": range(5)},
        r"Verilator's SAIF must cover the whole run; give no window",
    ),
    "activity": (
        {"activity": Path("activity.json")},
        r"Activity file must end in \.saif, not 'activity\.json'",
    ),
    "window": (
        {"window": range(5, 5)},
        r"Window must be one or more cycles from 0 on, not range\(5, 5\)",
    ),
}


@pytest.mark.parametrize(("options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_left(options, message, job, tmp_path, build_dir):
    with pytest.raises(ValueError, match=f"^{message}$"):
        native.run(job, tmp_path, build_dir=build_dir, **options)


def test_window_after_the_end(job, tmp_path, build_dir):
    message = r"^Window must begin before the run ends in cycle 344, not in cycle 345$"
    with pytest.raises(ValueError, match=message):
        native.run(job, tmp_path, build_dir=build_dir, window=range(345, 350))
    native.run(job, tmp_path, build_dir=build_dir, window=range(344, 350))


def test_progress_is_told_between_slices(job, tmp_path, build_dir, monkeypatch):
    monkeypatch.setattr(slices, "FIRST_SLICE", 100)
    told = []
    native.run(job, tmp_path, build_dir=build_dir, progress=lambda *now: told.append(now))
    # By hand: the last psum beat of vector v is taken in cycle 10 + 27 (v + 1) + 5 + 5.
    assert told[:2] == [(0, 0), (100, 2)]


def test_wall_clock_limit_tells_how_far_it_came(job, tmp_path, build_dir, monkeypatch):
    monkeypatch.setattr(slices, "FIRST_SLICE", 100)
    clock = itertools.count(0.0, 1.0)  # begins at 0; at 1 before the first slice, at 2 after it
    monkeypatch.setattr(native.time, "monotonic", lambda: next(clock))
    message = (
        r"^Simulation of macro 0 did not end within 1\.5 s "
        r"\(2 of 12 vectors done, cycle 100\)$"
    )
    with pytest.raises(TimeoutError, match=message):
        native.run(job, tmp_path, build_dir=build_dir, limit_s=1.5)


@pytest.fixture
def many(make_chip, make_job):
    """Jobs of one kind of macro that differ in all else."""
    pauses = [Pauses(), Pauses(inputs=0.5, psums=0.4, seed=1)]
    return [make_job(make_chip(), vectors=3 + n, seed=n, pauses=pauses[n % 2]) for n in range(6)]


@pytest.mark.parametrize("threads", [1, 3])
def test_many_are_as_one_by_one(threads, many, tmp_path, build_dir):
    runs = native.run_many(many, tmp_path, build_dir=build_dir, threads=threads)
    assert len(runs) == len(many)
    for job, run in zip(many, runs, strict=True):
        alone = native.run(job, tmp_path, build_dir=build_dir)
        np.testing.assert_array_equal(run.psums, alone.psums)
        np.testing.assert_array_equal(run.done_cycles, alone.done_cycles)
        assert run.toggles == alone.toggles
        assert run.array_j == alone.array_j


def test_none_of_many(tmp_path, build_dir):
    assert native.run_many([], tmp_path, build_dir=build_dir, threads=2) == []


def test_first_failure_of_many_is_told(many, wrong, tmp_path, build_dir):
    message = r"^RTL of macro 0 differs .*job_0/difference\.npz"
    with pytest.raises(RuntimeError, match=message):
        native.run_many(many, tmp_path, build_dir=build_dir, threads=3)


def test_many_have_one_limit(many, tmp_path, build_dir):
    message = r"^Simulation of macro 0 did not end within 0 s \(0 of 3 vectors done, cycle 0\)$"
    with pytest.raises(TimeoutError, match=message):
        native.run_many(many, tmp_path, build_dir=build_dir, threads=2, limit_s=0)


def test_many_of_different_macros(many, make_chip, make_job, tmp_path, build_dir):
    many[2] = make_job(make_chip(rows=9))
    message = r"^Jobs must have the same macro, but job 2 has not that of job 0$"
    with pytest.raises(ValueError, match=message):
        native.run_many(many, tmp_path, build_dir=build_dir, threads=2)
    with pytest.raises(ValueError, match=r"^Number of threads must be between 1 and 1024, not 0$"):
        native.run_many(many, tmp_path, build_dir=build_dir, threads=0)


def test_macro_that_is_used_again_has_nothing_left_of_the_job_before(
    make_chip, make_job, build_dir, tmp_path
):
    """A reset leaves data registers alone; were they kept, they would toggle otherwise."""
    chip = make_chip()
    first, second = make_job(chip, vectors=3, seed=1), make_job(chip, vectors=1, seed=2)
    run = native.prepared(chip.macro, tmp_path, build_dir=build_dir)
    run(first)
    again = run(second)
    fresh = native.run(second, tmp_path, build_dir=build_dir)
    assert again.toggles == fresh.toggles
    assert np.array_equal(again.psums, fresh.psums)


def test_macro_that_runs_again_leaves_what_the_job_before_gave(
    make_chip, make_job, build_dir, tmp_path, monkeypatch
):
    """Another thread may use a macro again as soon as it has run, before its result is put up."""
    chip = make_chip()
    first, second = make_job(chip, vectors=3, seed=1), make_job(chip, vectors=1, seed=2)
    run, others = native.prepared(chip.macro, tmp_path, build_dir=build_dir), []
    inner = native.psums_of_words

    def interrupted(words, spec):
        if not others:
            others.append(None)
            others[0] = run(second)
        return inner(words, spec)

    monkeypatch.setattr(native, "psums_of_words", interrupted)
    found = [run(first), *others]
    for one, job in zip(found, (first, second), strict=True):
        fresh = native.run(job, tmp_path, build_dir=build_dir)
        assert np.array_equal(one.psums, fresh.psums)
        assert np.array_equal(one.done_cycles, fresh.done_cycles)
