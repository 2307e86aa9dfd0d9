"""A Vega-Lite chart as a widget that redraws only what changed and reports clicks, without any network."""

from functools import cache

import altair as alt
import anywidget
import traitlets

_RENDER = """
async function render({ model, el }) {
  el.classList.add("geofront-chart");
  const actions = { export: true, source: false, compiled: false, editor: false };
  const options = { actions, renderer: "svg", downloadFileName: "explorer" };
  const { view, finalize } = await vegaEmbed(el, model.get("spec"), options);
  const draw = () => {
    for (const [name, rows] of Object.entries(model.get("rows"))) view.data(name, rows);
    return view.runAsync();
  };
  view.addEventListener("click", (_, item) => {
    if (!item?.datum?.label) return;
    model.set("clicked", item.datum.label);
    model.save_changes();
  });
  model.on("change:rows", draw);
  await draw();
  return () => { model.off("change:rows", draw); finalize(); };
}
export default { render };
"""


@cache
def _bundle() -> str:
    """Bundle the script above with the Vega libraries of vl-convert."""
    import vl_convert

    return vl_convert.javascript_bundle(_RENDER, vl_version="_".join(alt.SCHEMA_VERSION.split(".")[:2]))


class LiveChart(anywidget.AnyWidget):
    """A chart whose named datasets can be replaced while it is on the page.

    Parameters
    ----------
    chart : altair.TopLevelMixin

    Attributes
    ----------
    rows : dict
        Rows by the name of their dataset; the page redraws what is assigned here.
    clicked : str
        The field ``label`` of the mark clicked last. Empty it to hear of another click on the same mark.
    """

    spec = traitlets.Dict().tag(sync=True)
    rows = traitlets.Dict().tag(sync=True)
    clicked = traitlets.Unicode().tag(sync=True)

    def __init__(self, chart: alt.TopLevelMixin):
        self._esm = _bundle()
        super().__init__(spec=chart.to_dict())
