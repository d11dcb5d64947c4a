"""Runs the points of a sweep one by one, and keeps what each gave."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

import energy
from cosim import cache
from cosim.source import sources_hash
from hw_spec.chip import read_toml
from ohmloop.regress.cases import Case
from ohmloop.regress.key import case_key
from ohmloop.report import write_report, write_whole
from ohmloop.sweep.chip import MOST_PES, chip_of
from ohmloop.sweep.measure import measure
from ohmloop.sweep.plan import Point, Settings, Sweep, merged


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a point."""

    point: Point
    result: dict[str, Any] | None
    """What was measured; see :func:`ohmloop.sweep.measure.measure`. None if it cannot be run."""

    reason: str = ""
    """Why it has no result, in one line."""

    failed: bool = False
    """Whether a build or a simulation failed, rather than that no such chip can be run."""

    kept: bool = False
    """Whether the result was there from before."""


def run_points(
    sweep: Sweep,
    folder: Path,
    run_dir: Path,
    *,
    build_dir: Path,
    progress: Callable[[str], None],
) -> Iterator[Outcome]:
    """Run the points of a sweep that are not done yet; yield what became of each, in their order.

    Parameters
    ----------
    sweep : Sweep
        What is varied.
    folder : Path
        Folder that its paths are relative to.
    run_dir : Path
        Folder of its results; each point has a folder there.
    build_dir : Path
        Build folder.
    progress : callable
        Told what is being done.

    Notes
    -----
    A point of which a build or a simulation fails does not end the others. Neither its result nor
    that of a point that cannot be run is kept, so both are tried again by the next run.
    """
    settings, base = sweep.settings, read_toml("Chip file", folder / sweep.settings.chip)
    for point in sweep.points():
        progress(point.name)
        point_dir = cache.writable(run_dir / "points" / point.name)
        try:
            asked = point_dir / "asked.toml"
            write_chip(asked, merged(merged(base, point.changes), {"tile": {"pes": MOST_PES}}))
            key = point_key(settings, point, asked, folder, build_dir=build_dir)
            kept = load_kept(point_dir / "result.json", key)
            if kept is not None:
                yield Outcome(point=point, result=kept, kept=True)
                continue
            network = network_path(settings.network, folder)
            told = partial(_tell, progress, point.name)
            result = measure(settings, network, asked, point_dir, build_dir=build_dir, told=told)
        except (ValueError, RuntimeError, TimeoutError) as error:
            failed = not isinstance(error, ValueError)
            yield Outcome(
                point=point, result=None, reason=" ".join(str(error).split()), failed=failed
            )
            continue
        write_report(point_dir / "result.json", {"key": key, "result": result})
        yield Outcome(point=point, result=result)


def _tell(progress: Callable[[str], None], point: str, what: str, share: float | None) -> None:
    """Pass on what is being done of a point, and which share of it is done, where it is known."""
    progress(f"{point}: {what}" + ("" if share is None else f", {share:.0%}"))


def write_chip(path: Path, tree: dict[str, Any]) -> None:
    """Write a chip description, after it is checked."""
    chip_of(tree)
    write_whole(path, tomli_w.dumps(tree))


def point_key(
    settings: Settings, point: Point, chip: Path, folder: Path, *, build_dir: Path
) -> str:
    """Return the hash of all that the result of a point depends on."""
    case = Case(
        name=point.name,
        network=network_path(settings.network, folder),
        chip=str(chip.absolute()),
        data=settings.data,
        images=settings.images,
        engine="twin",
        seed=settings.seed,
    )
    return cache.key(
        {
            "case": case_key(case, folder.absolute(), build_dir=build_dir),
            "energy": sources_hash((energy,)),
            "sweep": f"{settings.calibration_images} {settings.energy_images}",
        }
    )


def load_kept(file: Path, key: str) -> dict[str, Any] | None:
    """Return the result in a file, or None if it is not there whole with that key."""
    try:
        tree = json.loads(file.read_bytes())
        return tree["result"] if tree["key"] == key and isinstance(tree["result"], dict) else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def network_path(network: str, folder: Path) -> str:
    """Return a network as :class:`ohmloop.network_case.NetworkCase` takes it."""
    return str((folder / network).absolute())
