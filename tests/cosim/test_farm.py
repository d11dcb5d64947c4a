import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from cosim.cluster import connect
from cosim.engines import pysim
from cosim.farm import run_farm
from cosim.layer import LayerMacro, save_layer
from network.split import Split

LIMIT_S = 60


@pytest.fixture(scope="module")
def sources(root):
    """Job sources, importable here and in worker processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root / "tests" / "cosim")
        import farm_sources

        yield farm_sources


@pytest.fixture(scope="module")
def cluster(sources, tmp_path_factory):
    """Address of a cluster of two workers, for what does not start its own."""
    with connect(None, workers=2, folder=tmp_path_factory.mktemp("cluster")) as client:
        yield client.scheduler.address


@pytest.fixture
def start(tmp_path, build_dir):
    """Start a farm."""

    def start(sources, workers=2, folder=tmp_path / "macros", **options):
        options = {"engine_name": "pysim", "limit_s": LIMIT_S, **options}
        return run_farm(sources, folder, build_dir=build_dir, workers=workers, **options)

    return start


@pytest.fixture
def run(start, cluster):
    """Run a farm to its end, on the shared cluster; return results in the order of macros."""

    def run(sources, **options):
        with start(sources, **{"cluster": cluster, **options}) as results:
            return sorted(results, key=lambda one: one.macro)

    return run


@pytest.fixture
def layer(make_chip, tmp_path):
    """A layer that fills neither its last row block nor its last column block: 3 x 2 macros."""
    rng = np.random.default_rng(4)
    chip = make_chip().lossless()
    weights = rng.integers(-4, 4, (27, 9), dtype=np.int16)
    inputs = rng.integers(0, 8, (3, 27), dtype=np.uint16)
    files = save_layer(tmp_path, weights, inputs)

    def sources(macros=range(6), *, ideal=False, seed=5):
        for macro in macros:
            yield LayerMacro(
                chip=chip, ideal=ideal, seed=seed, weights=files[0], inputs=files[1], macro=macro
            )

    return sources, Split(chip.macro, 27, 9), weights, inputs


def assert_same(found, expected):
    assert [one.macro for one in found] == [one.macro for one in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.run.psums, other.run.psums)
        np.testing.assert_array_equal(one.run.done_cycles, other.run.done_cycles)
        np.testing.assert_array_equal(one.run.code_counts, other.run.code_counts)
        assert one.run.conversions == other.run.conversions
        assert one.run.array_j == other.run.array_j
        assert one.run.toggles == other.run.toggles


def worker_pids():
    """Return the worker processes of this process."""
    found = set()
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(int(pid))
    return found


def files(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("macro-*.npz")}


def test_ideal_layer_is_exact_where_macros_are_not_full(layer, run):
    sources, split, weights, inputs = layer
    sums = np.zeros((3, 9), dtype=np.int64)
    for one in run(sources(ideal=True)):
        split.add(sums, one.run.psums, one.macro)
    np.testing.assert_array_equal(sums, inputs.astype(np.int64) @ weights)


def test_results_are_those_of_the_engine_whatever_the_workers_and_the_order(
    layer, run, tmp_path, build_dir
):
    sources, *_ = layer
    two = run(sources(), workers=2, cluster=None)
    one = run(sources(reversed(range(6))), workers=1, cluster=None, folder=tmp_path / "again")
    assert not any(result.kept for result in one + two)
    assert_same(one, two)
    for result, source in zip(one, sources(), strict=True):
        direct = pysim.run(source.job(), tmp_path, build_dir=build_dir)
        np.testing.assert_array_equal(result.run.psums, direct.psums)
        assert result.run.toggles == direct.toggles


def test_finished_jobs_are_kept(layer, run, tmp_path, monkeypatch):
    sources, *_ = layer
    first = run(sources([1, 3, 4]))
    before = files(tmp_path / "macros")
    second = run(sources())
    assert [one.macro for one in second if one.kept] == [1, 3, 4]
    after = files(tmp_path / "macros")
    assert len(after) == 6
    assert before.items() <= after.items()
    assert_same([one for one in second if one.kept], first)
    monkeypatch.setattr("cosim.farm.connect", None)  # no worker is started for nothing
    third = run(sources())
    assert all(one.kept for one in third)
    assert_same(third, second)


def test_damaged_and_foreign_files_are_computed_anew(layer, run, tmp_path):
    sources, *_ = layer
    first = run(sources([0, 1, 2, 3]))
    before = files(tmp_path / "macros")
    damaged, foreign, kept, swapped = (tmp_path / "macros" / name for name in sorted(before))
    damaged.write_bytes(damaged.read_bytes()[:-30])
    foreign.write_text("not a result")
    swapped.write_bytes(kept.read_bytes())
    second = run(sources([0, 1, 2, 3]))
    assert [one.macro for one in second if one.kept] == [2]
    assert_same(second, first)
    assert files(tmp_path / "macros")[kept.name] == before[kept.name]
    assert all(one.kept for one in run(sources([0, 1, 2, 3])))


def test_results_of_another_job_are_computed_anew(layer, run):
    sources, *_ = layer
    first = run(sources([0], seed=5))
    (second,) = run(sources([0], seed=6))
    assert not second.kept
    assert (second.run.psums != first[0].run.psums).any()


def test_what_a_killed_run_left_is_removed(layer, run, tmp_path):
    sources, *_ = layer
    work = tmp_path / "macros" / "work" / "macro-0-abc"
    work.mkdir(parents=True)
    (tmp_path / "macros" / "macro-000000.npz.tmp-abc").touch()
    run(sources([0]))
    assert list(files(tmp_path / "macros")) == ["macro-000000.npz"]
    assert [path.name for path in (tmp_path / "macros").iterdir()] == ["macro-000000.npz"]


def test_killed_worker_changes_nothing(layer, sources, run, start, tmp_path):
    jobs, *_ = layer
    expected = run(jobs())
    slow = [sources.Slow(source.job(), source.macro, 0.5) for source in jobs()]
    others, found = worker_pids(), []
    with start(slow, folder=tmp_path / "again") as results:
        for one in results:
            if not found:
                os.kill(min(worker_pids() - others), signal.SIGKILL)
            found.append(one)
    assert_same(sorted(found, key=lambda one: one.macro), expected)
    assert len(files(tmp_path / "again")) == 6
    assert worker_pids() == others


def test_job_that_kills_its_worker_once_is_tried_again(layer, sources, run, tmp_path):
    jobs, *_ = layer
    expected = run(jobs())
    marks = tmp_path / "marks"
    mixed = [
        sources.Killer(source.job(), source.macro, marks, 1) if source.macro == 1 else source
        for source in jobs()
    ]
    assert_same(run(mixed, folder=tmp_path / "again"), expected)
    assert marks.read_text() == "x"


@pytest.mark.parametrize("workers", [1, 2])
def test_job_that_kills_its_worker_each_time_is_named(
    workers, layer, sources, start, run, tmp_path
):
    jobs, *_ = layer
    # Its neighbours wait on the worker it kills, and are not to blame.
    marks = tmp_path / "marks"
    mixed = [
        sources.Killer(source.job(), source.macro, marks, 9) if source.macro == 2 else source
        for source in jobs()
    ]
    others, done = worker_pids(), []
    message = (
        "Macro 2: its worker died twice; it crashed, was killed, or needed more than 2 GiB of "
        "memory"
    )
    with (
        start(mixed, workers=workers) as results,
        pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"),
    ):
        done.extend(one.macro for one in results)
    assert done
    assert marks.read_text() == "xx"
    assert worker_pids() == others
    assert {one.macro for one in run(jobs()) if one.kept} == set(done)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (TimeoutError("no progress"), TimeoutError, "Macro 3: no progress"),
        (RuntimeError("differs"), RuntimeError, "Macro 3: differs"),
        (KeyError("x"), RuntimeError, "Macro 3: KeyError: 'x'"),
        (
            PermissionError(13, "Denied"),
            OSError,
            "Macro 3: [Errno 13] Denied",
        ),
    ],
)
def test_job_that_fails_is_named(error, kind, message, layer, sources, run):
    jobs, *_ = layer
    (source,) = jobs([3])
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        run([sources.Failing(source.job(), 3, error)])


def test_stopping_early_ends_the_workers_and_keeps_what_is_done(layer, start, tmp_path):
    sources, *_ = layer
    others = worker_pids()
    with start(sources()) as results:
        first = next(results)
        assert len(worker_pids() - others) == 2
    assert worker_pids() == others
    assert f"macro-{first.macro:06d}.npz" in files(tmp_path / "macros")


def test_few_jobs_are_out_at_once_however_many_there_are(layer, sources, start, cluster, tmp_path):
    jobs, *_ = layer
    (source,) = jobs([0])
    many = (sources.Given(source.job(), macro) for macro in range(40))
    with start(many, cluster=cluster) as results:
        next(results)
        time.sleep(1)  # long enough for all 40, if they were out
        assert len(files(tmp_path / "macros")) <= 5  # two for each worker, and one given out since


def test_two_jobs_of_one_number(layer, run):
    sources, *_ = layer
    with pytest.raises(ValueError, match=r"^Numbers of macros must differ, but 1 is given twice$"):
        run(sources([1, 1]))


def test_other_files_on_the_worker_are_refused(layer, sources, run):
    jobs, *_ = layer
    (source,) = jobs([0])
    message = r"^Macro 0: Folder '.*/macros' must be the same on all workers, but '.*' has other "
    with pytest.raises(ValueError, match=message):
        run([sources.Changing(source.job(), 0)])
