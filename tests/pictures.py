"""Contents of drawn charts for the tests: text, its positions, and the pixels of a PNG."""

import base64
import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import vl_convert

from geofront.charts.marks import text_width

HOW = {"vl_version": "6.1", "allowed_base_urls": []}
"""Version of Vega-Lite, and no network."""

BOLD = 1.08
"""Width of bold text relative to regular text."""

BASELINES = {"top": 0.0, "line-top": 0.0, "middle": -0.5, "bottom": -1.0, "line-bottom": -1.0, "alphabetic": -0.8}
ALIGNS = {"left": 0.0, "center": -0.5, "right": -1.0}


@dataclass(frozen=True)
class Text:
    """One line of text in a picture: its content, font and bounding box [px]."""

    words: str
    font: str
    size: float
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Text") -> float:
        """Shorter side of the common rectangle [px]; negative if there is none."""
        return min(
            min(self.right, other.right) - max(self.left, other.left),
            min(self.bottom, other.bottom) - max(self.top, other.top),
        )


def png(spec: dict, scale: float = 1) -> bytes:
    return vl_convert.vegalite_to_png(spec, scale=scale, **HOW)


def svg(spec: dict) -> str:
    """The SVG with its clips and gradients numbered from zero; Vega counts across the charts of a process."""
    numbers: dict[str, str] = {}
    drawn = vl_convert.vegalite_to_svg(spec, **HOW)
    return re.sub(r"\b(clip|gradient_)\d+", lambda id: numbers.setdefault(id[0], f"{id[1]}{len(numbers)}"), drawn)


def texts(spec: dict) -> tuple[list[Text], tuple[float, float]]:
    """All text of a chart, and the size of its picture [px]."""
    drawn = vl_convert.vegalite_to_scenegraph(spec, **HOW)
    found: list[Text] = []
    _walk(drawn["scenegraph"], np.array(drawn["origin"], float), found)
    return found, (drawn["width"], drawn["height"])


def _walk(mark: dict, offset: np.ndarray, found: list[Text]) -> None:
    for item in mark.get("items", []):
        place = offset + np.array([item.get("x", 0), item.get("y", 0)])
        if mark["marktype"] == "text" and item.get("text") not in (None, "") and item.get("opacity", 1) > 0:
            found += _lines(item, place)
        for child in item.get("items", []):
            _walk(child, place, found)


def _lines(item: dict, place: np.ndarray) -> list[Text]:
    text, size = item["text"], item["fontSize"]
    lines = text if isinstance(text, list) else str(text).split(item.get("lineBreak", "\n"))
    height = item.get("lineHeight", size + 2)
    result = []
    for number, words in enumerate(lines):
        width = text_width(words, size) * (BOLD if item.get("fontWeight") == "bold" else 1)
        x = item.get("dx", 0) + ALIGNS[item.get("align", "left")] * width
        y = item.get("dy", 0) + BASELINES[item.get("baseline", "alphabetic")] * size + number * height
        corners = np.array([[x, y], [x + width, y + size]])
        angle = np.deg2rad(item.get("angle", 0))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turned = corners @ turn.T + place
        (left, top), (right, bottom) = turned.min(axis=0), turned.max(axis=0)
        result.append(Text(words, item.get("font", ""), size, left, top, right, bottom))
    return result


def pixels(picture: bytes) -> np.ndarray:
    """Red, green, blue and opacity of a PNG with 8 bits per channel, shape (row, column, 4)."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, position = {}, 8
    while position < len(picture):
        length, kind = struct.unpack(">I4s", picture[position : position + 8])
        chunks[kind] = chunks.get(kind, b"") + picture[position + 8 : position + 8 + length]
        position += 12 + length
    width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, interlaced) == (8, 6, 0)
    raw = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 4 * width)
    image = np.zeros((height + 1, width + 1, 4), np.uint8)
    for row in range(height):
        _unfilter(int(raw[row, 0]), raw[row, 1:].reshape(width, 4), image[row], image[row + 1])
    return image[1:, 1:]


def _unfilter(kind: int, line: np.ndarray, above: np.ndarray, out: np.ndarray) -> None:
    """One row of a PNG; rows and columns begin with a pixel of zeros."""
    if kind == 0:
        out[1:] = line
    elif kind == 1:
        out[1:] = np.cumsum(line, axis=0, dtype=np.uint8)
    elif kind == 2:
        out[1:] = line + above[1:]
    else:
        for column in range(1, len(out)):
            left, up, corner = (p.astype(int) for p in (out[column - 1], above[column], above[column - 1]))
            guess = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
            out[column] = (line[column - 1] + guess) % 256


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    far = [np.abs(up - corner), np.abs(left - corner), np.abs(left + up - 2 * corner)]
    nearest_left = (far[0] <= far[1]) & (far[0] <= far[2])
    return np.where(nearest_left, left, np.where(far[1] <= far[2], up, corner))


def drawn(picture: bytes) -> np.ndarray:
    """Pixels of a PNG of any kind, as a renderer shows it."""
    width, height = struct.unpack(">II", picture[16:24])
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="{address}"/></svg>'
    )
    return pixels(vl_convert.svg_to_png(svg, scale=1))
