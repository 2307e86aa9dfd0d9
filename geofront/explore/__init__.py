"""Knobs on a scenario: every change places it anew and shows what comes of it, in JupyterLab or in code."""

from geofront.explore.explorer import Explorer, Settings
from geofront.explore.panel import panel
from geofront.explore.picture import picture

__all__ = ["Explorer", "Settings", "panel", "picture"]
