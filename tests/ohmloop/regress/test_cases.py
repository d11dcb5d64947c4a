import pytest

from ohmloop.regress.cases import choose, read_cases

CASE = '[[case]]\nname = "{}"\nnetwork = "nets.py:a"\nchip = "chip.toml"\n'


@pytest.fixture
def case_list(tmp_path):
    def case_list(text):
        path = tmp_path / "networks.toml"
        path.write_text(text)
        return path

    return case_list


def test_cases_in_their_order_with_what_is_left_out(case_list):
    path = case_list(CASE.format("b") + "images = 5\nflat = false\n" + CASE.format("a"))
    cases = read_cases(path)
    assert [case.name for case in cases] == ["b", "a"]
    assert (cases[0].images, cases[0].flat, cases[0].ideal) == (5, False, False)
    assert (cases[1].images, cases[1].flat, cases[1].engine) == (None, None, "native")


def test_settings_are_all_but_name_and_limit(case_list):
    cases = read_cases(case_list(CASE.format("a") + CASE.format("b") + "limit_s = 5\n"))
    assert cases[0].settings() == cases[1].settings()
    assert cases[0].settings()["network"] == "nets.py:a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"Case list '.*' must hold tables \[\[case\]\] and nothing else$"),
        ("case = 3", r"Case list '.*' must hold tables \[\[case\]\] and nothing else$"),
        (CASE.format("a") + "[other]", r"must hold tables \[\[case\]\] and nothing else$"),
        ("[[case]", r"Case list '.*' is not valid TOML: "),
        (CASE.format("a") * 2, r"Case list '.*': names must differ, but 'a' is given twice$"),
        (
            CASE.format("a") + "images = 0",
            r"Case list '.*', case 1: 'images' must be greater than or equal to 1, not 0$",
        ),
        (
            CASE.format("a") + CASE.format("b") + "seeds = 1",
            r"Case list '.*', case 2: in \[top level\] key 'seeds' is unknown; nearest: seed$",
        ),
        (
            CASE.format("a") + 'engine = "cocotb"',
            r"case 1: 'engine' must be 'twin' or 'native', not 'cocotb'$",
        ),
        ('[[case]]\nname = "a"\nchip = "c"', r"case 1: key 'network' is missing$"),
        ("case = [3]", r"case 1: '' must be a valid dictionary or instance of Case, not 3$"),
        (CASE.format("A b"), r"case 1: 'name' must match pattern"),
    ],
)
def test_broken_list_is_told_in_one_line(case_list, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read_cases(case_list(text))
    assert "\n" not in str(error.value)


def test_missing_list(tmp_path):
    with pytest.raises(ValueError, match=r"^Case list '.*' cannot be read: No such file"):
        read_cases(tmp_path / "none.toml")


def test_filter_is_part_of_a_name(case_list):
    cases = read_cases(case_list("".join(map(CASE.format, ("cnn-a", "cnn-b", "mlp-a")))))
    assert choose(cases, None) == cases
    assert choose(cases, "cnn") == cases[:2]
    assert choose(cases, "-a") == (cases[0], cases[2])
    with pytest.raises(ValueError, match=r"^Case 'cnn-c' is unknown; nearest: cnn-"):
        choose(cases, "cnn-c")
    with pytest.raises(ValueError, match=r"^Case 'z' is unknown; known: cnn-a, cnn-b, mlp-a$"):
        choose(cases, "z")
