"""The section `setup`: what was run, on what."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from ohmloop.page.blocks import Cell, Column, Section, Table, amount, count, digest, percent, words
from ohmloop.page.schema import BenchReport, BenchRun, NetworkReport, NetworkRun


def setup(report: BenchReport | NetworkReport) -> Section:
    """Return the settings of the run and those of its chips, with hashes."""
    own = _network(report) if isinstance(report, NetworkReport) else _bench(report)
    general = (
        *own,
        ("engine", words(report.engine, "/engine")),
        ("seed", count(report.seed, "/seed")),
        ("outputs hash, SHA-256", digest(report.outputs_hash, "/outputs_hash")),
    )
    rows = tuple((words(name), cell) for name, cell in general)
    settings = Table(columns=(Column("run", number=False), Column("", number=False)), rows=rows)
    return Section(name="setup", title="Setup", blocks=(settings, _chips(report)))


def _network(report: NetworkReport) -> tuple[tuple[str, Cell], ...]:
    (run,) = report.runs
    return (
        ("network", words(report.network, "/network")),
        ("data", words(report.data, "/data")),
        ("images", count(report.accuracy.images, "/accuracy/images")),
        ("mode", words(run.mode, "/runs/0/mode")),
        ("mapping", words(run.mapping, "/runs/0/mapping")),
        ("PEs used", count(run.pes, "/runs/0/pes")),
        ("macros used", count(run.macros, "/runs/0/macros")),
        ("cells of these PEs in use, %", percent(run.utilisation, "/runs/0/utilisation")),
        ("read noise", _truth(run.read_noise, "/runs/0/read_noise")),
        ("simulated cycles", count(run.simulated_cycles, "/runs/0/simulated_cycles")),
        ("chip hash, SHA-256", digest(run.chip_hash, "/runs/0/chip_hash")),
    )


def _bench(report: BenchReport) -> tuple[tuple[str, Cell], ...]:
    return (("bench", words(report.bench, "/bench")),)


def _chips(report: BenchReport | NetworkReport) -> Table:
    """Return a column per run: its chip, macro, tile and speed."""
    runs = [dict(_settings(report, at)) for at in range(len(report.runs))]
    names = dict.fromkeys(name for run in runs for name in run)
    rows = tuple((words(name), *(run.get(name, words("-")) for run in runs)) for name in names)
    columns = (Column(f"{run.chip}, {run.case}", number=False) for run in report.runs)
    return Table(columns=(Column("chip", number=False), *columns), rows=rows)


def _settings(report: BenchReport | NetworkReport, at: int) -> Iterator[tuple[str, Cell]]:
    run, path = report.runs[at], f"/runs/{at}"
    yield "after", words(run.source, f"{path}/source")
    yield "device", words(run.device, f"{path}/device")
    yield "node, nm", Cell(text=str(run.node_nm), path=f"{path}/node_nm", value=run.node_nm)
    yield from _flat(run.macro, "macro", f"{path}/macro")
    if isinstance(run, NetworkRun):
        yield from _flat(run.tile, "tile", f"{path}/tile")
    if isinstance(run, BenchRun):
        yield "flip-flops", count(run.flip_flops, f"{path}/flip_flops")
    yield "RTL hash, SHA-256", digest(run.rtl_hash, f"{path}/rtl_hash")
    yield "simulation, s", amount(run.wall_s, f"{path}/wall_s", digits=3)
    yield "building before it, s", amount(run.build_s, f"{path}/build_s", digits=3)
    yield "simulated cycles/s", amount(run.cycles_per_s, f"{path}/cycles_per_s", digits=0)


def _flat(tree: Mapping[str, JsonValue], name: str, path: str) -> Iterator[tuple[str, Cell]]:
    """Return all settings of a table, those of the tables inside it included."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{name} {key}", f"{path}/{key}")
        elif value is not None:
            yield f"{name} {key}".replace("_", " "), _plain(value, f"{path}/{key}")


def _plain(value: JsonValue, path: str) -> Cell:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return Cell(text=text, path=path, value=value)


def _truth(value: bool, path: str) -> Cell:
    return Cell(text="on" if value else "off", path=path, value=value)
