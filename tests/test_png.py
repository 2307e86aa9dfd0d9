"""Smaller PNG files with the same pixels."""

import base64
import struct

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
from pictures import pixels, png

from geofront.png import smaller


def drawn(picture: bytes) -> np.ndarray:
    """Pixels of a PNG of any kind, as a renderer shows it."""
    width, height = struct.unpack(">II", picture[16:24])
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="{address}"/></svg>'
    )
    return pixels(vl_convert.svg_to_png(svg, scale=1))


@pytest.mark.parametrize("background", ["white", "transparent"])
def test_a_chart_keeps_every_pixel_in_less_than_half_of_the_bytes(background):
    data = pd.DataFrame({"x": range(40), "y": [value % 7 for value in range(40)]})
    chart = alt.Chart(data, background=background).mark_line().encode(x="x", y="y", color="y:N")
    picture = png(chart.to_dict(), scale=3)
    result = smaller(picture)
    np.testing.assert_array_equal(drawn(result), drawn(picture))
    assert len(result) < len(picture) / 2
    assert smaller(picture) == result
