"""Tables as notebooks show them."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from geofront.errors import GeofrontError
from geofront.report.pages import markdown
from geofront.tables import say, show
from geofront.tables.cells import is_numeric, texts
from geofront.tables.display import latex


@pytest.fixture
def frame() -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["A <voice>", "B"], [1000, 3000]], names=["Class", "Distance"])
    frame = pd.DataFrame({"Cost": [12.345, -0.5, np.nan, np.inf], "Within budget": [True, False, True, True]}, index)
    frame.attrs = {"units": {"Distance": "km", "Cost": "USD/MWh"}, "digits": {"Cost": 1}}
    return frame


def test_plain_text_is_aligned_with_units_in_heads(frame):
    assert [line.rstrip() for line in repr(show(frame)).splitlines()] == [
        "                        Cost [USD/MWh] Within budget",
        "Class     Distance [km]",
        "A <voice> 1,000                   12.3           yes",
        "          3,000                   −0.5            no",
        "B         1,000                      –           yes",
        "          3,000                      ∞           yes",
    ]


def test_html_has_real_heads_and_shows_what_repeats_once(frame):
    html = show(frame)._repr_html_()
    assert html.count('scope="col"') == 4
    assert html.count('scope="rowgroup" rowspan="2"') == 2
    assert html.count("A &lt;voice&gt;") == 1
    assert '<td style="text-align: right; vertical-align: top; white-space: nowrap">12.3</td>' in html
    assert '<th scope="col" style="text-align: right">Cost <span class="unit">[USD/MWh]</span></th>' in html
    assert show(frame)._repr_html_() == html


def test_an_index_without_name_is_left_out():
    shown = show(pd.DataFrame({"n": [5, 6]}, index=[70, 80]))
    assert "70" not in repr(shown)
    assert "<th" not in shown._repr_html_().split("<tbody>")[1]


def test_own_units_and_digits_come_first(frame):
    shown = repr(show(frame, units={"Cost": "EUR"}, digits={"Cost": 3}))
    assert "[EUR]" in shown
    assert "[USD/MWh]" not in shown
    assert "12.345" in shown
    assert "[km]" not in shown


def test_numbers_that_are_objects_keep_their_own_decimals():
    mixed = pd.Series([3_600_000, 0.22, -1.5, None], dtype=object)
    assert is_numeric(mixed)
    assert texts(mixed) == ["3,600,000", "0.22", "−1.5", "–"]
    exact = pd.Series([123456.7, 9999.96, 335.9367, 22.83239900, 0.000123456, 3.0, np.inf], dtype=object)
    assert texts(exact) == ["123,457", "10,000", "335.9", "22.83", "0.0001235", "3", "∞"]
    assert not is_numeric(pd.Series([1, "one"], dtype=object))
    assert not is_numeric(pd.Series([True, False]))


def test_everything_in_html_is_escaped():
    frame = pd.DataFrame({"<b>": ["<i>&"]}, index=pd.Index(["<u>"], name="<s>"))
    html = show(frame, units={"<b>": "<q>"})._repr_html_()
    assert '&lt;b&gt; <span class="unit">[&lt;q&gt;]</span>' in html
    assert all(f">{text}</t" in html for text in ("&lt;i&gt;&amp;", "&lt;u&gt;", "&lt;s&gt;"))


def test_rows_of_the_same_labels_and_units_of_unknown_columns():
    frame = pd.DataFrame({"n": [5, 6]}, index=pd.Index(["a", "a"], name="x"))
    assert show(frame)._repr_html_().count(">a</th>") == 2
    with pytest.raises(GeofrontError, match="units for unknown columns 'm'; the table has 'x', 'n'"):
        show(frame, units={"m": "MW"})


@pytest.mark.parametrize(
    ("head", "cell", "lines"),
    [
        ("Cost [USD/MWh]", "1", r"\shortstack[l]{Cost\\{}[USD/MWh]}"),
        ("Electricity price [USD/MWh]", "a text of thirty letters or so", "Electricity price [USD/MWh]"),
        ("Loss [1 per 1000 km]", "1", r"\shortstack[l]{Loss\\{}[1 per 1000 km]}"),
        ("Loss", "1", "Loss"),
    ],
)
def test_latex_heads_are_about_as_wide_as_their_columns(head, cell, lines):
    assert f"\\toprule\n{lines} \\\\\n" in latex(pd.DataFrame({head: [cell]}), caption="", label="")


def test_latex_stacks_heads_and_wraps_long_text():
    table = pd.DataFrame({"Electricity price [USD/MWh]": [1.5, np.inf], "Meaning": ["word " * 12, "–"]})
    text = latex(table, caption="c", label="l")
    assert r"\shortstack[r]{Electricity\\{}price\\{}[USD/MWh]} & Meaning \\" in text
    assert r"\begin{tabular}{r>{\raggedright\arraybackslash}p{0.30\linewidth}}" in text
    assert r"$\infty$ & -- \\" in text


@pytest.mark.parametrize(
    "text",
    [
        "<!--<script>",
        "a *b* _c_ `d` [x](y) ![z](u) <b>&amp; $x$ ~~z~~ | \\",
        "1. one",
        "12) two",
        "# three",
        "- four",
        "+3 % more",
        "= five",
        "> six",
        "<https://example.org>",
        "see https://example.org or www.example.org",
        "a@b.c",
    ],
)
def test_text_is_shown_unchanged(text):
    """By Jupyter, which renders HTML in Markdown, and on the pages of geofront."""
    said = say(text, "and more")
    assert repr(said) == f"{text} and more"
    for trusted in (True, False):
        page = BeautifulSoup(markdown(said._repr_markdown_(), trusted=trusted), "html.parser")
        assert page.get_text() == f"{text} and more"
        assert [tag.name for tag in page.find_all()] == ["p"]


def test_text_stays_one_paragraph():
    assert say("a\n\n    b", "c")._repr_markdown_() == "a b c"
