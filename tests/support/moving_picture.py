"""A moving picture: still ones, each with the key that led to it, what that does, and the time that reading it takes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP = 48  # the height of what is drawn above a picture, in pixels
INK, PAPER, KEY, EDGE = "#1f2328", "#dde7f5", "#ffffff", "#8c959f"


class Still(NamedTuple):
    """A picture as PNG; above it a key, or what is typed, and what that does; how long all is shown."""

    png: bytes
    key: str
    line: str
    ms: int


def write_gif(stills: list[Still], path: Path) -> None:
    """Write the stills as one GIF that begins anew at its end. All have the 255 colours that suit them best together."""
    from PIL import Image

    pictures = [drawn(still) for still in stills]
    width, height = pictures[0].size
    column = Image.new("RGB", (width, height * len(pictures)))
    for number, picture in enumerate(pictures):
        column.paste(picture, (0, height * number))
    # One colour is left for "as in the picture before", which keeps the file small.
    colours = column.quantize(255, method=Image.Quantize.MEDIANCUT)
    first, *others = [picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture in pictures]
    path.parent.mkdir(parents=True, exist_ok=True)
    times = [still.ms for still in stills]
    first.save(path, save_all=True, append_images=others, duration=times, loop=0, optimize=True)


def drawn(still: Still) -> Image:
    """Put the key and the line above the picture."""
    from PIL import Image, ImageDraw, ImageFont

    below = Image.open(io.BytesIO(still.png)).convert("RGB")
    picture = Image.new("RGB", (below.width, below.height + STRIP), PAPER)
    picture.paste(below, (0, STRIP))
    draw, font, left = ImageDraw.Draw(picture), ImageFont.load_default(21), 16
    if still.key:
        right = left + draw.textlength(still.key, font) + 24
        draw.rounded_rectangle((left, 7, right, STRIP - 8), radius=6, fill=KEY, outline=EDGE, width=2)
        draw.text((left + 12, STRIP / 2), still.key, fill=INK, font=font, anchor="lm")
        left = int(right) + 14
    for word in still.line.split():  # the font's own blanks are too narrow to read
        draw.text((left, STRIP / 2), word, fill=INK, font=font, anchor="lm")
        left += int(draw.textlength(word, font)) + 8
    return picture
