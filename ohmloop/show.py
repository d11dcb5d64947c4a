"""Reports as tables and pictures on a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

BAR_WIDTH = 30


def show_report(report: dict[str, Any], console: Console) -> None:
    """Print a report: results per run, toggles per module, energy, and what was assumed."""
    accuracy = report["accuracy"]
    if accuracy:
        console.print(
            f"Network without a chip: float {accuracy['float_test_set']:.1%} and integer "
            f"{accuracy['integer_test_set']:.1%} of the test set; integer "
            f"{accuracy['integer']:.1%} of these {accuracy['images']} images"
        )
    console.print(_results(report["runs"]))
    console.print(_energy(report["runs"]))
    device_run = next(run for run in report["runs"] if run["case"] == "device")
    console.print(_toggles(device_run, bar="#" if console.options.ascii_only else "█"))
    show_failures(report, console)
    show_assumed(report, console)
    for run in report["runs"]:
        if run["waves"]:
            console.print(f"Waveform: {run['waves']} (open it with gtkwave or surfer)")


def show_failures(report: dict[str, Any], console: Console) -> None:
    """Print what had to hold and does not."""
    for run in report["runs"]:
        for check in run["checks"]:
            if not check["passed"]:
                said = f"{run['chip']}, {run['case']}: {check['name']} ({check['detail']})"
                console.print(f"FAILED {said}", style="bold red")


def show_assumed(report: dict[str, Any], console: Console) -> None:
    """Print the physical numbers that no publication gives."""
    console.print("Assumed, not published for this chip:")
    for one in report["assumed"]:
        why = one["source"].removeprefix("assumed: ")
        console.print(f"  {one['name']} = {one['value']:g} {one['unit']}: {why}")


def _results(runs: list[dict[str, Any]]) -> Table:
    table = Table(title="Results", title_justify="left")
    table.add_column("chip")
    table.add_column("case")
    for name in ("psums", "accuracy", "cycles", "per vector", "predicted", "cycles/s"):
        table.add_column(name, justify="right")
    for run in runs:
        layer = run["layers"][0]
        cycles, each = layer["cycles"], layer["cycles_per_vector"]
        predicted = "-" if cycles["predicted"] is None else f"{cycles['predicted']:,}"
        measured = each["measured"]
        spread = "-".join(str(one) for one in sorted({*measured[:1], *measured[-1:]})) or "-"
        table.add_row(
            run["chip"],
            run["case"],
            "exact" if run["wrong_psums"] == 0 else f"{run['psum_error']:.1%} rms",
            "-" if run["accuracy"] is None else f"{run['accuracy']:.1%}",
            f"{cycles['measured']:,}",
            spread,
            predicted,
            f"{run['cycles_per_s']:,.0f}",
        )
    return table


def _energy(runs: list[dict[str, Any]]) -> Table:
    table = Table(title="Energy per vector", title_justify="left", caption_justify="left")
    table.add_column("chip")
    table.add_column("case")
    for name in ("array", "ADC", "lines", "analog", "clock pins", "toggles", "digital"):
        table.add_column(name, justify="right")
    for run in runs:
        vectors = run["layers"][0]["vectors"]
        analog, digital = run["energy"]["analog"], run["energy"]["digital"]
        lines = ("row_inputs_j", "word_lines_j", "multiplexers_j")
        joules = [analog["array_j"], analog["converters_j"]]
        joules += [sum(analog[name] for name in lines), analog["total_j"]]
        joules += [digital["clock_j"], digital["toggle_j"], digital["total_j"]]
        table.add_row(run["chip"], run["case"], *(_pico(one / vectors) for one in joules))
        table.caption = (
            "analog leaves out: "
            + "; ".join(analog["left_out"])
            + "\ndigital is registers only, at 130 nm; leaves out: "
            + "; ".join(digital["left_out"])
        )
    return table


def _toggles(run: dict[str, Any], *, bar: str) -> Table:
    title = f"Register toggles, {run['chip']} ({run['flip_flops']:,} flip-flops)"
    table = Table(title=title, title_justify="left", box=None, show_header=False)
    most = max(run["toggles"].values())
    for module, toggles in run["toggles"].items():
        table.add_row(module, f"{toggles:,}", bar * round(BAR_WIDTH * toggles / most))
    table.columns[1].justify = "right"
    return table


def _pico(joules: float) -> str:
    return f"{joules * 1e12:,.1f} pJ"
