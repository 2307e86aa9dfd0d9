"""Coordinates of map projections, to place what a projection of Vega cannot: labels and arrow heads."""

from dataclasses import dataclass

import altair as alt
import numpy as np

_A = (1.340264, -0.081106, 0.000893, 0.003796)
_M = np.sqrt(3) / 2


_LEAST_ZOOM, _MOST_ZOOM = 1.4, 8.0
"""Below the first the whole world is shown; beyond the second, land has no detail."""
_FLATTEST, _TALLEST = 0.45, 0.7
"""Height of a part of the world per width [-]."""
_MARGIN, _LEAST_MARGIN = 0.14, 0.06
"""Margin around the places, per extent of the places [-] and in units of the projection."""
_RIM, _FARTHEST = 4.0, 170.0
"""Least angle between the farthest place and the rim of a disc, and largest reach of a disc [°]."""


@dataclass(frozen=True)
class WorldFrame:
    """An equal-earth world in a picture, cut off above and below the land that people live on, or a part of it."""

    width: float  # of the picture, and of the whole equator without zoom [px]
    north: float = 83.0  # latitudes of the edges without zoom [°]
    south: float = -56.0
    centre: float = 10.0  # longitude in the middle [°]
    zoom: float = 1.0
    middle: float = 0.0  # in the middle of a part: projection of its latitude
    flatness: float = 0.0  # height of a part per width [-]

    @classmethod
    def around(cls, longitude, latitude, width: float) -> "WorldFrame":
        """The part of the world that holds some places, given by longitude and latitude [°]; if large, the world."""
        centre = np.round(_middle_longitude(np.asarray(longitude, float)))
        x, y = equal_earth((np.asarray(longitude, float) - centre + 180) % 360 - 180, np.asarray(latitude, float))
        half_x, half_y = np.abs(x).max(), np.ptp(y) / 2
        half_x, half_y = (max(half * (1 + 2 * _MARGIN), half + _LEAST_MARGIN) for half in (half_x, half_y))
        flatness = float(np.clip(half_y / half_x, _FLATTEST, _TALLEST))
        zoom = min(equal_earth(180.0, 0.0)[0] / max(half_x, half_y / flatness), _MOST_ZOOM)
        if not zoom >= _LEAST_ZOOM:
            return cls(width)
        return cls(
            width,
            centre=float(centre),
            zoom=float(np.round(zoom, 2)),
            middle=float(np.round((y.min() + y.max()) / 2, 3)),
            flatness=float(np.round(flatness, 2)),
        )

    @property
    def scale(self) -> float:
        """Pixels per unit of the projection."""
        return self.zoom * self.width / (2 * equal_earth(180.0, 0.0)[0])

    @property
    def height(self) -> float:
        """[px]."""
        if self.zoom > 1:
            return float(np.round(self.flatness * self.width))
        return float(np.round(self.scale * (equal_earth(0, self.north)[1] - equal_earth(0, self.south)[1])))

    @property
    def translate(self) -> tuple[float, float]:
        """Where the centre of the projection lies in the picture [px]."""
        if self.zoom > 1:
            return self.width / 2, float(self.height / 2 + self.scale * self.middle)
        return self.width / 2, float(self.scale * equal_earth(0, self.north)[1])

    def projection(self) -> alt.Projection:
        """The same projection for Vega."""
        return alt.Projection(
            type="equalEarth",
            scale=float(self.scale),
            translate=list(self.translate),
            rotate=[-self.centre, 0, 0],
            clipExtent=[[0, 0], [self.width, self.height]],
        )

    def pixels(self, longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
        """Position in the picture of places given by longitude and latitude [°]; y grows downwards."""
        shifted = (np.asarray(longitude, float) - self.centre + 180) % 360 - 180
        x, y = equal_earth(shifted, latitude)
        left, top = self.translate
        return left + self.scale * x, top - self.scale * y


@dataclass(frozen=True)
class Disc:
    """The world in an equal-area azimuthal projection: a disc around a place, on whose rim all far places lie.

    No way between two places is cut as long as it keeps off the rim, unlike on a map with edges in the east and west.
    """

    width: float  # of the picture, and of the disc [px]
    longitude: float  # of the place in the middle [°]
    latitude: float
    reach: float  # angle between the middle and the rim [°]

    @classmethod
    def around(cls, longitude, latitude, width: float) -> "Disc":
        """The disc around the mean of some places, given by longitude and latitude [°], all of them inside the rim."""
        places = _unit_vector(np.asarray(longitude, float), np.asarray(latitude, float))
        mean = places.mean(axis=1)
        mean = mean / (np.linalg.norm(mean) or 1.0)
        centre = np.rad2deg(np.arctan2(mean[1], mean[0])), np.rad2deg(np.arcsin(np.clip(mean[2], -1, 1)))
        centre = [float(5 * np.round(angle / 5)) for angle in centre]
        farthest = np.rad2deg(np.arccos(np.clip(_unit_vector(*centre) @ places, -1, 1))).max()
        return cls(width, *centre, reach=float(min(5 * np.ceil((farthest + _RIM) / 5), _FARTHEST)))

    @property
    def height(self) -> float:
        """[px]."""
        return self.width

    @property
    def scale(self) -> float:
        """Pixels per radian in the middle."""
        return float(self.width / 2 / (2 * np.sin(np.deg2rad(self.reach) / 2)))

    def projection(self) -> alt.Projection:
        """The same projection for Vega."""
        return alt.Projection(
            type="azimuthalEqualArea",
            scale=self.scale,
            translate=[self.width / 2, self.width / 2],
            rotate=[-self.longitude, -self.latitude, 0],
            clipAngle=self.reach,
            precision=0.1,
        )

    def pixels(self, longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
        """Position in the picture of places given by longitude and latitude [°]; y grows downwards."""
        shifted = np.deg2rad(np.asarray(longitude, float) - self.longitude)
        phi, phi0 = np.deg2rad(np.asarray(latitude, float)), np.deg2rad(self.latitude)
        cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(shifted)
        stretch = self.scale * np.sqrt(2 / np.maximum(1 + cosine, 1e-9))
        x = stretch * np.cos(phi) * np.sin(shifted)
        y = stretch * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(shifted))
        return self.width / 2 + x, self.width / 2 - y


def frame_around(longitude, latitude, width: float) -> WorldFrame | Disc:
    """The part of the world that holds some places, or a disc where that is most of it."""
    part = WorldFrame.around(longitude, latitude, width)
    return part if part.zoom > 1 else Disc.around(longitude, latitude, width)


def equal_earth(longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
    """Equal-earth projection of longitudes and latitudes [°], in units of the Earth's radius.

    References
    ----------
    Šavrič, Patterson and Jenny, "The Equal Earth map projection", IJGIS 33 (2019).
    """
    a1, a2, a3, a4 = _A
    parametric = np.arcsin(_M * np.sin(np.deg2rad(latitude)))
    square = parametric**2
    sixth = square**3
    x = np.deg2rad(longitude) * np.cos(parametric) / (_M * (a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)))
    y = parametric * (a1 + a2 * square + sixth * (a3 + a4 * square))
    return x, y


def _middle_longitude(longitude: np.ndarray) -> float:
    """The middle of the shortest range of longitudes that holds all of them [°]."""
    east = np.unique(longitude % 360)
    gaps = np.diff(east, append=east[0] + 360)
    begin = east[(np.argmax(gaps) + 1) % len(east)]
    return (begin + (360 - gaps.max()) / 2 + 180) % 360 - 180


def along_great_circle(start, end, fraction) -> tuple[np.ndarray, np.ndarray]:
    """The place that lies a fraction of the way from start to end, all of them longitude and latitude [°]."""
    *ends, fraction = np.broadcast_arrays(*start, *end, fraction)
    first, last = _unit_vector(*ends[:2]), _unit_vector(*ends[2:])
    angle = np.arccos(np.clip((first * last).sum(axis=0), -1.0, 1.0))
    sine = np.where(np.sin(angle) == 0, 1.0, np.sin(angle))
    position = (np.sin((1 - fraction) * angle) * first + np.sin(fraction * angle) * last) / sine
    position = np.where(angle == 0, first, position)
    east, north = np.arctan2(position[1], position[0]), np.arcsin(np.clip(position[2], -1, 1))
    return np.rad2deg(east), np.rad2deg(north)


def _unit_vector(longitude, latitude) -> np.ndarray:
    lam, phi = np.deg2rad(longitude), np.deg2rad(latitude)
    return np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
