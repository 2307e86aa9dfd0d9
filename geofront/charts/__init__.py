"""Charts of the quantities, in one Altair theme. No chart calls a solver.

Importing this package enables the theme; :func:`enable` also sets the renderer of notebooks.
"""

from geofront.charts.comparison import compare
from geofront.charts.ensemble import bands, sensitivity
from geofront.charts.execution import execution
from geofront.charts.frictions import friction_waterfall
from geofront.charts.frontier import frontier
from geofront.charts.heatmaps import pays_heatmap
from geofront.charts.market import equilibrium
from geofront.charts.near_optimal import near_optimal
from geofront.charts.pareto import pareto
from geofront.charts.policies import policies
from geofront.charts.reach import reach
from geofront.charts.replay import replay
from geofront.charts.returns import returns
from geofront.charts.schematic import three_layers
from geofront.charts.sites import sites
from geofront.charts.tail import tail
from geofront.charts.theme import enable, use_theme
from geofront.charts.transmission import transmission
from geofront.charts.typical_days import typical_days
from geofront.charts.waiting import space_and_time
from geofront.charts.world import world_map

use_theme()

__all__ = [
    "bands",
    "compare",
    "enable",
    "equilibrium",
    "execution",
    "friction_waterfall",
    "frontier",
    "near_optimal",
    "pareto",
    "pays_heatmap",
    "policies",
    "reach",
    "replay",
    "returns",
    "sensitivity",
    "sites",
    "space_and_time",
    "tail",
    "three_layers",
    "transmission",
    "typical_days",
    "use_theme",
    "world_map",
]
