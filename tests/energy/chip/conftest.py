import pytest

from energy.chip.blocks import block
from energy.mapped import map_design


@pytest.fixture(scope="session")
def macro(gates_design, sky130, build_dir):
    """The small macro in gates, as a block of a chip."""
    return block(map_design(gates_design, sky130, build_dir, node_nm=130, period_s=10e-9))
