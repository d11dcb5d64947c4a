import dataclasses
import re

import numpy as np
import pytest

from cosim.codes import CHUNK
from cosim.tile.result import FlatRun
from energy.analog_macro import analog_energy
from network import images, integer
from network.compiled_store import save_compiled
from ohmloop import network_modes, network_run
from ohmloop.network_case import NetworkCase, engines_of, find_source, prepare
from ohmloop.network_collect import Left
from ohmloop.network_report import network_checks
from ohmloop.network_run import run_case

IMAGES = 20  # more than run at a time without toggles


@pytest.fixture
def case(network_files):
    folder = network_files()
    return NetworkCase(
        network=f"{folder}/nets.py:small", chip=folder / "chip.toml", images=6, engine="twin"
    )


def compiled_file(case):
    """Compile the network of a case into a file beside it."""
    path = case.chip.with_name("compiled.npz")
    source = find_source(case, images.load(case.data))
    engines = engines_of(case, source)
    save_compiled(path, source.network, source.compiled, chip=source.chip, engines=engines)
    return path


def run(case, build_dir, **changed):
    return run_case(dataclasses.replace(case, **changed), build_dir=build_dir)


def test_ideal_chip_gives_the_integer_network(case, tmp_path):
    result = run(case, tmp_path, ideal=True)
    prepared = result.prepared
    labels = integer.classify(integer.outputs(prepared.network, prepared.images))
    np.testing.assert_array_equal(result.labels, labels)
    assert result.wrong_outputs == 0
    assert result.accuracy == result.integer_accuracy == (labels == prepared.labels).mean()


def test_device_and_seed_decide_the_outputs(case, tmp_path):
    first, again, other = (run(case, tmp_path, seed=seed) for seed in (1, 1, 2))
    assert first.outputs_hash == again.outputs_hash != other.outputs_hash
    assert first.toggles == again.toggles != other.toggles
    assert first.wrong_outputs > 0
    assert run(case, tmp_path, read_noise=False).outputs_hash != first.outputs_hash


def test_images_in_parts_have_the_outputs_of_all_at_once(case, tmp_path):
    whole = run(case, tmp_path, images=IMAGES)
    parts = run(case, tmp_path, images=IMAGES, toggles=False)
    assert parts.outputs_hash == whole.outputs_hash
    assert parts.toggles is None
    for one, other in zip(parts.steps, whole.steps, strict=True):
        assert one.fingerprint.outputs == other.fingerprint.outputs
        assert one.code_counts == other.code_counts
        assert one.toggles is None
        assert other.toggles is not None


def test_progress_ends_with_all_vectors(case, tmp_path):
    for toggles in (True, False):
        told = []
        one = dataclasses.replace(case, images=IMAGES, toggles=toggles)
        run_case(one, build_dir=tmp_path, progress=lambda *said, told=told: told.append(said))
        shares = [share for what, share in told if what == "converting"]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_threads_change_nothing(case, tmp_path):
    one, two = (run_case(case, build_dir=tmp_path, threads=threads) for threads in (1, 2))
    assert (one.outputs_hash, one.toggles) == (two.outputs_hash, two.toggles)


def test_compiled_file_runs_as_its_network(case, tmp_path):
    want = run(case, tmp_path)
    # Neither chip nor mapping is told again.
    have = run(case, tmp_path, network=str(compiled_file(case)), chip=None)
    assert have.outputs_hash == want.outputs_hash
    assert (have.steps, have.toggles) == (want.steps, want.toggles)
    assert (have.integer_accuracy, have.float_accuracy) == (want.integer_accuracy, None)


def test_compiled_file_says_where_its_layers_run(case):
    layers = {"0.0.0": "native"}
    path = str(compiled_file(dataclasses.replace(case, layers=layers)))
    stored = NetworkCase(network=path, chip=None)
    names = list(prepare(case).addresses)
    assert prepare(stored).addresses == dict.fromkeys(names, "twin") | layers
    whole = dataclasses.replace(stored, engine="native")
    assert prepare(whole).addresses == dict.fromkeys(names, "native")
    one = dataclasses.replace(stored, layers={names[-1]: "cocotb"})
    assert prepare(one).addresses == dict.fromkeys(names, "twin") | layers | one.layers


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ({"engine": "twin"}, "operations"),
        ({"engine": "native"}, "flat"),
        ({"engine": None}, "flat"),
        ({"engine": "native", "flat": False}, "partitioned"),
        ({"engine": "cocotb"}, "flat"),
        ({"engine": "native", "layers": {"0.0.0": "twin"}}, "operations"),
    ],
)
def test_engines_decide_what_of_the_tile_runs_in_rtl(case, settings, mode):
    assert prepare(dataclasses.replace(case, **settings)).mode == mode


