import dataclasses

import numpy as np
import pytest

from cosim.compare import attempt, first_difference
from cosim.job import MacroRun

RUN = MacroRun(
    psums=np.array([[1, 2], [3, -4]]),
    done_cycles=np.array([7, 9]),
    conversions=12,
    code_counts=np.array([12, 36]),
    array_j=0.1,
    toggles={"macro.a": 5, "macro.b.c": 0},
)


def changed(**members):
    return dataclasses.replace(RUN, **members)


def test_equal_outcomes():
    assert first_difference({"one": RUN, "other": changed(psums=RUN.psums.copy())}) is None
    assert first_difference({"one": ValueError("3"), "other": ValueError("4")}) is None
    assert first_difference({"one": RUN}) is None


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (changed(psums=np.array([[1, 2], [3, 4]])), "psum of vector 1, output 1 is -4 on a and 4"),
        (changed(psums=np.array([[1, 2]])), "shape of the psums is (2, 2) on a and (1, 2)"),
        (changed(done_cycles=np.array([7, 8])), "done cycle of vector 1 is 9 on a and 8"),
        (changed(code_counts=np.array([12, 35])), "count of code 1 is 36 on a and 35"),
        (changed(conversions=13), "'conversions' is 12 on a and 13"),
        (changed(array_j=0.1 + 2e-17), "'array_j' is 0.1 on a and 0.10000000000000002"),
        (
            changed(toggles={"macro.a": 5, "macro.b.c": 1}),
            "toggle count of register 'macro.b.c' is 0 on a and 1",
        ),
        (
            changed(toggles={"macro.a": 5}),
            "toggle count of register 'macro.b.c' is 0 on a and None",
        ),
        (
            changed(toggles={**RUN.toggles, "macro.d": 0}),
            "toggle count of register 'macro.d' is None on a and 0",
        ),
        (RuntimeError("broke\nlog"), "outcome is a result on a and RuntimeError (broke)"),
    ],
)
def test_first_difference_in_words(other, message):
    difference = first_difference({"a": RUN, "same": RUN, "b": other})
    assert difference.engines == ("a", "b")
    assert str(difference) == f"{message} on b"


def test_exceptions_of_different_types_differ():
    difference = first_difference({"a": ValueError("3"), "b": TimeoutError("3")})
    assert str(difference) == "outcome is ValueError (3) on a and TimeoutError (3) on b"


def test_what_a_run_raises_is_its_outcome_but_a_missing_tool_is_not():
    def fail(error):
        raise error

    assert attempt(lambda: RUN) is RUN
    for error in (TimeoutError("stuck"), RuntimeError("broke"), KeyError("x")):
        assert attempt(lambda error=error: fail(error)) is error
    for error in (FileNotFoundError("no g++"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            attempt(lambda error=error: fail(error))
