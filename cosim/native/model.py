"""A macro to step through by hand: poke its inputs, peek at ports and registers."""

import ctypes
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from cosim.build import design
from cosim.native import state
from cosim.native.build import native_library
from cosim.native.library import begin_trace, load
from hw_spec.check import integer, one_of
from hw_spec.macro import MacroSpec

RESET_CYCLES = 2

HALF_PERIOD_PS = 500
"""Half a clock period in waveforms: cycle n begins at n nanoseconds."""

SLICE_CYCLES = 10_000
"""Cycles between two looks for Ctrl-C, about 0.1 s."""

MOST_CYCLES = 2**62


class _Place(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("bytes", ctypes.c_uint64)]


class _Signal(NamedTuple):
    """A port or register: its width, and where its value lies, least significant byte first."""

    bits: int
    at: int
    bytes: int


class Model:
    """One macro in compiled RTL, driven step by step. It starts right after a reset.

    Ports go by their names, registers by their paths in the manifest. Inputs hold until they are
    poked again; outputs follow them at once. To be used in a ``with`` block, which frees it.

    Parameters
    ----------
    spec : MacroSpec
        Macro to simulate.
    build_dir : Path
        Build folder, with the cache.
    trace : {"vcd", "fst"}
        Kind of waveform that :meth:`trace` can write.

    Raises
    ------
    FileNotFoundError
        If a tool is missing, or the headers that FST needs.
    RuntimeError
        If the build fails.

    Examples
    --------
    ::

        with Model(spec, build_dir) as model:
            model.poke("inputs__valid", 1)
            model.run_until("analog__sample", 1, limit=100)
            print(model.peek("macro.sequencer.plane"))
    """

    def __init__(self, spec: MacroSpec, build_dir: Path, *, trace: str = "vcd"):
        one_of("Kind of waveform", trace, ("vcd", "fst"))
        rtl = design(spec, build_dir)
        path = native_library(rtl, build_dir, trace=trace)
        self._inputs = [name for name, port in rtl.ports.items() if port.direction == "input"]
        self._suffix = f".{trace}"
        self._maker = path.parent.name  # the key of the library: design, Verilator, compiler
        self._library = load(path)
        self._model: int | None = self._library.ohmloop_model_new()
        widths = {name: port.bits for name, port in rtl.ports.items()} | rtl.registers
        self._signals = {
            name: self._signal(index, bits) for index, (name, bits) in enumerate(widths.items())
        }
        self._cycle = 0
        self._tracing = False
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def cycle(self) -> int:
        """Clock cycles so far, those of resets included."""
        return self._cycle

    def peek(self, name: str) -> int:
        """Return the value of a port or register, as an unsigned number.

        Raises
        ------
        ValueError
            If the name is unknown or the model closed.
        """
        self._open()
        signal = self._signals[one_of("Port or register", name, self._signals)]
        return int.from_bytes(ctypes.string_at(signal.at, signal.bytes), "little")

    def poke(self, name: str, value: int) -> None:
        """Give an input port a value, which it holds.

        Raises
        ------
        TypeError
            If the value is no integer.
        ValueError
            If no input has this name, the value does not fit, or the model is closed.
        """
        model = self._open()
        if name == "clk":
            raise ValueError("Port 'clk' must be left to step, run_until and reset")
        signal = self._signals[one_of("Input port", name, self._inputs)]
        integer(f"Value of port '{name}'", value, 0, 2**signal.bits - 1)
        ctypes.memmove(signal.at, value.to_bytes(signal.bytes, "little"), signal.bytes)
        self._library.ohmloop_model_eval(model)

    def step(self, cycles: int = 1) -> None:
        """Turn the clock.

        Raises
        ------
        TypeError, ValueError
            If ``cycles`` is no number of cycles, or the model is closed.
        """
        model = self._open()
        left = integer("Number of cycles", cycles, 0, MOST_CYCLES)
        while left:
            some = min(left, SLICE_CYCLES)
            self._library.ohmloop_model_step(model, self._cycle, some)
            self._cycle += some
            left -= some

    def run_until(self, name: str, value: int, limit: int) -> int:
        """Turn the clock until a port or register has a value, and return how often.

        Raises
        ------
        TimeoutError
            If it has not after ``limit`` cycles.
        ValueError
            If the name is unknown or the model closed.
        """
        integer("Limit", limit, 0, MOST_CYCLES)
        for cycles in range(limit + 1):
            if self.peek(name) == value:
                return cycles
            if cycles < limit:
                self.step()
        raise TimeoutError(
            f"'{name}' did not become {value} within {limit} cycles "
            f"(it is {self.peek(name)} in cycle {self._cycle})"
        )

    def reset(self) -> None:
        """Hold the reset for two cycles. Inputs keep their values, and so do data registers.

        Raises
        ------
        ValueError
            If the model is closed.
        """
        self.poke("rst", 1)
        self.step(RESET_CYCLES)
        self.poke("rst", 0)

    def save(self, path: Path) -> None:
        """Write the state of the whole model, ports and number of cycles included.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If the model is closed.
        """
        model = self._open()
        data = (ctypes.c_char * self._library.ohmloop_model_save(model))()
        self._library.ohmloop_model_saved(model, data)
        state.write(path, state.State(maker=self._maker, cycle=self._cycle, data=data.raw))

    def restore(self, path: Path) -> None:
        """Go on from where :meth:`save` wrote a file.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If the file is damaged or of another design or build, a waveform is being written, or
            the model is closed.
        """
        model = self._open()
        if self._tracing:
            raise ValueError("Waveform must be ended before a state is restored")
        saved = state.read(path, maker=self._maker)
        self._library.ohmloop_model_restore(model, saved.data, len(saved.data))
        self._cycle = saved.cycle

    def trace(self, path: Path) -> None:
        """Write a waveform of the cycles to come.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If its name has another ending than the model can write, another one is being written,
            or the model is closed.
        """
        model = self._open()
        if path.suffix != self._suffix:
            raise ValueError(f"Waveform must end in {self._suffix}, not '{path.name}'")
        if self._tracing:
            raise ValueError("Waveform must be ended before another one begins")
        begin_trace(self._library.ohmloop_model_begin_trace, model, path, HALF_PERIOD_PS)
        self._tracing = True

    def end_trace(self) -> None:
        """End the waveform, if there is one.

        Raises
        ------
        ValueError
            If the model is closed.
        """
        self._library.ohmloop_model_end_trace(self._open())
        self._tracing = False

    def close(self) -> None:
        """Free the model and end its waveform. A closed model stays closed."""
        if self._model is not None:
            self._library.ohmloop_model_free(self._model)
            self._model = None

    def _open(self) -> int:
        if self._model is None:
            raise ValueError("Model must be open, but it was closed")
        return self._model

    def _signal(self, index: int, bits: int) -> _Signal:
        place = _Place()
        self._library.ohmloop_model_place(self._model, index, ctypes.byref(place))
        return _Signal(bits, place.at, place.bytes)