def test_large_tile_is_partitioned(case, network_files):
    network_files(pes=32)
    assert prepare(dataclasses.replace(case, engine="native")).mode == "flat"
    network_files(pes=33)
    assert prepare(dataclasses.replace(case, engine="native")).mode == "partitioned"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "natve"}, "Engine 'natve' is unknown; nearest: native"),
        ({"images": 361}, "Number of images must be between 1 and 360, not 361"),
        ({"data": "digit"}, "Data set 'digit' is unknown; nearest: digits, digits32"),
        ({"layers": {"conv": "twin"}}, "Layer 'conv' is unknown; known: 0.0.0, 0.1, 0.3"),
        (
            {"layers": {"0.0.0": "board"}},
            "Engine of layer '0.0.0' 'board' is unknown; known: twin, native, cocotb",
        ),
        (
            {"flat": True},
            "Tile that is flat must run on 'native' as a whole, not on twin",
        ),
        ({"mapping": "novel"}, "Mapping 'novel' is unknown; known: conventional, kernel"),
        ({"network": "nets.py"}, "Network must be FILE.py:NAME or FILE.npz, not 'nets.py'"),
    ],
)
def test_cases_that_cannot_be(case, settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        prepare(dataclasses.replace(case, **settings))


def test_images_of_another_size(case):
    path = str(compiled_file(case))
    one = dataclasses.replace(case, network=path, data="digits32")
    message = "Images of 'digits32' must be 8 x 8 x 1, as the network, not 32 x 32 x 3"
    with pytest.raises(ValueError, match=f"^{message}$"):
        prepare(one)


def test_node_that_is_not_known_is_refused_before_the_run(case):
    file = case.chip
    file.write_text(file.read_text().replace("node_nm = 32", "node_nm = 28"))
    message = r"^Technology node must be one of 130, 90, 65, 45, 32, 22 nm, not 28$"
    with pytest.raises(ValueError, match=message):
        prepare(case)


def test_network_that_is_larger_than_the_chip(case, network_files):
    network_files(pes=2)
    with pytest.raises(ValueError, match=r"^Network must fit tile\.pes = 2 .*tile\.pes = 3$"):
        prepare(case)


def test_compiled_file_on_another_tile(case, network_files):
    path = str(compiled_file(case))
    network_files(pes=11)
    message = f"Chip 'small' must have macro and tile of 'small', for which {path!r} was compiled"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        prepare(dataclasses.replace(case, network=path))


def test_compiled_file_is_not_mapped_anew(case):
    path = str(compiled_file(case))
    message = f"Mapping and schedule must be left out with {path!r}, which is compiled"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        prepare(dataclasses.replace(case, network=path, mapping="kernel"))


@pytest.mark.long
@pytest.mark.parametrize("ideal", [True, False])
def test_same_result_whatever_runs_in_rtl(case, build_dir, ideal):
    twin = run(case, build_dir, images=3, ideal=ideal)
    for settings in (
        {"engine": "native"},
        {"engine": "native", "flat": False},
        {"engine": "cocotb"},
        {"layers": {"0.0.0": "cocotb", "0.3": "native"}},
    ):
        result = run(case, build_dir, images=3, ideal=ideal, **settings)
        assert result.outputs_hash == twin.outputs_hash
        assert result.toggles == twin.toggles
        whole = result.prepared.mode != "operations"
        for step, want in zip(result.steps, twin.steps, strict=True):
            assert step.toggles == want.toggles
            assert step.code_counts == want.code_counts
            assert step.measured == (want.predicted if whole else None)
        if whole:
            assert set(result.run_cycles) == {twin.predicted_cycles}


def test_result_that_breaks_a_rule_fails_its_check(case, tmp_path):
    result = run(case, tmp_path, ideal=True)
    measured = [dataclasses.replace(step, measured=step.predicted) for step in result.steps]
    cycles = np.full(len(result.labels), result.predicted_cycles)
    right = dataclasses.replace(result, steps=tuple(measured), run_cycles=cycles)
    assert {check["passed"] for check in network_checks(right)} == {True}
    assert len(network_checks(right)) == len(result.steps) + 2
    events = dataclasses.replace(measured[1].predicted, filling=99)
    measured[1] = dataclasses.replace(measured[1], measured=events)
    for changed, name in (
        ({"wrong_outputs": 1}, "outputs equal the integer network"),
        ({"steps": tuple(measured)}, "cycles of 0.1 equal the prediction"),
        ({"run_cycles": cycles + (cycles.cumsum() == cycles[0])}, "cycles of the program equal"),
    ):
        failed = [
            c for c in network_checks(dataclasses.replace(right, **changed)) if not c["passed"]
        ]
        assert len(failed) == 1
        assert failed[0]["name"].startswith(name)


def test_tile_with_other_outputs_than_its_operations(case, tmp_path, monkeypatch):
    def run_flat(compiled, images, jobs, **options):
        outputs = np.zeros((len(images), 1, 1, 10), np.uint8)
        return FlatRun(outputs=outputs, log=None, run_cycles=None, toggles={}, simulated_cycles=1)

    monkeypatch.setattr(network_modes, "run_flat", run_flat)
    monkeypatch.setattr(network_run, "_build", lambda prepared, build_dir: None)
    message = "^RTL of the tile must give the outputs of its operations, but differs in image 0$"
    with pytest.raises(RuntimeError, match=message):
        run(case, tmp_path, engine="native")


def test_run_ends_at_its_limit(case, tmp_path):
    message = r"^Simulation did not end within 0 s, but was at macro 0 of layer '0\.0\.0'$"
    with pytest.raises(TimeoutError, match=message):
        run(case, tmp_path, limit_s=0)


def test_analog_energy_of_a_step_is_that_of_its_macros_one_by_one(case, tmp_path, monkeypatch):
    runs = []

    def watch(left, steps, watched=Left.watch):
        for step in watched(left, steps):
            runs.append(step)
            yield step

    monkeypatch.setattr(Left, "watch", watch)
    result = run(case, tmp_path)
    for step, seen in zip(result.steps, runs, strict=True):
        alone = [
            analog_energy(
                result.prepared.chip,
                toggles=one.toggles,
                conversions=one.conversions,
                array_j=one.array_j,
            )
            for one in seen.macros.values()
        ]
        if not alone:
            assert step.analog is None
            continue
        for part, whole_j in dataclasses.asdict(step.analog).items():
            assert whole_j == pytest.approx(sum(getattr(one, part) for one in alone))
            assert whole_j > 0


def test_codes_of_a_step_are_those_of_its_macros_one_by_one(case, tmp_path, monkeypatch):
    """Of ideal cells a code is the nearest multiple of the step, which each macro is asked for."""
    jobs, infer = {}, network_modes.infer

    def watched(*arguments, seen, **options):
        return infer(*arguments, **options, seen=lambda number, job: jobs.update({number: job}))

    monkeypatch.setattr(network_modes, "infer", watched)
    result = run(case, tmp_path, ideal=True, images=20)
    assert max(len(job.inputs) for job in jobs.values()) > CHUNK
    spec, compiled = result.prepared.compiled.tile.macro, result.prepared.compiled
    per_pe = compiled.tile.table.macros_per_pe
    for step in result.steps:
        counts = np.zeros(2**spec.adc.bits, np.int64)
        pes = next(one.pes for one in compiled.steps if one.name == step.name)
        for job in (job for number, job in jobs.items() if number // per_pe in pes):
            counts += plain_counts(job)
        assert step.code_counts == (tuple(counts.tolist()) if pes else None)
        assert counts.sum() == sum(step.code_counts or ())
    assert len(jobs) == compiled.macros


def plain_counts(job):
    """Return how often each code occurs by the plainest arithmetic: exact sums, nearest codes."""
    spec = job.chip.macro
    counts = np.zeros(2**spec.adc.bits, np.int64)
    levels = job.levels.astype(int) - spec.reference_level
    for bit in range(spec.input_bits):
        plane = job.inputs.astype(int) >> bit & 1
        for first in range(0, spec.rows, spec.parallel_rows):
            rows = slice(first, first + spec.parallel_rows)
            codes = np.floor(plane[:, rows] @ levels[rows] / spec.adc.step + 0.5)
            codes = np.clip(codes + spec.adc.zero_code, 0, 2**spec.adc.bits - 1).astype(int)
            np.add.at(counts, codes, 1)
    return counts


def test_analog_energy_needs_toggles(case, tmp_path):
    assert {step.analog for step in run(case, tmp_path, toggles=False).steps} == {None}
