"""A layer split over macros, held in files, so that what describes a macro is small."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cosim.job import MacroJob
from hw_spec.chip import ChipSpec
from network.split import Split


@dataclass(frozen=True, kw_only=True)
class LayerMacro:
    """One macro of a layer. Weights and inputs stay in their files until a job is made of it."""

    chip: ChipSpec
    """Chip the layer runs on."""

    ideal: bool
    """Whether the cells are ideal."""

    seed: int
    """Seed of all randomness of the chip."""

    weights: Path
    """``npy`` file: integers, shape (inputs, outputs)."""

    inputs: Path
    """``npy`` file: unsigned integers, shape (vectors, inputs)."""

    macro: int
    """Number of the macro; see :class:`network.split.Split`."""

    def job(self) -> MacroJob:
        """Return the job of this macro; of the files, only its part is read.

        Raises
        ------
        OSError
            If a file cannot be read.
        ValueError
            If a file holds no array, or one that does not fit.
        """
        weights = np.load(self.weights, mmap_mode="r", allow_pickle=False)
        inputs = np.load(self.inputs, mmap_mode="r", allow_pickle=False)
        split = Split(self.chip.macro, *weights.shape)
        return MacroJob(
            chip=self.chip,
            ideal=self.ideal,
            levels=split.levels(weights, self.macro),
            inputs=split.vectors(inputs, self.macro),
            seed=self.seed,
            macro=self.macro,
        )


def save_layer(folder: Path, weights: np.ndarray, inputs: np.ndarray) -> tuple[Path, Path]:
    """Write the files of a layer for :class:`LayerMacro`, each whole or not at all.

    Raises
    ------
    OSError
        If ``folder`` cannot be written.
    """
    weights_file, inputs_file = folder / "weights.npy", folder / "inputs.npy"
    for path, array in ((weights_file, weights), (inputs_file, inputs)):
        # Renamed into place, because a worker may still have the old file mapped.
        handle, fresh = tempfile.mkstemp(dir=folder, prefix=f".{path.name}-")
        with os.fdopen(handle, "wb") as file:
            np.save(file, array, allow_pickle=False)
        Path(fresh).replace(path)
    return weights_file, inputs_file
