import pytest

from cosim.source import sources_hash
from ohmloop.regress import key
from ohmloop.regress.cases import read_cases


@pytest.fixture
def path(make_list):
    return make_list("a")


@pytest.fixture
def key_now(path, tmp_path):
    def key_now():
        (case,) = read_cases(path)
        return key.case_key(case, path.parent, build_dir=tmp_path / "build")

    return key_now


def test_key_stays_while_nothing_changes(path, key_now):
    before = key_now()
    text = path.read_text()
    path.write_text(text.replace('"a"', '"b"', 1).replace("limit_s = 100", "limit_s = 101"))
    assert read_cases(path)[0].name == "b"
    cache = path.parent / "nets" / "__pycache__"
    cache.mkdir()
    (cache / "nets.pyc").write_bytes(b"compiled")
    assert key_now() == before


def test_key_of_a_network_beside_its_list_stays_when_results_come(path, key_now):
    (path.parent / "nets.py").write_text("a = None\n")
    path.write_text(path.read_text().replace("nets/nets.py", "nets.py"))
    before = key_now()
    (path.parent / "golden.json").write_text("{}")
    (path.parent / "build" / "regress").mkdir(parents=True, exist_ok=True)
    (path.parent / "build" / "regress" / "report.json").write_text("{}")
    assert key_now() == before
    (path.parent / "weights.pt").write_text("new")
    assert key_now() != before


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("networks.toml", lambda text: text + "seed = 2\n"),
        ("networks.toml", lambda text: text + "ideal = true\n"),
        ("networks.toml", lambda text: text.replace("nets.py:a", "nets.py:b")),
        ("chip.toml", lambda text: text.replace("zero_code = 19", "zero_code = 18")),
        ("nets/nets.py", lambda text: text + "b = 1\n"),
        ("nets/deep/weights.pt", lambda text: "new"),
    ],
)
def test_key_changes_with_whatever_a_case_is_made_from(path, key_now, file, change):
    before = key_now()
    file = path.parent / file
    file.parent.mkdir(exist_ok=True)
    text = file.read_text() if file.exists() else ""
    changed = change(text)
    assert changed != text
    file.write_text(changed)
    assert key_now() != before


def test_key_changes_with_sources_and_tools(key_now, monkeypatch):
    keys = {key_now()}
    monkeypatch.setattr(key, "compiler_version", lambda: "another")
    keys.add(key_now())
    monkeypatch.setattr(key, "sources_hash", lambda rooms: sources_hash(rooms) + "0")
    keys.add(key_now())
    assert len(keys) == 3


def test_sources_are_those_of_all_rooms(root):
    rooms = {path.parent.name for path in root.glob("*/__init__.py")}
    assert {room.__name__ for room in key.ROOMS} == rooms - {"energy", "tb"}
