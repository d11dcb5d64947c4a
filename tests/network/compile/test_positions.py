from hypothesis import given, settings
from hypothesis import strategies as st

from hw_spec.program import Setting
from network.pieces import Layout
from network.positions import Walk

SMALL = st.integers(1, 3)


@settings(deadline=None)
@given(
    rows=st.integers(1, 7),
    columns=st.integers(1, 4),
    window=st.tuples(SMALL, SMALL),
    pool_stride=SMALL,
    stride=SMALL,
    padding=st.integers(0, 2),
    copies=st.integers(1, 7),
    pitch=st.integers(5, 7),
)
def test_counters_step_to_every_position(
    rows, columns, window, pool_stride, stride, padding, copies, pitch, positions_of
):
    layout = Layout(height=9, width=8, channels=5, pitch=pitch, address=70)
    walk = Walk(
        layout=layout,
        rows=rows,
        columns=columns,
        window=window,
        pool_stride=pool_stride,
        stride=stride,
        padding=padding,
    )
    regs = walk.settings(copies)
    strip = -(-rows // copies)
    want = []
    for row in range(strip):
        for column in range(columns):
            for i in range(window[0]):
                for j in range(window[1]):
                    y = (row * pool_stride + i) * stride - padding
                    x = (column * pool_stride + j) * stride - padding
                    want.append([70 + (y * 8 + x) * pitch, x * pitch, y])
    assert positions_of(regs).tolist() == want
    assert walk.positions(copies) == len(want)
    lower = strip * pool_stride * stride
    assert regs[Setting.COPY_Y] == (lower if copies > 1 else 0)
    assert regs[Setting.COPY_ADDRESS] == (lower * 8 * pitch if copies > 1 else 0)
    assert (regs[Setting.LINE], regs[Setting.HEIGHT]) == (8 * pitch, 9)
    assert (regs[Setting.COPIES], regs[Setting.OUT_ROWS]) == (copies, rows)
