import pytest

from cosim.window import check_window, parse_window, refuse_window


def test_window_is_from_first_to_before_last():
    assert parse_window("100:140") == range(100, 140)
    assert parse_window("0:1") == range(1)


@pytest.mark.parametrize(
    "text", ["", "5", "5:", ":5", "5:5", "6:5", "-1:5", "1:2:3", "a:b", "1 :2"]
)
def test_other_texts(text):
    message = rf"^Window must be A:B with A below B, such as 100:140, not '{text}'$"
    with pytest.raises(ValueError, match=message):
        parse_window(text)


@pytest.mark.parametrize("window", [range(0), range(-1, 5), range(0, 5, 2), range(5, 0, -1)])
def test_other_ranges(window):
    with pytest.raises(ValueError, match=r"^Window must be one or more cycles from 0 on, not ran"):
        check_window(window)


def test_engine_without_windows():
    refuse_window("pysim", None)
    message = (
        r"^Engine 'pysim' must watch the whole run, not only cycles 3:5; "
        r"use engine 'native' for a window$"
    )
    with pytest.raises(ValueError, match=message):
        refuse_window("pysim", range(3, 5))
