"""What the commands share: the console, chips, the build folder, and one run at a time."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import filelock
from rich.console import Console

CHIPS = Path(__file__).parents[1] / "chips"
DEFAULT_CHIPS = (CHIPS / "rram_taox_32nm.toml", CHIPS / "rram_intel_32nm.toml")

# Away from a terminal, lines are as long as the widest table, so that logs keep it whole.
console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, markup=False)

build_dir_option = click.option(
    "--build-dir",
    type=click.Path(path_type=Path),
    default=Path("build"),
    show_default=True,
    callback=lambda _context, _option, path: path.absolute(),
    help="Folder for results and for what is built.",
)


@contextlib.contextmanager
def alone_in(run_dir: Path) -> Iterator[None]:
    """Keep other runs of the same kind out of a folder meanwhile, or refuse to start."""
    lock = filelock.FileLock(run_dir / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise ValueError(
            f"Run folder '{run_dir}' must be used by one run at a time, but another one is active; "
            "wait for it or choose another --build-dir"
        ) from None
    with lock:
        yield
