"""Puts together what came out of running a network."""

import hashlib

import numpy as np

from cosim.tile.cycles import network_cycles
from cosim.tile.events import measured_events
from cosim.tile.fingerprint import Fingerprint
from cosim.tile.flat import FlatRun
from network import integer
from network.integer import IntegerNetwork
from ohmloop.network_case import Prepared
from ohmloop.network_plan import plan
from ohmloop.network_result import NetworkResult, StepResult


def collect(
    prepared: Prepared,
    *,
    tensors: dict[str, np.ndarray],
    fingerprints: dict[str, Fingerprint],
    macro_toggles: dict[str, int],
    flat: FlatRun | None,
    rtl_hash: str | None,
    build_s: float,
    wall_s: float,
) -> NetworkResult:
    """Put together what came out of a run.

    Parameters
    ----------
    prepared : Prepared
        What was run.
    tensors : dict of str to ndarray
        Input, and what each step computed; unsigned, shape (images, height, width, channels).
    fingerprints : dict of str to Fingerprint
        Hashes of what each step left.
    macro_toggles : dict of str to int
        Toggles of the macros of each step, where they ran by themselves.
    flat : FlatRun or None
        The tile in RTL, if it ran.
    rtl_hash : str or None
        Hash of its Verilog.
    build_s, wall_s : float
        Wall time of builds and of the rest, in seconds.

    Raises
    ------
    RuntimeError
        If the tile gave other outputs than its operations one by one.
    """
    compiled, count = prepared.compiled, len(prepared.images)
    outputs = _tensor(prepared.network, prepared.network.output, tensors)
    if flat is not None and not np.array_equal(flat.outputs, outputs):
        wrong = int(np.argwhere(flat.outputs != outputs)[0, 0])
        raise RuntimeError(
            f"RTL of the tile must give the outputs of its operations, but differs in image {wrong}"
        )
    exact = integer.outputs(prepared.network, prepared.images)
    labels = integer.classify(outputs)
    cycles = network_cycles(compiled).cycles
    return NetworkResult(
        prepared=prepared,
        labels=labels,
        accuracy=_share(labels, prepared.labels),
        integer_accuracy=_share(integer.classify(exact), prepared.labels),
        float_accuracy=(
            None
            if prepared.float_labels is None
            else _share(prepared.float_labels, prepared.labels)
        ),
        wrong_outputs=int((outputs != exact).sum()),
        outputs_hash=_hash(outputs),
        steps=_steps(prepared, fingerprints, macro_toggles, flat),
        predicted_cycles=cycles,
        run_cycles=None if flat is None else flat.run_cycles,
        core_toggles=None if flat is None else _toggles(flat, "tile.core."),
        rtl_hash=rtl_hash,
        chip_hash=hashlib.sha256(prepared.chip.model_dump_json().encode()).hexdigest(),
        build_s=build_s,
        wall_s=wall_s,
        simulated_cycles=cycles * count if flat is None else flat.simulated_cycles,
    )


def _steps(
    prepared: Prepared,
    fingerprints: dict[str, Fingerprint],
    macro_toggles: dict[str, int],
    flat: FlatRun | None,
) -> tuple[StepResult, ...]:
    plans = plan(prepared.compiled, prepared.network, prepared.addresses)
    measured = [None] * len(plans) if flat is None else measured_events(flat.log)
    steps = []
    for step, planned, events in zip(prepared.compiled.steps, plans, measured, strict=True):
        counted: tuple[int, int | None] = macro_toggles[step.name], None
        if flat is not None:
            macros = sum(_toggles(flat, f"tile.pe_{pe}.macro_") for pe in step.pes)
            counted = macros, sum(_toggles(flat, f"tile.pe_{pe}.") for pe in step.pes) - macros
        one = StepResult(
            **vars(planned),
            measured=events,
            macro_toggles=counted[0],
            logic_toggles=counted[1],
            fingerprint=fingerprints[step.name],
        )
        steps.append(one)
    return tuple(steps)


def _tensor(network: IntegerNetwork, name: str, tensors: dict[str, np.ndarray]) -> np.ndarray:
    """Return a tensor; no step computes a concatenation, whose sources lie where they belong."""
    if name in tensors:
        return tensors[name]
    sources = next(one.sources for one in network.operations if one.name == name)
    return np.concatenate([_tensor(network, source, tensors) for source in sources], axis=3)


def _toggles(flat: FlatRun, prefix: str) -> int:
    """Return the toggles of all registers whose path begins so."""
    return sum(count for path, count in flat.toggles.items() if path.startswith(prefix))


def _share(labels: np.ndarray, right: np.ndarray) -> float:
    return float((labels == right).mean())


def _hash(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, dtype=np.uint8).tobytes()).hexdigest()
