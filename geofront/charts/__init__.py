"""Charts of what the quantities return, all in one Altair theme; none of them calls a solver.

Importing this package enables the theme; :func:`enable` also chooses how notebooks show charts.
"""

from geofront.charts.comparison import compare
from geofront.charts.ensemble import bands, sensitivity
from geofront.charts.execution import execution
from geofront.charts.frictions import friction_waterfall
from geofront.charts.frontier import frontier
from geofront.charts.heatmaps import pays_heatmap
from geofront.charts.near_optimal import near_optimal
from geofront.charts.pareto import pareto
from geofront.charts.policies import policies
from geofront.charts.replay import replay
from geofront.charts.theme import enable, use_theme
from geofront.charts.transmission import transmission
from geofront.charts.typical_days import typical_days
from geofront.charts.world import world_map

use_theme()

__all__ = [
    "bands",
    "compare",
    "enable",
    "execution",
    "friction_waterfall",
    "frontier",
    "near_optimal",
    "pareto",
    "pays_heatmap",
    "policies",
    "replay",
    "sensitivity",
    "transmission",
    "typical_days",
    "use_theme",
    "world_map",
]
