import numpy as np
import pytest

from energy.boolean import evaluate, parse
from energy.netlist.order import Gate, gate, ordered


def test_function_of_pins_becomes_one_of_places():
    one = gate(parse("B & !A"), {"A": 7, "B": 9, "Y": 3})
    assert one == Gate(parse("B & !A") and ("&", ("pin", "1"), ("~", ("pin", "0"))), (7, 9))


def test_rows_follow_what_they_depend_on_in_runs_of_one_function():
    nand, inverse = parse("!(A & B)"), parse("!A")
    gates = {
        "e": gate(inverse, {"A": "d"}),
        "d": gate(nand, {"A": "b", "B": "c"}),
        "c": gate(nand, {"A": "x", "B": "y"}),
        "b": gate(inverse, {"A": "x"}),
        "a": gate(nand, {"A": "y", "B": "y"}),
        "k": gate(("1",), {}),
    }
    wires, runs = ordered(gates, ["x", "y"])
    assert wires[:2] == ["x", "y"]
    assert set(wires) == {*gates, "x", "y"}
    sizes = [len(run.arguments) for run in runs]
    assert [run.first for run in runs] == [2 + sum(sizes[:n]) for n in range(len(sizes))]
    assert sorted(len(run.arguments) for run in runs) == [1, 1, 1, 1, 2]
    for run in runs:
        assert (run.arguments < run.first).all()
    values = np.zeros(len(wires), np.int64)
    values[:2] = [1, 0]
    for run in runs:
        pins = {str(n): values[rows] for n, rows in enumerate(run.arguments.T)}
        last = run.first + len(run.arguments)
        values[run.first : last] = evaluate(run.function, pins, 1)
    # by hand: b = !x = 0, c = !(x & y) = 1, d = !(b & c) = 1, e = !d = 0, a = !(y & y) = 1
    found = dict(zip(wires, values.tolist(), strict=True))
    assert found == {"x": 1, "y": 0, "b": 0, "c": 1, "d": 1, "e": 0, "a": 1, "k": 1}


def test_loop_is_refused():
    inverse = parse("!A")
    gates = {1: gate(inverse, {"A": 2}), 2: gate(inverse, {"A": 3}), 3: gate(inverse, {"A": 1})}
    with pytest.raises(RuntimeError, match=r"^Netlist must have no loop, but has one of 3 cells$"):
        ordered(gates, [])


def test_wire_from_nowhere_is_refused():
    with pytest.raises(RuntimeError, match=r"^Wire 5 of the netlist must be driven by a cell or"):
        ordered({1: gate(parse("!A"), {"A": 5})}, [2])
