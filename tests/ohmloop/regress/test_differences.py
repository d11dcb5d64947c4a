import pytest

from ohmloop.regress.differences import differences, unpredicted


def hashes(digits):
    """Return hashes that are each one digit, eight times."""
    return "".join(digit * 8 for digit in digits)


def macros(digits):
    return dict(zip((4, 7), map(hashes, digits), strict=True))


def said(one, other):
    return [str(difference) for difference in differences(one, other)]


def test_equal_records_do_not_differ(make_record):
    assert said(make_record(), make_record()) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"accuracy": 0.25}, "accuracy must be 50.0000%, not 25.0000%"),
        ({"toggles": 6001}, "toggles must be 6,000, not 6,001"),
        ({"toggles": None}, "toggles must be 6,000, not none"),
        ({"chip_hash": "f" * 64}, "chip hash must be cccccccccccc, not ffffffffffff"),
        ({"rtl_hash": None}, "rtl hash must be dddddddddddd, not none"),
        ({"outputs_hash": "0" * 64}, "outputs hash must be eeeeeeeeeeee, not 000000000000"),
        ({"settings": {"network": "n.py:a", "seed": 2}}, "setting 'seed' must be 1, not 2"),
        (
            {"settings": {"network": "n.py:a", "seed": 1, "flat": True}},
            "setting 'flat' must be none, not True",
        ),
    ],
)
def test_difference_of_a_case(make_record, change, line):
    assert said(make_record(), make_record(**change)) == [line]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"predicted_cycles": 99}, "layer 'fc': predicted cycles must be 1,234, not 99"),
        ({"measured_cycles": 1235}, "layer 'fc': measured cycles must be 1,234, not 1,235"),
        ({"toggles": 1}, "layer 'fc': toggles must be 5,678, not 1"),
        ({"macros": 3}, "layer 'fc': macros must be 2, not 3"),
        (
            {"outputs": hashes("a00")},
            "layer 'fc': data (first image 1) must be bbbbbbbb, not 00000000",
        ),
        (
            {"psums_by_vector": hashes("120"), "psums_by_macro": macros("d0")},
            "layer 'fc': data (first vector 2, first macro 7) must be 33333333, not 00000000",
        ),
        (
            {
                "outputs": hashes("0b0"),
                "psums_by_vector": hashes("023"),
                "psums_by_macro": macros("00"),
            },
            (
                "layer 'fc': data (first image 0, first vector 0, first macro 4) must be aaaaaaaa, "
                "not 00000000"
            ),
        ),
        (
            {"psums_by_macro": {4: hashes("d"), 9: hashes("e")}},
            "layer 'fc': data (first macro 7) must be eeeeeeee, not none",
        ),
        (
            {"outputs": hashes("ab")},
            "layer 'fc': data (first image 2) must be cccccccc, not none",
        ),
    ],
)
def test_difference_of_a_layer(make_record, make_layer, change, line):
    recorded = make_record()
    now = make_record(make_layer(), make_layer("fc", **change))
    assert said(recorded, now) == [line]


def test_causes_come_first_and_layers_in_their_order(make_record, make_layer):
    now = make_record(
        make_layer(toggles=1, outputs=hashes("000")),
        make_layer("fc", predicted_cycles=5),
        accuracy=0.1,
        rtl_hash="0" * 64,
    )
    starts = ["rtl hash", "layer 'conv1': data", "layer 'conv1': toggles", "layer 'fc'", "accuracy"]
    for line, start in zip(said(make_record(), now), starts, strict=True):
        assert line.startswith(start)


def test_other_layers_are_not_compared_one_by_one(make_record, make_layer):
    now = make_record(make_layer(), make_layer("fc1"), make_layer("fc2"))
    assert said(make_record(), now) == ["layers must be conv1, fc, not conv1, fc1, fc2"]


def test_only_differences_of_data_are_worth_a_second_run(make_record, make_layer):
    now = make_record(make_layer(outputs=hashes("000"), toggles=1), make_layer("fc"), accuracy=0.1)
    assert [one.data for one in differences(make_record(), now)] == [True, False, False]


def test_cycles_must_be_those_predicted_whatever_is_recorded(make_record, make_layer):
    now = make_record(make_layer(), make_layer("fc", measured_cycles=1235))
    assert differences(now, now) == []
    (line,) = map(str, unpredicted(now))
    assert line == "layer 'fc': cycles measured must be 1,234, as predicted, not 1,235"
    assert unpredicted(make_record(make_layer(measured_cycles=None))) == []
