"""Numbers of tables whose rows have different units."""

SIGNIFICANT_DIGITS = 4


def neat(value: float) -> float | int:
    """A number of at most four significant digits, whole where it is."""
    rounded = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded
