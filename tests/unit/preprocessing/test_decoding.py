"""Files of every kind are decoded in full, or refused in words."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.decoding import decode
from analysis.preprocessing.image import apply_image
from tests.unit.preprocessing.pictures import FILES, encoded, image_pipeline, photo

PLAIN = check_pipeline(image_pipeline(background={"color": [255, 255, 255]}))


@pytest.mark.parametrize("name", FILES)
def test_every_kind_becomes_rgb_or_rgba(name: str) -> None:
    image = decode(FILES[name])
    assert image.mode == ("RGBA" if "transparent" in name or name == "palette" else "RGB")
    assert image.info == {"orientation": 1}
    assert apply_image(FILES[name], PLAIN).shape == (3, image.height, image.width)


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    levels = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    found = np.asarray(decode(encoded(Image.fromarray(levels))))
    np.testing.assert_array_equal(found, np.repeat(np.arange(256).reshape(16, 16, 1), 3, axis=2))
    np.testing.assert_array_equal(np.asarray(decode(encoded(Image.fromarray(levels), "TIFF"))), found)
    pgm = b"P5 16 16 65535\n" + levels.astype(">u2").tobytes()
    np.testing.assert_array_equal(np.asarray(decode(pgm)), found)


@pytest.mark.parametrize(("largest", "unit"), [(1.0, 255.0), (255.0, 1.0)])
def test_floating_point_files_are_scaled_by_their_range(largest: float, unit: float) -> None:
    values = np.linspace(0, largest, 64, dtype=np.float32).reshape(8, 8)
    found = np.asarray(decode(encoded(Image.fromarray(values), "TIFF")))
    np.testing.assert_allclose(found[..., 0], values * unit, atol=0.501)


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data).getpixel((0, 0)) == (255, 0, 0)


def test_cmyk_is_turned_into_colours() -> None:
    red = decode(encoded(Image.new("RGB", (8, 8), "red").convert("CMYK"), "JPEG", quality=100))
    assert np.abs(np.asarray(red, dtype=int) - [255, 0, 0]).max() < 12


def test_transparency_is_kept_until_the_background() -> None:
    data = encoded(Image.new("RGBA", (4, 4), (200, 10, 20, 0)))
    colours = {
        None: (200, 10, 20),
        (255, 255, 255): (255, 255, 255),
        (1, 2, 3): (1, 2, 3),
    }
    for color, expected in colours.items():
        pipeline = check_pipeline(image_pipeline(background={"color": None if color is None else list(color)}))
        assert tuple(apply_image(data, pipeline)[:, 0, 0]) == expected


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_is_applied_when_asked_as_pillow_does(orientation: int) -> None:
    image = photo(20, 30)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, "PNG", exif=exif)
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    for asked, expected in ((True, upright), (False, image)):
        pipeline = check_pipeline(image_pipeline(orientation={"exif": asked}))
        np.testing.assert_array_equal(apply_image(data, pipeline), np.asarray(expected).transpose(2, 0, 1))


@pytest.mark.parametrize("note", [0, 9, 300])
def test_a_senseless_exif_orientation_is_ignored(note: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = note
    assert decode(encoded(photo(3, 5), "JPEG", exif=exif)).info["orientation"] == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_file_that_ends_too_early_is_refused(kind: str) -> None:
    data = encoded(photo(200, 200), kind)
    with pytest.raises(UnusableInput, match=r"damaged or ends too early|no image"):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data", [b"", b"<html>404</html>", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableInput, match=r"no image|damaged"):
        decode(data)


def _png_of(width: int, height: int) -> bytes:
    """Return a tiny file that claims to be an image of that size."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(100)))]
    parts = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(10_000, 10_000), (100_000, 100_000)])
def test_a_decompression_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(UnusableInput, match="pixels; the cap is"):
        decode(_png_of(*size))


def test_a_strip_that_would_grow_beyond_bounds_is_refused() -> None:
    pipeline = check_pipeline(image_pipeline(resize={"mode": "shorter", "size": 4096}, crop={"height": 8, "width": 8}))
    with pytest.raises(UnusableInput, match="narrow"):
        apply_image(encoded(Image.new("RGB", (9_000, 1))), pipeline)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["landscape", "palette", "gif", "webp"]), st.data())
def test_damage_is_refused_or_decoded_but_never_raises_otherwise(name: str, data: st.DataObject) -> None:
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode(bytes(damaged))
    except UnusableInput:
        return
    assert image.mode in ("RGB", "RGBA")
