"""The section `summary`: whether all held, and the figures asked for first."""

from ohmloop.page.blocks import Cell, Fact, Facts, Section, amount, count, percent, prefixed
from ohmloop.page.chip_schema import ChipEnergy
from ohmloop.page.schema import BenchReport, NetworkReport


def summary(report: BenchReport | NetworkReport) -> Section:
    """Return the verdict and a few figures."""
    own = _network(report) if isinstance(report, NetworkReport) else _bench(report)
    wall = Fact(name="Wall time, s", cell=amount(report.wall_s, "/wall_s"))
    facts = (_verdict(report), *own, wall)
    return Section(name="summary", title="Summary", blocks=(Facts(facts=facts),))


def _verdict(report: BenchReport | NetworkReport) -> Fact:
    checks = [check for run in report.runs for check in run.checks]
    held = sum(check.passed for check in checks)
    text, style = ("passed", "good") if report.passed else ("FAILED", "bad")
    # A run that nothing checked has not failed, but it has proved nothing either.
    note = f"{held} of {len(checks)} checks hold"
    if not checks:
        text, style, note = "not checked", "", "only what an RTL engine measures can be checked"
    cell = Cell(text=text, path="/passed", value=report.passed, style=style)
    return Fact(name="Verdict", cell=cell, note=note)


def _network(report: NetworkReport) -> tuple[Fact, ...]:
    (run,) = report.runs
    accuracy, cycles = report.accuracy, run.cycles
    images = f"{accuracy.images:,} image" + ("s" if accuracy.images > 1 else "")
    measured = cycles.measured is not None
    key = "measured" if measured else "predicted"
    wrong = "activations unlike those of the integer network"
    chip = () if run.energy is None else _chip(run.energy)
    return (
        Fact(
            name="Accuracy on the chip, %",
            cell=percent(accuracy.chip, "/accuracy/chip"),
            note=f"of {images}; integer network {accuracy.integer:.1%}",
        ),
        Fact(
            name="Cycles per image",
            cell=count(getattr(cycles, key), f"/runs/0/cycles/{key}"),
            note="measured" if measured else "predicted; no engine of this run has a clock",
        ),
        Fact(
            name="Register toggles",
            cell=count(run.toggles, "/runs/0/toggles"),
            note="not counted" if run.toggles is None else f"of all registers, {images}",
        ),
        Fact(
            name="Wrong outputs", cell=count(run.wrong_outputs, "/runs/0/wrong_outputs"), note=wrong
        ),
        *chip,
    )


def _chip(energy: ChipEnergy) -> tuple[Fact, ...]:
    once, twice = energy.merit
    where = "/runs/0/energy"
    scale, unit = prefixed(once.joules, "J")
    return (
        Fact(
            name=f"Energy per image, {unit}",
            cell=amount(once.joules, f"{where}/merit/0/joules", scale=scale, digits=3),
            note="of the whole chip, leakage included",
        ),
        Fact(
            name="Chip area, mm2",
            cell=amount(energy.area["total_m2"], f"{where}/area/total_m2", scale=1e-6, digits=3),
            note=f"at {energy.node_nm} nm",
        ),
        Fact(
            name="Images per second",
            cell=amount(once.frames_per_second, f"{where}/merit/0/frames_per_second", digits=1),
            note=f"one after the other, at {energy.clock_period_s * 1e9:g} ns per cycle",
        ),
        Fact(
            name="TOPS/W",
            cell=amount(twice.tops_per_watt, f"{where}/merit/1/tops_per_watt", digits=3),
            note=f"2 operations per MAC; {once.tops_per_watt:.3f} if a MAC is one",
        ),
    )


def _bench(report: BenchReport) -> tuple[Fact, ...]:
    runs = Fact(name="Runs", cell=count(len(report.runs)), note="chips, ideal and as they are")
    found = report.accuracy
    if found is None:
        return (runs,)
    accuracy = Fact(
        name="Accuracy without a chip, %",
        cell=percent(found.integer, "/accuracy/integer"),
        note=f"integer network, {found.images:,} images",
    )
    return (runs, accuracy)
