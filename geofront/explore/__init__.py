"""Knobs on a scenario: every change places it again and shows the result, in JupyterLab or in code."""

from geofront.explore.explorer import Explorer
from geofront.explore.export import table
from geofront.explore.panel import panel
from geofront.explore.picture import picture
from geofront.explore.settings import Settings

__all__ = ["Explorer", "Settings", "panel", "picture", "table"]
