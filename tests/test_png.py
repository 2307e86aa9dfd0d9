"""Smaller PNG files with the same pixels."""

import altair as alt
import numpy as np
import pandas as pd
import pytest
from pictures import drawn, png

from geofront.png import smaller


@pytest.mark.parametrize("background", ["white", "transparent"])
def test_a_chart_keeps_every_pixel_in_less_than_half_of_the_bytes(background):
    data = pd.DataFrame({"x": range(40), "y": [value % 7 for value in range(40)]})
    chart = alt.Chart(data, background=background).mark_line().encode(x="x", y="y", color="y:N")
    picture = png(chart.to_dict(), scale=3)
    result = smaller(picture)
    np.testing.assert_array_equal(drawn(result), drawn(picture))
    assert len(result) < len(picture) / 2
    assert smaller(picture) == result
