import numpy as np
import pytest

from cosim.engines import ENGINES
from cosim.tile.engines import macro_runner

ADCS = {
    "flash": {"bits": 5, "step": 2, "zero_code": 16},
    "sar": {"kind": "sar", "bits": 4, "step": 4, "zero_code": 8},
}


@pytest.mark.parametrize(
    ("adc", "addresses"), [("flash", ("cocotb", "native")), ("sar", ("native", "cocotb"))]
)
def test_layer_moved_to_another_engine_gives_the_same(adc, addresses, make_case, run_steps):
    case = make_case(ADCS[adc])
    expected, _ = run_steps(case)
    moved, _ = run_steps(case, dict(zip(("first", "second"), addresses, strict=True)))
    for step, other in zip(moved, expected, strict=True):
        np.testing.assert_array_equal(step.output, other.output)
        assert step.macros.keys() == other.macros.keys()
        for number, run in other.macros.items():
            assert step.macros[number].toggles == run.toggles, number
            assert step.macros[number].conversions == run.conversions
            assert step.macros[number].array_j == run.array_j
            np.testing.assert_array_equal(step.macros[number].code_counts, run.code_counts)
    assert [len(step.macros) for step in moved] == [3, 0, 2]


def test_layers_run_where_their_addresses_say(make_case, run_steps, monkeypatch):
    case, asked = make_case(ADCS["flash"]), []
    twin, native = ENGINES["twin"], ENGINES["native"]
    run, prepared = twin.run, native.prepared

    def on_twin(job, work_dir, **options):
        asked.append(("twin", job.macro))
        return run(job, work_dir, **options)

    def on_native(spec, work_dir, **options):
        run_one = prepared(spec, work_dir, **options)

        def noted(job):
            asked.append(("native", job.macro))
            return run_one(job)

        return noted

    monkeypatch.setattr(twin, "run", on_twin)
    monkeypatch.setattr(native, "prepared", on_native)
    run_steps(case, {"second": "native"})
    assert asked == [*(("twin", macro) for macro in (0, 1, 2)), ("native", 4), ("native", 5)]


def test_addresses_that_are_unknown_or_missing(make_case, tmp_path):
    step = make_case(ADCS["flash"]).compiled.steps[0]
    message = r"^Address of layer 'first' 'nativ' is unknown; nearest: native$"
    with pytest.raises(ValueError, match=message):
        macro_runner({"first": "nativ"}, build_dir=tmp_path, work_dir=tmp_path)
    of_step = macro_runner({"second": "twin"}, build_dir=tmp_path, work_dir=tmp_path)
    with pytest.raises(ValueError, match=r"^Layer 'first' must have an address, but has none$"):
        of_step(step)
