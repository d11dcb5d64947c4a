"""Worker processes: on this machine, on a running Dask cluster, or from SLURM."""

import contextlib
import importlib
import logging
import shutil
import signal
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import dask
from distributed import Client, LocalCluster
from distributed.utils import silence_logging_cmgr
from distributed.versions import VersionMismatchWarning

from cosim.source import edition

SLURM = "slurm"
"""Cluster whose workers are SLURM jobs."""

SCHEMES = ("tcp://", "tls://")

WORKER_MEMORY_BYTES = 2 * 2**30
"""Memory of a worker; one that needs more is killed."""

ANSWER_S = 20
"""Longest wait for a cluster to answer, in seconds."""

START_S = 60
"""Longest wait without any worker, in seconds."""

QUEUE_S = 24 * 3600
"""The same where workers stand in SLURM's queue first."""

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run in an orderly way."""

SETTINGS = {
    # A job whose worker died is not tried again beside others: two deaths could then be blamed on
    # a neighbour that waited on the same worker. The farm tries it again alone.
    "distributed.scheduler.allowed-failures": 0,
    # A worker that comes back late on a busy machine is still wanted.
    "distributed.deploy.lost-worker-timeout": START_S,
    "distributed.scheduler.http.routes": [],
    # Results are small and leave at once; what fills a worker is its job, which cannot be spilled.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.profile.enabled": False,
}


def check_cluster(cluster: str | None) -> None:
    """Raise what is wrong with the name of a cluster, before anything is started.

    Raises
    ------
    ValueError
        If it is neither ``slurm`` nor an address.
    FileNotFoundError
        If SLURM or what speaks with it is not there.
    """
    if cluster is None or cluster.startswith(SCHEMES):
        return
    if cluster != SLURM:
        raise ValueError(
            f"Cluster must be '{SLURM}' or an address such as tcp://host:8786, not {cluster!r}"
        )
    _slurm_cluster()
    if shutil.which("sbatch") is None:
        raise FileNotFoundError(
            "Tool 'sbatch' was not found in PATH; run this where SLURM takes jobs"
        )


@contextlib.contextmanager
def connect(cluster: str | None, *, workers: int, folder: Path) -> Iterator[Client]:
    """Start worker processes or join a cluster; on the way out, started workers end.

    Workers of this machine also end with this process, however it ends.

    Parameters
    ----------
    cluster : str or None
        Address of a scheduler, `SLURM`, or None for workers on this machine.
    workers : int
        Workers to start; a cluster with an address brings its own.
    folder : Path
        Folder for what the workers leave behind while they run.

    Raises
    ------
    ConnectionError
        If there is no scheduler at the address.
    ValueError
        If a worker has no Ohmloop or another one.
    TimeoutError
        If no worker comes up.
    """
    stack = contextlib.ExitStack()
    try:
        with signals_held():
            client = _start(stack, cluster, workers, folder)
        limit_s = start_limit_s(cluster)
        try:
            client.wait_for_workers(1, timeout=limit_s)
        except TimeoutError:
            raise TimeoutError(f"No worker came up within {limit_s} s") from None
        _check_workers(client)
        yield client
    finally:
        with signals_held():
            stack.close()


def _start(stack: contextlib.ExitStack, cluster: str | None, workers: int, folder: Path) -> Client:
    """Return the client of a cluster; what ends it all is left in ``stack``."""
    # What fails is told in one line by whoever waits for it.
    stack.enter_context(silence_logging_cmgr(logging.CRITICAL + 1))
    stack.enter_context(dask.config.set(SETTINGS))
    # What must be alike is compared by _check_workers, and told in one line.
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore", VersionMismatchWarning)
    if cluster is None:
        place: Any = stack.enter_context(_local(workers, folder))
    elif cluster == SLURM:
        place = stack.enter_context(_slurm(workers, folder))
    else:
        place = cluster
    try:
        return stack.enter_context(Client(place, timeout=ANSWER_S))
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise ConnectionError(f"Cluster '{cluster}' cannot be reached: {reason}") from None


@contextlib.contextmanager
def signals_held() -> Iterator[None]:
    """Hold back Ctrl-C and its like until the block ends, which has to be soon.

    A cluster that is half started or half ended cannot be ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals interrupt the main thread only
        return
    held: list[int] = []
    handlers = {sign: signal.getsignal(sign) for sign in INTERRUPTS}
    for sign in handlers:
        signal.signal(sign, lambda number, _frame: held.append(number))
    try:
        yield
    finally:
        for sign, handler in handlers.items():
            signal.signal(sign, handler)
        if held:
            signal.raise_signal(held[0])


def start_limit_s(cluster: str | None) -> float:
    """Return the longest time a cluster may be without any worker, in seconds."""
    return QUEUE_S if cluster == SLURM else START_S


@contextlib.contextmanager
def _local(workers: int, folder: Path) -> Iterator[LocalCluster]:
    cluster = LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        processes=True,
        memory_limit=WORKER_MEMORY_BYTES,
        local_directory=str(folder),
        dashboard_address=None,
        # Without this, the scheduler's web server asks for one port on all of the machine.
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        silence_logs=logging.CRITICAL + 1,
    )
    try:
        cluster.sync(_shield)
        cluster.scale(workers)
        yield cluster
    finally:
        # A worker that is still starting cannot be told to end, and would be left behind.
        with contextlib.suppress(TimeoutError):
            cluster.wait_for_workers(workers, timeout=START_S)
        cluster.close(timeout=START_S)


async def _shield() -> None:
    """Keep Ctrl-C, which a terminal sends to every process of a run, from workers still to come.

    They inherit the mask of the thread that starts them, and end when this process says so.
    """
    resource_tracker.ensure_running()  # or it starts with the first worker and unblocks Ctrl-C
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGHUP))


@contextlib.contextmanager
def _slurm(workers: int, folder: Path) -> Iterator[Any]:
    # Queue, account and wall time come from the user's own jobqueue.yaml.
    with _slurm_cluster()(
        cores=1,
        processes=1,
        memory=f"{WORKER_MEMORY_BYTES} B",
        log_directory=str(folder),
        scheduler_options={"dashboard": False, "dashboard_address": ":0"},
        silence_logs=logging.CRITICAL + 1,
    ) as cluster:
        # Keeps the number when workers reach their wall time.
        cluster.adapt(minimum_jobs=workers, maximum_jobs=workers)
        yield cluster


def _slurm_cluster() -> Any:
    try:
        return importlib.import_module("dask_jobqueue").SLURMCluster
    except ImportError:
        raise FileNotFoundError(
            "Python package 'dask-jobqueue' was not found; install it: pip install dask-jobqueue"
        ) from None


def _check_workers(client: Client) -> None:
    """Refuse workers that could not run a job. One without Ohmloop would die of the first."""
    editions = ask(client, lambda: client.run(edition, on_error="return"))
    for worker, found in editions.items():
        if found != edition():
            raise ValueError(f"Worker '{worker}' must have {edition()}, not {found}")


def ask(client: Client, question: Callable[[], Awaitable[Any]]) -> Any:
    """Return what the cluster answers to a call of the client.

    Raises
    ------
    TimeoutError
        If it does not within `ANSWER_S`.
    """

    async def asked() -> Any:
        return await question()

    try:
        return client.sync(asked, callback_timeout=ANSWER_S)
    except TimeoutError:
        raise TimeoutError(f"Cluster did not answer within {ANSWER_S} s") from None
