"""How fast geofront is, beside what its users would otherwise pick: run ``make bench``."""
