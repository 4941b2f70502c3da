"""Pictures as they are kept: decoded under limits and encoded anew, so that nothing else is left (C6.9, M4.9).

EXIF, colour profiles, comments, thumbnails and whatever was appended to the file are gone; the turn that EXIF asked for
is done, and colours are those of sRGB. A picture over the limit is offered again in the best quality that fits.
"""

from __future__ import annotations

import io
import math
import threading
import warnings
from typing import NamedTuple

from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

#: Decoded size that is refused: a small file may unfold to gigabytes.
MOST_PIXELS = 40_000_000
MOST_FRAMES = 120
#: Of all frames of an animation together.
MOST_MOVING_PIXELS = 20_000_000
#: Below this quality a JPEG or WebP of text and goods is no longer fit to be shown.
WORST_QUALITY, BEST_QUALITY = 55, 88
SMALLEST_SIDE = 320

#: A large picture takes hundreds of megabytes while it is worked on; two at once would take twice that.
_one_at_a_time = threading.Lock()

_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


class Unreadable(ValueError):
    """A picture that cannot be taken. `code`: damaged, too_many_pixels, too_many_frames, not_a_picture."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Picture(NamedTuple):
    """An encoded picture; `width` and `height` in pixels, `quality` 0 where the format has none."""

    content: bytes
    mime: str
    width: int
    height: int
    quality: int
    frames: int = 1


def clean(content: bytes) -> Picture:
    """The picture encoded anew in its own format and best quality. Raises Unreadable."""
    with _one_at_a_time:
        frames, format_ = _decoded(content)
        return _encoded(frames, format_, BEST_QUALITY)


def fitting(content: bytes, limit: int) -> Picture | None:
    """The best version of at most `limit` bytes: as it is, else with less quality, else smaller; a PNG of a photograph
    becomes a JPEG, one with transparency a WebP. None when even the smallest does not fit. Raises Unreadable."""
    with _one_at_a_time:
        return _fitting(content, limit)


def preview(content: bytes, side: int) -> bytes:
    """A WebP of the first frame whose longer side has at most `side` pixels, for lists. Raises Unreadable."""
    with _one_at_a_time:
        frames, _format = _decoded(content)
        first = frames[0]
        first.thumbnail((side, side), Image.Resampling.LANCZOS)
        return _encoded([first], "WEBP", 78).content


def _fitting(content: bytes, limit: int) -> Picture | None:
    frames, format_ = _decoded(content)
    best = _encoded(frames, format_, BEST_QUALITY)
    if len(best.content) <= limit:
        return best
    if format_ == "PNG":
        format_ = "WEBP" if _is_transparent(frames[0]) else "JPEG"
    if format_ == "GIF" and len(frames) == 1:
        format_ = "WEBP" if _is_transparent(frames[0]) else "JPEG"
    while True:
        smallest = _encoded(frames, format_, WORST_QUALITY)
        if len(smallest.content) <= limit:
            return _best_quality(frames, format_, limit) or smallest
        factor = min(0.9, math.sqrt(limit / len(smallest.content)) * 0.97)
        width, height = round(smallest.width * factor), round(smallest.height * factor)
        if min(width, height) < min(SMALLEST_SIDE, frames[0].width, frames[0].height):
            return None
        frames = [frame.resize((width, height), Image.Resampling.LANCZOS) for frame in frames]


def _best_quality(frames: list[Image.Image], format_: str, limit: int) -> Picture | None:
    """Halving between the worst and the best quality; None for formats without one."""
    if format_ in ("PNG", "GIF"):
        return None
    found, low, high = None, WORST_QUALITY + 1, BEST_QUALITY
    while low <= high:
        quality = (low + high) // 2
        tried = _encoded(frames, format_, quality)
        if len(tried.content) <= limit:
            found, low = tried, quality + 1
        else:
            high = quality - 1
    return found


def _decoded(content: bytes) -> tuple[list[Image.Image], str]:
    """Every frame in RGB, RGBA or (GIF) its palette, turned upright, and the format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_FORMATS)) as opened:
                format_ = opened.format or ""
                if opened.width * opened.height > MOST_PIXELS:
                    raise Unreadable("too_many_pixels")
                count = getattr(opened, "n_frames", 1)
                if count > MOST_FRAMES or (
                    count > 1 and count * opened.width * opened.height > MOST_MOVING_PIXELS
                ):
                    raise Unreadable("too_many_frames")
                frames = [_bare(frame) for frame in ImageSequence.Iterator(opened)]
    except Unreadable:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unreadable("too_many_pixels") from error
    except UnidentifiedImageError as error:
        raise Unreadable("not_a_picture") from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, IndexError, TypeError) as error:
        # What Pillow's decoders raise for broken files.
        raise Unreadable("damaged") from error
    if not frames:
        raise Unreadable("damaged")
    return frames, format_


def _bare(frame: Image.Image) -> Image.Image:
    """One frame without anything beside its pixels."""
    duration = frame.info.get("duration", 100)
    profile = frame.info.get("icc_profile")
    upright = ImageOps.exif_transpose(frame)
    transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = _in_srgb(upright, profile, "RGBA" if transparent else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    bare.info["duration"] = duration if isinstance(duration, int | float) and duration > 0 else 100
    return bare


def _in_srgb(frame: Image.Image, profile: object, mode: str) -> Image.Image:
    if isinstance(profile, bytes) and frame.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            base = frame.convert("RGB") if frame.mode in ("RGBA", "L") else frame
            turned = ImageCms.profileToProfile(base, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            return frame.convert(mode)  # a broken profile: the colours as they stand
        if turned is not None:
            if mode == "RGBA":
                turned = turned.convert("RGBA")
                turned.putalpha(frame.convert("RGBA").getchannel("A"))
            return turned
    return frame.convert(mode)


def _is_transparent(frame: Image.Image) -> bool:
    return frame.mode == "RGBA" and frame.getchannel("A").getextrema()[0] != 255


def _encoded(frames: list[Image.Image], format_: str, quality: int) -> Picture:
    output, first = io.BytesIO(), frames[0]
    if format_ == "JPEG":
        flat = first
        if first.mode == "RGBA":
            flat = Image.new("RGB", first.size, "white")
            flat.paste(first, mask=first.getchannel("A"))
        flat.save(output, "JPEG", quality=quality, optimize=True, progressive=True)
        frames = frames[:1]
    elif format_ == "PNG":
        quality = 0
        first.save(output, "PNG", optimize=first.width * first.height <= 4_000_000)
        frames = frames[:1]
    else:
        options = {"quality": quality, "method": 4} if format_ == "WEBP" else {"optimize": True}
        quality = quality if format_ == "WEBP" else 0
        if len(frames) > 1:
            durations = [frame.info["duration"] for frame in frames]
            first.save(
                output,
                format_,
                save_all=True,
                append_images=frames[1:],
                duration=durations,
                loop=0,
                **options,
            )
        else:
            first.save(output, format_, **options)
    return Picture(
        output.getvalue(), _FORMATS[format_], first.width, first.height, quality, frames=len(frames)
    )
