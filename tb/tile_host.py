"""The host of a tile: one access per cycle, a read some more."""

from cosim.native.tile import Action
from hw_spec.host import ANSWER_CYCLES


class Host:
    """Carries a script out at the host port.

    Attributes
    ----------
    access : int
        Accesses done.
    answers : list of int
        What was read so far.
    run_cycles : list of int
        Cycles in which the program ran before each interrupt that was waited for.
    """

    def __init__(self, dut, script):
        self._script = script.tolist()
        self._request, self._answer, self._irq = dut.host__request, dut.host__answer, dut.irq
        self._pins = [
            getattr(dut, f"host__{name}") for name in ("write", "region", "index", "data")
        ]
        for pin in (self._request, *self._pins):
            pin.value = 0
        self.access, self.answers, self.run_cycles = 0, [], []
        self._requests = False
        self._due_cycle = None  # of the answer to a read
        self._running = 0  # cycles of the program, as far as this wait has seen it run

    @property
    def done(self):
        """Whether the script has come to its end."""
        return self.access == len(self._script)

    def ask(self):
        """Drive the port; to be called at the beginning of a cycle."""
        action, *rest = self._script[self.access]
        requests = action != Action.AWAIT and self._due_cycle is None
        if requests:
            for pin, value in zip(self._pins, (action == Action.WRITE, *rest), strict=True):
                pin.value = value
        if requests != self._requests:
            self._request.value = requests
            self._requests = requests

    def learn(self, cycle):
        """Look at the port once it has settled; return whether an access is done."""
        action = self._script[self.access][0]
        if action == Action.READ:
            if self._due_cycle is None:
                self._due_cycle = cycle + ANSWER_CYCLES
            if cycle != self._due_cycle:
                return False
            self.answers.append(int(self._answer.value))
            self._due_cycle = None
        elif action == Action.AWAIT:
            # The program starts some cycles after it was asked to.
            if not int(self._irq.value):
                self._running += 1
                return False
            if not self._running:
                return False
            self.run_cycles.append(self._running)
            self._running = 0
        self.access += 1
        return True
