from energy.chip.ran import CAUSES
from ohmloop.network_gates import network_table


def spent(joules):
    return {"joules": dict.fromkeys(CAUSES, joules), "total_j": len(CAUSES) * joules}


def test_layers_have_whole_names_on_eighty_columns(shown):
    names = ["conv1", "conv6", "dense1"]
    layers = [{"name": name, **spent(9.99e-9)} for name in names]
    entry = {"images": 1, "layers": layers, "shared": spent(1e-9), **spent(40e-9)}
    lines = shown(network_table(entry), 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if " 9.99" in line] == names
