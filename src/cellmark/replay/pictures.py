"""Pictures: how far apart two PNG images are, pixel by pixel, as an eye would weigh them."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from typing import Any

import numpy as np

__all__ = ["distance"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_BLOCK = 8


def distance(before: str, after: str) -> float | None:
    """The mean difference of brightness (0 to 1) in the worst of the 8 x 8 parts, which an eye
    would see, of two PNG images in base64; 0.0 where all pixels are equal.

    `inf` for pictures of different sizes, None for what is no 8-bit PNG without interlacing.
    """
    one, other = _decoded(before), _decoded(after)
    if one is None or other is None:
        return None
    if one.shape != other.shape:
        return float("inf")
    if np.array_equal(one, other):
        return 0.0
    apart = np.abs(_brightness(one) - _brightness(other))
    rows = np.array_split(apart, min(_BLOCK, apart.shape[0]), axis=0)
    parts = [np.array_split(row, min(_BLOCK, row.shape[1]), axis=1) for row in rows]
    # Never 0 for pixels that differ, however little: that would say that they are the same.
    return max(float(part.mean()) for row in parts for part in row) or 1e-6


def _brightness(pixels: Any) -> Any:
    """Over white, as pages show it."""
    values = pixels.astype("float64") / 255.0
    colours = values.shape[2]
    alpha = values[:, :, -1:] if colours in (2, 4) else 1.0
    shown = values[:, :, : colours - 1] if colours in (2, 4) else values
    return (shown * alpha + (1.0 - alpha)).mean(axis=2)


def _decoded(encoded: str) -> Any:
    try:
        content = base64.b64decode(encoded)
        return _pixels(content) if content.startswith(_SIGNATURE) else None
    except (binascii.Error, zlib.error, struct.error, ValueError, KeyError):
        return None


def _pixels(content: bytes) -> Any:
    """Source: W3C, Portable Network Graphics, chapters 7 (filters), 11 (chunks)."""
    at, data, header = len(_SIGNATURE), b"", b""
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or interlaced:
        return None
    channels = _CHANNELS[colour]
    raw = np.frombuffer(zlib.decompress(data), dtype=np.uint8).reshape(height, -1)
    lines = np.zeros((height + 1, width * channels), dtype=np.uint8)
    for number in range(height):
        lines[number + 1] = _line(int(raw[number, 0]), raw[number, 1:], lines[number], channels)
    return lines[1:].reshape(height, width, channels)


def _line(kind: int, line: Any, above: Any, step: int) -> Any:
    if kind == 0:
        return line
    if kind == 2:
        return line + above
    if kind == 1:
        return np.cumsum(line.reshape(-1, step), axis=0, dtype=np.uint8).reshape(-1)
    done = [0] * (len(line) + step)
    up = [0] * step + above.tolist()
    for at, value in enumerate(line.tolist(), start=step):
        left, over, corner = done[at - step], up[at], up[at - step]
        done[at] = (value + (_paeth(left, over, corner) if kind == 4 else (left + over) // 2)) & 255
    return np.array(done[step:], dtype=np.uint8)


def _paeth(left: int, over: int, corner: int) -> int:
    guess = left + over - corner
    near = [(abs(guess - each), at) for at, each in enumerate((left, over, corner))]
    return (left, over, corner)[min(near)[1]]
