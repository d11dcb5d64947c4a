import pytest

from cosim.twin.control import control_toggles, counter_toggles
from cosim.twin.plan import plan_macro


@pytest.mark.parametrize(
    ("count", "toggles"),
    [(1, 0), (2, 2), (3, 4), (4, 6), (6, 10)],  # by hand: 3: 01, 10 (2), 00; 6: 1 2 1 3 1 2
)
def test_toggles_of_a_counter(count, toggles):
    assert counter_toggles(count) == toggles


def test_toggles_by_hand(make_chip, make_job):
    # 3 planes, 3 groups, 3 columns; two vectors without a gap
    toggles = control_toggles(plan_macro(make_job(make_chip(), vectors=2)))
    assert toggles["sequencer.converting"] == toggles["word_line_decoder.all_open"] == 2
    assert toggles["column_decoder.column_select"] == 2 * 2 * 27
    assert toggles["sequencer.plane"] == 2 * 4  # 2, 1, 0 and back to 2: 01 10, 10 00, 00 10
    assert toggles["sequencer.column"] == 2 * 9 * 4
    assert toggles["row_registers.loaded"] == 4
    assert toggles["slice_combine.finished"] == toggles["slice_combine.draining"] == 4
    assert toggles["slice_combine.psums__valid"] == 3  # the last beat is still offered
