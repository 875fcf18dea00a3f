"""Pictures compared pixel by pixel."""

from __future__ import annotations

import base64
import io

import matplotlib

matplotlib.use("agg")
import numpy as np
from matplotlib import image

from cellmark.replay.pictures import distance


def png(pixels) -> str:
    buffer = io.BytesIO()
    image.imsave(buffer, pixels, format="png", vmin=0, vmax=1, cmap="gray")
    return base64.b64encode(buffer.getvalue()).decode()


def plot(height: float = 0.5):
    pixels = np.ones((60, 80))
    pixels[int(60 * height) : int(60 * height) + 3, 10:70] = 0.0
    pixels[:, 40] = np.linspace(0, 1, 60)
    return pixels


def test_equal_pixels_are_0_apart_whatever_the_file_says_of_its_maker():
    buffer = io.BytesIO()
    image.imsave(
        buffer, plot(), format="png", vmin=0, vmax=1, cmap="gray", metadata={"Software": "another"}
    )
    other = base64.b64encode(buffer.getvalue()).decode()
    assert other != png(plot())
    assert distance(png(plot()), other) == 0.0


def test_a_line_that_moved_is_far_apart_and_a_shade_is_not():
    shade = plot()
    shade[0, 0] = 0.9
    assert 0 < distance(png(plot()), png(shade)) < 0.002
    assert distance(png(plot()), png(plot(0.6))) > 0.02


def test_a_random_picture_is_decoded_as_matplotlib_decodes_it():
    noise = np.random.default_rng(0).random((23, 31))
    less = noise.copy()
    less[:3, :4] = 0.0
    assert distance(png(noise), png(noise)) == 0.0
    assert distance(png(noise), png(less)) > 0.1


def test_another_size_and_no_picture():
    assert distance(png(plot()), png(plot()[:50])) == float("inf")
    assert distance(png(plot()), base64.b64encode(b"no picture").decode()) is None
    assert distance("%%%", png(plot())) is None
