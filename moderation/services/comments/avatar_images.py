"""Pictures from outside, decoded and encoded anew: nothing of the file that came is kept.

So a picture brings no place where it was taken, no script, and no file of two kinds.
"""

from io import BytesIO

#: Pixels of a side as it is served: twice the widget's, for fine screens.
SIDE = 96
#: Pixels of a picture that is decoded: 16 MB in memory.
MOST_PIXELS = 4_000_000
CONTENT_TYPE = "image/webp"


def encoded(raw: bytes) -> bytes | None:
    """Return a square WebP picture; None unless the bytes are a PNG, JPEG or WebP of fair size."""
    # Imported by the worker that has a picture to encode, and by nothing else.
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(raw), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    # The library has no bound on what it raises for a broken file.
    except Exception:
        return None
    square = ImageOps.fit(upright, (SIDE, SIDE))
    if square.getchannel("A").getextrema() == (255, 255):
        square = square.convert("RGB")
    # Without the metadata of the original file.
    square.info = {}
    written = BytesIO()
    square.save(written, "WEBP", quality=80)
    return written.getvalue()
