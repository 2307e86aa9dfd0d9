"""A Vega-Lite chart as a widget that redraws only what changed, without any network."""

from functools import cache

import altair as alt
import anywidget
import traitlets

_RENDER = """
async function render({ model, el }) {
  const { view, finalize } = await vegaEmbed(el, model.get("spec"), { actions: false, renderer: "svg" });
  const draw = () => {
    for (const [name, rows] of Object.entries(model.get("rows"))) view.data(name, rows);
    return view.runAsync();
  };
  model.on("change:rows", draw);
  await draw();
  return () => { model.off("change:rows", draw); finalize(); };
}
export default { render };
"""


@cache
def _bundle() -> str:
    """The script above with the Vega libraries that vl-convert brings along."""
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
    """

    spec = traitlets.Dict().tag(sync=True)
    rows = traitlets.Dict().tag(sync=True)

    def __init__(self, chart: alt.TopLevelMixin):
        self._esm = _bundle()
        super().__init__(spec=chart.to_dict())
