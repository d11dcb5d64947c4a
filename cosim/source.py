"""Which Ohmloop this is: what a result depends on besides its job."""

import functools
import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np

import behavioral
import cosim
import hw_spec
import network

ROOMS = (hw_spec, behavioral, network, cosim)


@functools.cache
def sources_hash(rooms: tuple[ModuleType, ...] = ROOMS) -> str:
    """Return SHA-256 over all sources that compute results, and over the version of numpy.

    The RTL is not among those of one macro: what counts of it is the Verilog.
    """
    digest = hashlib.sha256(np.__version__.encode())
    for room in rooms:
        folder = Path(room.__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".cpp", ".h"):
                text = path.read_bytes()
                name = f"{room.__name__}/{path.relative_to(folder).as_posix()}"
                digest.update(f"{name} {len(text)} ".encode() + text)
    return digest.hexdigest()


def edition() -> str:
    """Return what must be alike on all machines that share work, for people to read."""
    python = ".".join(platform.python_version_tuple()[:2])
    sources = sources_hash()[:12]
    return (
        f"Ohmloop {version('ohmloop')} (sources {sources}), numpy {np.__version__}, Python {python}"
    )
