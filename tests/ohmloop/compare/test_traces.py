"""The command `compare traces`; how shares become energy is held in tests/energy/test_traces.py."""

import re

import pytest

from energy.digital import TOGGLE_INTERNAL_J, toggle_energy
from energy.traces import AVERAGE, LEVELS, PSEUDO, REAL, WAYS

RUN = "small-small-device"


@pytest.fixture(name="compared")
def _compared(run, command):
    """Return what comparing a run prints."""
    run()
    return command("compare", "traces", RUN).stdout


def test_real_traces_are_what_the_run_reports(compared, left):
    report, traces = left("report.json"), left("traces.json")
    assert traces["outputs_hash"] == report["outputs_hash"]
    layers = [layer for layer in report["runs"][0]["layers"] if layer["macros"]]
    assert [one["name"] for one in traces["layers"]] == [layer["name"] for layer in layers]
    for one, layer in zip(traces["layers"], layers, strict=True):
        real = one["joules"][REAL]
        for part in ("array", "converters", "row_inputs", "word_lines", "multiplexers"):
            assert real[part] == pytest.approx(
                layer["energy"]["analog"][f"{part}_j"], rel=1e-12, abs=0
            )
        toggles = layer["toggles"]["macros"] + layer["toggles"]["logic"]
        assert real["registers"] == pytest.approx(
            toggles * toggle_energy(32).value, rel=1e-9, abs=0
        )


def test_layers_add_up_and_numbers_have_sources(compared, left):
    traces = left("traces.json")
    for way in WAYS:
        for part, joules in traces["joules"][way].items():
            parts = [layer["joules"][way][part] for layer in traces["layers"]]
            assert joules == pytest.approx(sum(parts), rel=1e-9, abs=0)
    toggle, share = traces["numbers"]
    assert toggle["assumed"]
    assert TOGGLE_INTERNAL_J.source in toggle["source"]
    assert (share["value"], share["unit"]) == (0.5, "1")
    assert set(traces["seconds"]) == set(WAYS)


def test_ways_know_as_much_as_they_read(compared, left):
    for layer in left("traces.json")["layers"]:
        shares = layer["shares"]
        assert shares[AVERAGE] == {"inputs": 0.5, "weights": 0.5}
        assert shares[PSEUDO]["inputs"] == shares[LEVELS]["inputs"] > 0
        # Weights around zero lie around the middle level; hardly a cell is at level 0.
        assert shares[LEVELS]["weights"] == pytest.approx(0.5, abs=0.1)
        assert shares[PSEUDO]["weights"] > 0.8
        real, off = layer["joules"][REAL], layer["joules"][LEVELS]
        assert off["array"] == pytest.approx(real["array"], rel=0.25, abs=0)
        for part in ("converters", "word_lines", "multiplexers"):
            assert len({layer["joules"][way][part] for way in WAYS}) == 1


def test_what_no_trace_decides_goes_with_the_images(run, command, left):
    found = []
    for images in (1, 4):
        run(images=images)
        command("compare", "traces", RUN)
        found.append(left("traces.json")["joules"][AVERAGE])
    one, four = found
    for part in ("array", "converters", "row_inputs", "registers"):
        assert four[part] == pytest.approx(4 * one[part], rel=1e-9, abs=0)


def test_tables_tell_the_errors(compared, left):
    joules = left("traces.json")["joules"]
    off = joules[PSEUDO]["array"] / joules[REAL]["array"] - 1
    (line,) = re.findall(r"│ array .*", compared)
    assert f"{joules[REAL]['array'] * 1e9:,.3f}" in line
    assert f"{off:+.1%}" in line
    assert "Left out: clocks and leakage" in compared


def test_run_without_toggles_is_repeated_with_them(run, command, left):
    run("--no-toggles")
    command("compare", "traces", RUN)
    assert left("traces.json")["joules"][REAL]["registers"] > 0


def test_chip_or_network_that_changed_is_refused(run, command, here):
    path = run()
    for file, before, after, message in (
        (
            "chip.toml",
            "value = 0.2,",
            "value = 0.1,",
            "Chip of run '.*' must be as it ran, but was",
        ),
        (
            "nets.py",
            "manual_seed(1)",
            "manual_seed(2)",
            "Network of run '.*' must be as it ran, but",
        ),
    ):
        text = (here / file).read_text()
        (here / file).write_text(text.replace(before, after))
        with pytest.raises(ValueError, match=f"^{message}"):
            command("compare", "traces", RUN)
        (here / file).write_text(text)
    assert not path.with_name("traces.json").exists()
