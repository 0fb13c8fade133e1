"""What people upload is what its content says, not what its name says; pictures are drawn anew before they are kept."""

from __future__ import annotations

import hashlib
import io
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from .models import StoredFile

LARGEST_PICTURE = 2 * 1024 * 1024
# A small file can unfold to a picture that fills the memory.
MOST_PIXELS = 16_000_000
WIDEST = 1600
# What Pillow may try to read at all.
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP")


class FileProblem(Exception):
    """Why a file is not taken; the message is a sentence for whoever sent it."""


def check_picture(upload: UploadedFile, *, widest: int = WIDEST) -> StoredFile:
    """Keep a picture, drawn anew as PNG without anything that was hidden in it. Raises FileProblem."""
    if (upload.size or 0) > LARGEST_PICTURE:
        raise FileProblem(_("This picture is larger than %(mb)d MB.") % {"mb": LARGEST_PICTURE // 1024 // 1024})
    try:
        picture: Any = Image.open(io.BytesIO(upload.read()), formats=PICTURE_FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise FileProblem(_("This picture has too many pixels. Make it smaller first."))
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        picture = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    except FileProblem:
        raise
    # Pillow raises nearly anything for files that are broken on purpose.
    except Exception as error:
        raise FileProblem(_("This is no picture that we can read. Send a PNG, JPEG or WebP file.")) from error
    picture.thumbnail((widest, widest))
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", optimize=True)
    name = PurePath(upload.name or "").stem[:150] or "picture"
    return store(f"{name}.png", content=drawn.getvalue(), content_type="image/png")


def store(name: str, *, content: bytes, content_type: str) -> StoredFile:
    """Keep a file that has been checked."""
    return StoredFile.objects.create(
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )
