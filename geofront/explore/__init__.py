"""Interactive scenarios: every change of a setting places the demand again and shows the result."""

from geofront.explore.explorer import Explorer
from geofront.explore.export import table
from geofront.explore.panel import panel
from geofront.explore.picture import picture
from geofront.explore.settings import Settings

__all__ = ["Explorer", "Settings", "panel", "picture", "table"]
