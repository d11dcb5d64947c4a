"""Build cache: a folder per content, filled once, whole or not at all.

Layout of one kind, for a key that starts with ``3f2a…``::

    root/kind/3f2a…/            finished entry; its ``complete.json`` was written last
    root/kind/3f2a….lock        held by the process that fills the entry
    root/kind/3f2a….tmp-x1y2/   being filled, or left behind by a killed process
"""

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import filelock

MARKER = "complete.json"
"""Proof that an entry is whole: its key, and the size of every file in it."""

PREFIX = 16
"""Number of hexadecimal digits of the key that name an entry."""

WAIT_S = 2000
"""Longest wait for another process that fills the same entry, in seconds."""


def key(parts: Mapping[str, str | bytes]) -> str:
    """Return the key of an artefact that is made from ``parts``.

    Every name, every type and every length enters the hash, so no two different mappings are
    written alike. The order of the parts does not matter.

    Parameters
    ----------
    parts : mapping of str to str or bytes
        Everything the artefact depends on: sources, flags, versions of tools.

    Returns
    -------
    str
        SHA-256 in 64 hexadecimal digits.

    Raises
    ------
    TypeError
        If a part is neither text nor bytes.
    """
    digest = hashlib.sha256()
    for name, part in sorted(parts.items()):
        if not isinstance(part, str | bytes):
            raise TypeError(f"Part {name!r} of a build key must be text or bytes, not {part!r}")
        data = part.encode() if isinstance(part, str) else part
        frame = f"{len(name.encode())} {type(part).__name__} {len(data)} {name}"
        digest.update(frame.encode() + data)
    return digest.hexdigest()


def entry(root: Path, kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """Return the folder of an artefact, building it first if it is not there whole.

    ``build`` gets an empty folder, which is renamed afterwards. It must leave only files that
    survive this: binaries and shared libraries do, whereas Verilator's makefiles, dependency files
    and run paths hold the name of the folder they were made in, and are to be removed.

    Processes that ask for one key at the same time build it once; the others wait. If ``build``
    fails or is interrupted, nothing is left behind. What a killed process left behind is never
    taken for an entry, and goes at the next build of the same kind.

    Parameters
    ----------
    root : Path
        The cache.
    kind : str
        Folder of the cache that holds artefacts of this sort.
    key : str
        What :func:`key` returned.
    build : callable
        Fills the folder it is given.

    Raises
    ------
    OSError
        If the cache cannot be written.
    TimeoutError
        If another process has not finished the same entry within ``WAIT_S``.
    """
    room = root / kind
    folder = room / key[:PREFIX]
    if _whole(folder, key):
        return folder
    writable(room)
    _sweep(room)
    lock = filelock.FileLock(_lock_of(folder))
    try:
        lock.acquire(timeout=WAIT_S)
    except filelock.Timeout:
        message = f"Build of '{kind}/{folder.name}' did not end within {WAIT_S} s"
        holder = f"another process holds {str(_lock_of(folder))!r}"
        raise TimeoutError(f"{message} ({holder})") from None
    with lock:
        if not _whole(folder, key):  # another process may have built it meanwhile
            _fill(folder, key, build)
    return folder


def writable(folder: Path, subject: str = "Build folder") -> Path:
    """Return ``folder``, made if it was missing and proven to take files.

    Parameters
    ----------
    folder : Path
        The folder.
    subject : str
        What an error calls it.

    Raises
    ------
    OSError
        Otherwise: the class the system chose, :class:`PermissionError` mostly.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = f"{subject} {str(folder)!r} must be a folder that can be written"
        raise type(error)(f"{message} ({error.strerror})") from None
    return folder


def _fill(folder: Path, key: str, build: Callable[[Path], None]) -> None:
    """Build beside ``folder`` and rename into place. The lock of the entry must be held."""
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}.tmp-"))
    try:
        content = fresh / "new"
        content.mkdir()
        build(content)
        marker = {"key": key, "files": _sizes(content)}
        (content / MARKER).write_text(json.dumps(marker, indent=1))
        if folder.exists():  # damaged; whoever has it open keeps its files
            folder.rename(fresh / "old")
        content.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _whole(folder: Path, key: str) -> bool:
    """Tell whether the marker is there, belongs to ``key``, and every file has its size."""
    try:
        marker = json.loads((folder / MARKER).read_text())
        return marker["key"] == key and marker["files"].items() <= _sizes(folder).items()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _sizes(folder: Path) -> dict[str, int]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.stat().st_size for path in files}


def _sweep(room: Path) -> None:
    """Remove what killed processes left behind; a folder whose lock is held is being filled."""
    for left in room.glob("*.tmp-*"):
        lock = _lock_of(room / left.name.partition(".")[0])
        with contextlib.suppress(filelock.Timeout), filelock.FileLock(lock, timeout=0):
            shutil.rmtree(left, ignore_errors=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
