"""Small notebooks for the tests that run, compare or show notebooks."""

from pathlib import Path

import nbformat

PARAMETERS = """\
carbon_price: float = 0.0  # price on emissions [USD/t]
solver = "CBC"  # linear solver
hours_file = ""  # tidy hours; empty for typical days
output_dir = "../paper_figures"  # where the outputs go
"""
SAVE = """\
import pandas as pd
from geofront.report.outputs import save_numbers, save_table
given = {"carbon_price": carbon_price, "hours_file": hours_file, "output_dir": output_dir}
save_table(pd.DataFrame({"price": [carbon_price]}), "table_3", output_dir, caption="Price", parameters=given)
save_numbers({"price": carbon_price}, "01_good", output_dir)
print(output_dir)
"""
WIDGET = "import ipywidgets\nipywidgets.VBox([ipywidgets.IntSlider(3), ipywidgets.IntSlider(4)])"

TABLE = """\
import pandas as pd
from geofront import tables
frame = pd.DataFrame(
    {"cost": [64.5, 99.75 + carbon_price], "classes": [4, 4], "remark": ["away & cheap", None]},
    index=pd.MultiIndex.from_tuples([("Core", "Stockholm"), ("Core", "Oregon")], names=["Tier", "Region"]))
frame.attrs["units"] = {"cost": "USD/MWh"}
tables.show(frame)
"""
FIGURE = """\
import altair as alt
from geofront import charts
charts.enable()
data = pd.DataFrame({"budget": [10.0, 20.5], "cost": [99.75 + carbon_price, 64.5], "class": ["A", "B"]})
picked = alt.selection_point(fields=["class"], bind="legend")
chart = alt.Chart(data, width=200, height=100).mark_point().encode(
    x="budget:Q", y="cost:Q", color="class:N", tooltip=["class", "cost"]).add_params(picked)
chart = chart.properties(description="Cost falls from 99.75 to 64.50 USD/MWh.")
chart
"""
SAY = """\
from IPython.display import Markdown, display
display(Markdown(f"The cost falls **by {99.75 - 64.5:.2f} USD/MWh** & more."))
"""
SAVE_BOTH = """\
from geofront.report import outputs
given = {"carbon_price": carbon_price, "output_dir": output_dir}
outputs.save_table(frame, "table_1", output_dir, caption="Costs & classes", parameters=given, digits={"cost": 2})
outputs.save_figure(chart, "figure_1", output_dir, caption="Cost <by> budget", parameters=given, finding="It falls.")
outputs.save_numbers({"saving": 35.25 - carbon_price, "by_class": {"A": 1.0}}, "01_costs", output_dir)
"""


def write(
    folder: Path,
    name: str,
    *code: str,
    makes: tuple[str, ...] = (),
    parameters: str = PARAMETERS,
    title: str | None = None,
    ids: tuple[str, ...] = (),
    long: bool = False,
) -> Path:
    """A notebook with a title, a cell of parameters, and one cell for each piece of code."""
    notebook = nbformat.v4.new_notebook(metadata={"geofront": {"makes": list(makes), "long": long}})
    heading = title or f"The claim of {name}"
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"# {heading}\n\nText.", id="title"))
    if parameters:
        cell = nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})
        notebook.cells.append(cell)
    for number, source in enumerate(code):
        identifier = ids[number] if ids else f"cell-{number}"
        notebook.cells.append(nbformat.v4.new_code_cell(source, id=identifier))
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def write_pair(folder: Path) -> None:
    """A notebook with a table, a figure, a finding and numbers; and one with a widget and no outputs."""
    code = (TABLE, FIGURE, SAY, SAVE_BOTH)
    ids = ("table", "figure", "finding", "save")
    title = "01 · Moving is cheaper than staying"
    write(folder, "01_costs", *code, makes=("table_1", "figure_1"), title=title, ids=ids)
    write(folder, "00_explore", WIDGET, "print('ready')", parameters="", title="00 · Turn the knobs")


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
