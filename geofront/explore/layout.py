"""How the explorer's widgets are arranged: knobs beside the picture where there is room, above it elsewhere."""

import html

import ipywidgets as widgets

from geofront.explore.knobs import tooltip
from geofront.names import FRICTIONS

_STYLE = """<style>
.geofront-explorer { container-type: inline-size; width: 100%; overflow: visible; }
.geofront-panel {
  display: grid; grid-template: "knobs actions" "knobs head" "knobs picture" "knobs below" 1fr / 220px minmax(0, 720px);
  gap: 4px 24px; overflow: visible;
}
.geofront-panel > * { margin: 0; min-width: 0; }
.geofront-knobs { grid-area: knobs; align-content: start; display: grid; overflow: visible; }
.geofront-actions { grid-area: actions; flex-flow: row wrap; }
.geofront-head { grid-area: head; }
.geofront-picture { grid-area: picture; overflow-x: auto; overflow-y: hidden; }
.geofront-below { grid-area: below; overflow: visible; }
.geofront-knob { display: grid; grid-template: 20px auto / 1fr auto; width: auto; height: auto; margin: 0 0 6px; }
.geofront-knob > .widget-label { width: auto; overflow: visible; line-height: 20px; height: 20px; text-align: left; }
.geofront-knob > .widget-readout { grid-area: 1 / 2; min-width: 0; line-height: 20px; height: 20px; }
.geofront-knob > :nth-child(2) { grid-area: 2 / 1 / 3 / 3; width: auto; }
.geofront-knob > .slider-container { height: 18px; margin: 0 8px; }
.geofront-heading, .geofront-heading > * { margin: 0; height: 20px; line-height: 20px; }
.geofront-switch { height: 22px; margin: 0; }
.geofront-switches { grid-template-columns: 1fr 1fr; overflow: visible; }
.geofront-changes { flex-flow: row wrap; min-height: 32px; overflow: visible; }
.geofront-numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 4px 16px; }
.geofront-numbers b { display: block; font-size: 20px; line-height: 26px; white-space: nowrap; }
.geofront-numbers span { display: block; font-size: 12px; line-height: 16px; }
.geofront-head .widget-html-content { line-height: 20px; }
.geofront-chart { position: relative; }
.geofront-chart svg.marks { min-width: 560px; max-width: 100%; height: auto; }
.geofront-code { user-select: all; white-space: pre-wrap; line-height: 18px; font-size: 12px; margin: 0; }
.geofront-below a { color: var(--jp-content-link-color); text-decoration: underline; }
@container (max-width: 800px) {
  .geofront-panel { grid-template: "actions" "head" "knobs" "picture" "below" / minmax(0, 1fr); }
  .geofront-knobs { grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 0 24px; align-items: start; }
}
@container (max-width: 460px) {
  .geofront-panel { grid-template: "actions" "head" "picture" "knobs" "below" / minmax(0, 1fr); }
  .geofront-numbers { grid-template-columns: 1fr 1fr; }
  .geofront-numbers b { font-size: 15px; line-height: 20px; }
  .geofront-numbers span { font-size: 11px; white-space: nowrap; }
}
[data-jp-theme-light="false"] .geofront-chart svg.marks { filter: invert(0.93) hue-rotate(180deg); }
[data-jp-theme-light="false"] .geofront-knob select { background-image: none; appearance: auto; color-scheme: dark; }
</style>"""


def arrange(
    knobs: dict[str, widgets.Widget],
    actions: list[widgets.Widget],
    head: list[widgets.Widget],
    chart: widgets.Widget,
    below: list[widgets.Widget],
) -> widgets.Widget:
    """One box of all widgets.

    Parameters
    ----------
    knobs : dict
        Knobs by name; the knobs of the frictions share a box.
    actions, head, below : list of ipywidgets.Widget
        What acts on all settings, numbers and status, and what follows the picture.
    chart : ipywidgets.Widget
    """
    switches = widgets.GridBox([knobs[name] for name in FRICTIONS])
    switches.add_class("geofront-switches")
    meanings = "\n\n".join(tooltip(name) for name in FRICTIONS)
    heading = widgets.HTML(f"<span title='{html.escape(meanings, quote=True)}'>Frictions (?)</span>")
    heading.add_class("geofront-heading")
    frictions = widgets.VBox([heading, switches])
    others = [knobs[name] for name in knobs if name not in FRICTIONS]
    parts = {
        "knobs": widgets.VBox([*others[:3], frictions, *others[3:]]),
        "actions": widgets.HBox(actions),
        "head": widgets.VBox(head),
        "picture": widgets.VBox([chart]),
        "below": widgets.VBox(below),
    }
    for name, part in parts.items():
        part.add_class(f"geofront-{name}")
    inner = widgets.Box(list(parts.values()))
    inner.add_class("geofront-panel")
    outer = widgets.VBox([widgets.HTML(_STYLE), inner])
    outer.add_class("geofront-explorer")
    return outer
