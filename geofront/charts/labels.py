"""Places labels next to their marks so that they cover neither each other nor other marks."""

import numpy as np
import pandas as pd

from geofront.charts.marks import text_width
from geofront.charts.theme import FONT_SIZE

_SWEEPS = 3
_DISTANCES = np.array([2.0, 8.0, 16.0, 26.0, 38.0, 52.0])
_DIRECTIONS = np.deg2rad(np.arange(0, 360, 15.0))
_OUTSIDE, _OVER_LABEL, _ACROSS_LEADER, _NEARER_TO_OTHER = 1000.0, 60.0, 30.0, 15.0
_LEADER = 5.0
"""Smallest distance between a mark and its label that is bridged by a line [px]."""


def place_labels(marks: pd.DataFrame, obstacles: pd.DataFrame, size: tuple[float, float]) -> pd.DataFrame:
    """Find a position for every label, next to its mark and away from others.

    Parameters
    ----------
    marks, obstacles : pandas.DataFrame
        Columns ``x``, ``y`` and ``radius`` [px]; also ``text`` of the marks to label, and ``weight`` of obstacles,
        which labels should not cover.
    size : tuple of float
        Width and height of the picture [px], which contains all labels.

    Returns
    -------
    pandas.DataFrame
        ``text``, centre of the label ``label_x``, ``label_y``, and the line from the mark, ``x``, ``y`` to ``x2``,
        ``y2`` [px]; its length is zero if the label touches its mark.
    """
    texts = marks.text.to_numpy()
    places, radii = marks[["x", "y"]].to_numpy(float), marks.radius.to_numpy(float)
    halves = np.array([[text_width(text), 1.05 * FONT_SIZE] for text in texts]).reshape(-1, 2) / 2
    boxes = [_candidates(*mark) for mark in zip(places, radii, halves, strict=True)]
    fixed = [_fixed_costs(own, number, places, radii, obstacles, size) for number, own in enumerate(boxes)]
    leaders = [_leader_points(place, own) for place, own in zip(places, boxes, strict=True)]
    trials = [_settle(order, boxes, fixed, leaders) for order in _orders(places)]
    chosen, _ = min(trials, key=lambda trial: trial[1])
    rows = [
        (text, *_geometry(places[number], radii[number], boxes[number][chosen[number]]))
        for number, text in enumerate(texts)
    ]
    return pd.DataFrame(rows, columns=["text", "label_x", "label_y", "x", "y", "x2", "y2"])


def _orders(places: np.ndarray) -> list[np.ndarray]:
    """Orders in which labels are placed: most crowded first, along both axes, and their reverses."""
    gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    keys = [-(1 / (gaps + 10)).sum(axis=1), places[:, 0], places[:, 1]]
    return [np.argsort(sign * key, kind="stable") for key in keys for sign in (1, -1)]


def _settle(order, boxes, fixed, leaders) -> tuple[dict[int, int], float]:
    """Place labels one after the other in their best remaining boxes; return the boxes and their total penalty."""
    chosen: dict[int, int] = {}
    total = 0.0
    for _ in range(_SWEEPS):
        total, before = 0.0, dict(chosen)
        for number in order:
            others = [other for other in chosen if other != number]
            costs = fixed[number].copy()
            if others:
                taken = np.array([boxes[other][chosen[other]] for other in others])
                lines = np.concatenate([leaders[other][:, chosen[other]] for other in others])
                costs += _mutual_costs(boxes[number], leaders[number], taken, lines)
            chosen[number] = int(np.argmin(costs.round(6)))
            total += costs[chosen[number]]
        if chosen == before:
            break
    return chosen, round(total, 6)


def _candidates(place: np.ndarray, radius: float, half: np.ndarray) -> np.ndarray:
    """Boxes around a mark, nearest first: left, top, right and bottom edge [px], shape (candidate, 4)."""
    gap, angle = (grid.ravel() for grid in np.meshgrid(_DISTANCES, _DIRECTIONS, indexing="ij"))
    direction = np.column_stack([np.cos(angle), np.sin(angle)]).round(9)
    centre = place + direction * (radius + gap)[:, None] + np.sign(direction) * half
    return np.hstack([centre - half, centre + half])


def _fixed_costs(boxes, number, places, radii, obstacles, size) -> np.ndarray:
    """Penalty of each box regardless of other labels."""
    outside = np.maximum(-boxes[:, :2], 0).sum(axis=1) + np.maximum(boxes[:, 2:] - size, 0).sum(axis=1)
    covered = _gaps(boxes, obstacles[["x", "y"]].to_numpy(float), obstacles.radius.to_numpy(float)) < 0
    gaps = _gaps(boxes, places, radii)
    ambiguous = (np.delete(gaps, number, axis=1) < gaps[:, [number]] + 2).sum(axis=1)
    return (
        np.repeat(_DISTANCES, len(_DIRECTIONS))
        + _OUTSIDE * outside
        + _NEARER_TO_OTHER * ambiguous
        + covered @ obstacles.weight.to_numpy(float)
    )


def _mutual_costs(boxes: np.ndarray, leaders: np.ndarray, taken: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Penalty of each box because of labels (other, 4) and leaders (point, 2) placed so far."""
    overlap = np.minimum(boxes[:, None, 2:], taken[:, 2:]) - np.maximum(boxes[:, None, :2], taken[:, :2])
    over_labels = (overlap > 0).all(axis=2).sum(axis=1)
    on_leaders = _inside(lines[:, None], boxes).sum(axis=0) > 0
    across_labels = _inside(leaders[:, :, None], taken).any(axis=(0, 2))
    return _OVER_LABEL * over_labels + _ACROSS_LEADER * (on_leaders.astype(float) + across_labels)


def _inside(points: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    return ((points > boxes[..., :2]) & (points < boxes[..., 2:])).all(axis=-1)


def _leader_points(place: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Points on the lines from a mark to boxes [px], shape (point, …, 2)."""
    near = place.clip(boxes[..., :2], boxes[..., 2:])
    along = np.linspace(0, 0.95, 8).reshape(-1, *[1] * near.ndim)
    return place + along * (near - place)


def _gaps(boxes: np.ndarray, places: np.ndarray, radii=1e-6) -> np.ndarray:
    """Distances between boxes and the edges of marks [px], negative if they overlap, shape (box, mark)."""
    near = places[None].clip(boxes[:, None, :2], boxes[:, None, 2:])
    return np.hypot(*(near - places[None]).transpose(2, 0, 1)) - radii


def _geometry(place: np.ndarray, radius: float, box: np.ndarray) -> np.ndarray:
    """Centre of the box, and the line from the edge of the mark to the nearest point of the box."""
    near = place.clip(box[:2], box[2:])
    distance = np.hypot(*(near - place))
    begin = place + (near - place) * (radius / distance if distance > 0 else 0)
    end = near if distance - radius > _LEADER else begin
    return np.round(np.concatenate([(box[:2] + box[2:]) / 2, begin, end]), 1)
