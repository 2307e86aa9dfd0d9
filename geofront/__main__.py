"""``python -m geofront`` is the ``geofront`` command."""

from geofront.cli import app

app(prog_name="geofront")
