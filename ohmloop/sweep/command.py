"""The command `sweep`: a network on many chips, and what each choice costs."""

import sys
from pathlib import Path

import click

from cosim.cache import writable
from hw_spec.check import one_of
from ohmloop.network_options import short_name
from ohmloop.report import write_report, write_whole
from ohmloop.sweep.plan import Sweep, read_sweep
from ohmloop.sweep.report import sweep_report, sweep_table
from ohmloop.sweep.run import Outcome, run_points
from ohmloop.terminal import alone_in, build_dir_option, console

SWEEPS = Path(__file__).parents[2] / "sweeps"


@click.command("sweep", epilog="Example: ohmloop sweep adc_bits")
@click.argument("name", required=False)
@click.option("--network", help="FILE.py:NAME or FILE.npz, instead of that of the sweep.")
@click.option("--chip", type=click.Path(path_type=Path), help="Chip description to vary.")
@click.option("--data", help="Images: digits, digits32 or cifar10:FOLDER.")
@click.option("--images", type=click.IntRange(1), help="Test images for the accuracy.")
@build_dir_option
def sweep_command(
    name: str | None,
    network: str | None,
    chip: Path | None,
    data: str | None,
    images: int | None,
    build_dir: Path,
) -> None:
    """Run sweep NAME: accuracy, area, energy and speed of every chip. Without NAME, list them.

    NAME is one of sweeps/, or a file of the same form. Points that are done stay on disk: the next
    run takes them from there, unless something they depend on has changed. Leaves sweep.json and
    sweep.html, and the description of every chip, in sweeps/ of the build folder.
    """
    if name is None:
        for path in sorted(SWEEPS.glob("*.toml")):
            console.print(f"{path.stem}: {read_sweep(path).settings.title}")
        return
    path = find_sweep(name)
    sweep = read_sweep(path)
    sweep = sweep.changed(
        network=network and str(Path.cwd() / network),
        chip=chip and str(chip.absolute()),
        data=data,
        images=images,
    )
    folder = sweep.name if network is None else f"{sweep.name}-{short_name(network)}"
    run_dir = writable(build_dir / "sweeps" / folder)
    with alone_in(run_dir):
        outcomes = _run(sweep, path.parent, run_dir, build_dir)
        report = sweep_report(sweep, outcomes, build_dir=build_dir)
        write_report(run_dir / "sweep.json", report)
        # Here, because plots take a second to load, which other commands need not wait for.
        from ohmloop.sweep.page import sweep_page

        write_whole(run_dir / "sweep.html", sweep_page(report))
    console.print(sweep_table(report))
    console.print(f"Report: {run_dir / 'sweep.json'}, {run_dir / 'sweep.html'}", soft_wrap=True)
    failed = sum(one.failed for one in outcomes)
    if failed:
        console.print(f"{failed} of {len(outcomes)} points failed; the next run tries them again")
        sys.exit(1)


def find_sweep(name: str) -> Path:
    """Return the file of a sweep: one of the shipped ones by its name, or any by its path.

    Raises
    ------
    ValueError
        If there is none of that name; the message names the nearest.
    """
    if name.endswith(".toml"):
        return Path(name)
    return SWEEPS / f"{one_of('Sweep', name, [one.stem for one in SWEEPS.glob('*.toml')])}.toml"


def _run(sweep: Sweep, folder: Path, run_dir: Path, build_dir: Path) -> list[Outcome]:
    """Run all points, and tell of each what became of it."""
    total, outcomes = len(sweep.points()), []
    with console.status("starting") as status:
        for found in run_points(
            sweep, folder, run_dir, build_dir=build_dir, progress=status.update
        ):
            outcomes.append(found)
            how = "kept from before" if found.kept else "done"
            if found.result is None:
                how = f"{'failed' if found.failed else 'cannot be run'}: {found.reason}"
            console.print(f"{len(outcomes)} of {total}: {found.point.name}, {how}", soft_wrap=True)
    if all(one.result is None for one in outcomes):
        first = next((one for one in outcomes if one.failed), outcomes[0])
        error = RuntimeError if first.failed else ValueError
        raise error(f"No point of sweep '{sweep.name}' can be run: {first.reason}")
    return outcomes
