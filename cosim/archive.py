"""Files of arrays that pass between processes, read without running what stands in them."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.lib.npyio import NpzFile
from pydantic import BaseModel, ValidationError

from hw_spec.check import one_of
from hw_spec.chip import first_problem

Meta = TypeVar("Meta", bound=BaseModel)
Result = TypeVar("Result")


def load_archive(
    path: Path,
    subject: str,
    model: type[Meta],
    version: int,
    build: Callable[[Meta, dict[str, np.ndarray]], Result],
) -> Result:
    """Read an npz file.

    Parameters
    ----------
    path : Path
        File, with JSON in the array ``meta``.
    subject : str
        What the file is, as the subject of error messages.
    model : type of BaseModel
        What ``meta`` must be, ``format_version`` among its members.
    version : int
        Version that is known.
    build : callable
        Makes the result of ``meta`` and the other arrays; may raise TypeError or ValueError.

    Raises
    ------
    ValueError
        If the file cannot be read, is of another version, or breaks a rule. One line: file, key,
        rule, value.
    """
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as archive:
            members = dict(archive)
    except Exception as error:  # a damaged archive fails in a dozen ways, all of them meaning this
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ValueError(f"{subject} '{path}' cannot be read: {reason}") from None
    try:
        meta = _meta(members.pop("meta", None), model, version)
        return build(meta, members)
    except ValidationError as error:
        raise ValueError(f"{subject} '{path}': {first_problem(error, model)}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{subject} '{path}': {error}") from None


def check_members(members: Mapping[str, object], keys: Sequence[str]) -> None:
    """Refuse a file that has not just the arrays that it must have.

    Raises
    ------
    TypeError
        If one is missing.
    ValueError
        If there is another one.
    """
    for key in keys:
        if not isinstance(members.get(key), np.ndarray):
            raise TypeError(f"array '{key}' is missing")
    for key in members:
        one_of("array", key, keys)


def _meta(member: object, model: type[Meta], version: int) -> Meta:
    if not isinstance(member, np.ndarray):
        raise TypeError("array 'meta' is missing")
    text = str(member)
    try:
        found = json.loads(text)["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("'meta' must be JSON with a 'format_version'") from None
    if found != version:
        raise ValueError(f"'format_version' must be {version}, not {found!r}")
    return model.model_validate_json(text)
