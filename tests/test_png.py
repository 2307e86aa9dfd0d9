"""Pictures in fewer bytes, pixel for pixel the same."""

import struct
import zlib

import numpy as np
import pytest

from geofront.png import RGB, RGBA, SIGNATURE, _chunks, _joined, smaller


def png(pixels: np.ndarray, filters: list[int], colour: int = RGBA) -> bytes:
    """A picture whose rows are stored by the filters given: 0 as it is, 1 as differences from the left."""
    height, width, _ = pixels.shape
    rows = []
    for row, kind in zip(pixels, filters, strict=True):
        stored = np.diff(row, axis=0, prepend=np.zeros((1, row.shape[1]), np.uint8)) if kind == 1 else row
        rows.append(bytes([kind]) + stored.astype(np.uint8).tobytes())
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 1)
    half = len(data) // 2
    parts = [(b"IHDR", header), (b"pHYs", b"\0" * 9), (b"IDAT", data[:half]), (b"IDAT", data[half:]), (b"IEND", b"")]
    return _joined(parts)


def pixels_of(picture: bytes) -> np.ndarray:
    """Pixels of a picture whose rows are stored as they are."""
    chunks = dict(_chunks(picture))
    width, height, _, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels = {RGB: 3, RGBA: 4}[colour]
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + channels * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, channels)


@pytest.fixture
def drawing() -> np.ndarray:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 9, 4), dtype=np.uint8)
    pixels[:, :, 3] = 255
    return pixels


@pytest.mark.parametrize("filters", [[1] * 6, [0] * 6, [0, 1, 1, 0, 1, 0]])
def test_opaque_picture_keeps_its_colours(drawing, filters):
    result = smaller(png(drawing, filters))
    assert result.startswith(SIGNATURE)
    assert np.array_equal(pixels_of(result), drawing[:, :, :3])
    assert [name for name, _ in _chunks(result)] == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    assert smaller(result) == result


def test_picture_that_is_not_opaque_keeps_its_alpha(drawing):
    drawing[2, 3, 3] = 7
    assert np.array_equal(pixels_of(smaller(png(drawing, [1] * 6))), drawing)


def test_other_filters_and_kinds_stay_as_they_are(drawing):
    other_filter = png(drawing, [0, 0, 4, 0, 0, 0])
    assert smaller(other_filter) == other_filter
    other_kind = png(drawing[:, :, :3], [0] * 6, colour=RGB)
    assert smaller(other_kind) == other_kind


def test_drawing_takes_a_fraction_of_the_bytes():
    pixels = np.full((300, 400, 4), 255, np.uint8)
    pixels[50:250, 60:300:7, :3] = (10, 90, 160)
    stored = png(pixels, [1] * 300)
    assert len(smaller(stored)) < len(stored) / 2
