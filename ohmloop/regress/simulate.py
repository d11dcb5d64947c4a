"""Runs a case for what it is: a network on a chip."""

import tempfile
from pathlib import Path

from cosim.tile.engines import macro_runner
from cosim.tile.inference import Conditions
from cosim.tile.locate import locate
from ohmloop.network_case import NetworkCase, prepare
from ohmloop.network_result import NetworkResult, StepResult
from ohmloop.network_run import run_case
from ohmloop.regress.cases import Case
from ohmloop.regress.record import Layer, Record


def simulate(case: Case, folder: Path, *, build_dir: Path) -> Record:
    """Run a case; see :class:`ohmloop.regress.run.Runner`.

    Raises
    ------
    Exception
        What :func:`ohmloop.network_run.run_case` raises.
    """
    return _record(case, run_case(network_case(case, folder), build_dir=build_dir))


def place_of(case: Case, folder: Path, layer: str, *, build_dir: Path) -> str:
    """Return whether a layer still gives the same psums on two engines, and where not, in words.

    Parameters
    ----------
    case : Case
        Case whose results have changed.
    folder : Path
        Folder that its paths are relative to.
    layer : str
        Name of the first layer whose data have changed.
    build_dir : Path
        Build folder.
    """
    prepared = prepare(network_case(case, folder))
    steps = [step.name for step in prepared.compiled.steps]
    with tempfile.TemporaryDirectory(dir=build_dir) as work_dir:
        twin, native = (
            macro_runner(dict.fromkeys(steps, name), build_dir=build_dir, work_dir=Path(work_dir))
            for name in ("twin", "native")
        )
        try:
            place = locate(
                prepared.compiled,
                prepared.chip,
                prepared.images,
                Conditions(ideal=case.ideal, seed=case.seed),
                step=layer,
                engines=(twin, native),
            )
        except RuntimeError as error:  # it tells the place itself
            return f"engine 'native' stops in layer '{layer}': {error}"
    if place is None:
        return (
            f"engines 'twin' and 'native' agree on layer '{layer}': what has changed is the "
            "network, the chip, or what both engines share"
        )
    return (
        f"engines differ in layer '{layer}', image {place.image}, vector {place.vector}, "
        f"macro {place.macro}, output {place.output}: psum is {place.values[0]} on 'twin' and "
        f"{place.values[1]} on 'native'"
    )


def network_case(case: Case, folder: Path) -> NetworkCase:
    """Return a case as what the network run takes; its paths are relative to ``folder``."""
    return NetworkCase(
        network=str(folder / case.network),
        chip=folder / case.chip,
        data=case.data,
        images=case.images,
        engine=case.engine,
        flat=case.flat,
        ideal=case.ideal,
        seed=case.seed,
        limit_s=case.limit_s,
    )


def _record(case: Case, result: NetworkResult) -> Record:
    return Record(
        settings=case.settings(),
        chip_hash=result.chip_hash,
        rtl_hash=result.rtl_hash,
        accuracy=result.accuracy,
        outputs_hash=result.outputs_hash,
        toggles=result.toggles,
        layers=tuple(_layer(step) for step in result.steps),
    )


def _layer(step: StepResult) -> Layer:
    return Layer(
        name=step.name,
        kind=step.kind,
        macros=step.macros,
        vectors=step.vectors,
        predicted_cycles=step.predicted.cycles,
        measured_cycles=None if step.measured is None else step.measured.cycles,
        toggles=step.toggles,
        outputs=step.fingerprint.outputs,
        psums_by_vector=step.fingerprint.vectors,
        psums_by_macro=step.fingerprint.macros,
    )
