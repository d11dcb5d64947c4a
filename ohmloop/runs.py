"""Runs that are finished, by their names."""

from pathlib import Path

from hw_spec.check import one_of


def report_of(run: str, build_dir: Path) -> Path:
    """Return the ``report.json`` of a run.

    Raises
    ------
    ValueError
        If there is no such run; the message names the nearest.
    """
    folder = build_dir / "runs"
    names = sorted(file.parent.name for file in folder.glob("*/report.json"))
    if not names:
        raise ValueError(
            f"Folder '{folder}' must hold a finished run, but holds none; make one with: "
            "ohmloop sim fc_layer"
        )
    return folder / one_of("Finished run", run, names) / "report.json"
