"""What people upload is what its content says, not what its name says; pictures are drawn anew before they are kept."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from .models import StoredFile

MB = 1024 * 1024
LARGEST_PICTURE = 2 * MB
LARGEST_FILE = 10 * MB
# A small file can unfold to a picture that fills the memory.
MOST_PIXELS = 16_000_000
# Photographs as telephones take them; JPEG is made smaller while it is read.
MOST_PIXELS_OF_A_PHOTO = 60_000_000
WIDEST = 1600
# What Pillow may try to read at all.
PICTURE_FORMATS = ("PNG", "JPEG", "WEBP")
# What a document, which is a zip file, may unfold to.
MOST_PARTS = 3000
MOST_UNFOLDED = 100 * MB
# Text packs well, but not like this.
MOST_RATIO = 250

_PICTURES = ((b"\x89PNG\r\n\x1a\n", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF87a", "GIF"), (b"GIF89a", "GIF"))
_OFFICE = "application/vnd.openxmlformats-officedocument."
# Ending → the part that makes it one, and what it is called.
_OPEN_XML = {
    "docx": ("word/document.xml", f"{_OFFICE}wordprocessingml.document"),
    "xlsx": ("xl/workbook.xml", f"{_OFFICE}spreadsheetml.sheet"),
    "pptx": ("ppt/presentation.xml", f"{_OFFICE}presentationml.presentation"),
}
_OPEN_DOCUMENT = {
    f"application/vnd.oasis.opendocument.{name}": ending
    for name, ending in (("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp"))
}
_TEXTS = {"csv": "text/csv", "txt": "text/plain", "md": "text/plain"}
_MARKUP = re.compile(r"<\s*(!doctype|html|head|body|script|svg|iframe|\?xml|\?php|%)", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# For the file field of a form; what counts is the content.
ACCEPTED = ".pdf,.docx,.xlsx,.pptx,.odt,.ods,.odp,.txt,.csv,.md,image/png,image/jpeg,image/webp,image/gif"


class FileProblem(Exception):
    """Why a file is not taken; the message is a sentence for whoever sent it."""


def check_picture(upload: UploadedFile, *, widest: int = WIDEST) -> StoredFile:
    """Keep a picture, drawn anew as PNG without anything that was hidden in it. Raises FileProblem."""
    if (upload.size or 0) > LARGEST_PICTURE:
        raise FileProblem(_("This picture is larger than %(mb)d MB.") % {"mb": LARGEST_PICTURE // MB})
    picture = _draw(upload.read(), formats=PICTURE_FORMATS, widest=widest, most_pixels=MOST_PIXELS)
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", optimize=True)
    name = PurePath(upload.name or "").stem[:150] or "picture"
    return store(f"{name}.png", content=drawn.getvalue(), content_type="image/png")


def check_file(upload: UploadedFile) -> StoredFile:
    """Keep a picture, a PDF, a document or plain text, named after what its content is. Raises FileProblem."""
    if (upload.size or 0) > LARGEST_FILE:
        raise FileProblem(_("This file is larger than %(mb)d MB.") % {"mb": LARGEST_FILE // MB})
    content = upload.read()
    if not content:
        raise FileProblem(_("This file is empty."))
    if picture := _picture_kind(content):
        content, ending, content_type = _redrawn(content, picture)
    elif content.startswith(b"%PDF-"):
        ending, content_type = _pdf(content)
    elif content.startswith(b"PK\x03\x04"):
        ending, content_type = _document(content)
    else:
        ending, content_type = _text(content, upload.name or "")
    return store(f"{clean_stem(upload.name or '')}.{ending}", content=content, content_type=content_type)


def clean_stem(name: str) -> str:
    """A file's name without its folder and ending, and without what could deceive a reader or a file system."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Among these are the marks that turn the direction of writing, so that "gpj.exe" reads "exe.jpg".
    kept = "".join(each for each in last if unicodedata.category(each)[0] != "C" and each not in '<>:"|?*\u2028\u2029')
    stem, _dot, ending = kept.rpartition(".")
    stem = " ".join((stem if stem and len(ending) <= 5 else kept).split()).strip(". ")[:120].rstrip(". ")
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    return stem or _("file")


def store(name: str, *, content: bytes, content_type: str) -> StoredFile:
    """Keep a file that has been checked."""
    return StoredFile.objects.create(
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _draw(content: bytes, *, formats: tuple[str, ...], widest: int, most_pixels: int) -> Any:
    too_many = FileProblem(_("This picture has too many pixels. Make it smaller first."))
    try:
        picture: Any = Image.open(io.BytesIO(content), formats=formats)
        if picture.width * picture.height > most_pixels:
            raise too_many
        picture.draft(None, (widest, widest))
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        picture = picture.convert("RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "RGB")
    except FileProblem:
        raise
    except Image.DecompressionBombError as error:
        raise too_many from error
    # Pillow raises nearly anything for files that are broken on purpose.
    except Exception as error:
        raise FileProblem(_("This is no picture that we can read. Send a PNG, JPEG or WebP file.")) from error
    picture.thumbnail((widest, widest))
    return picture


def _picture_kind(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for start, kind in _PICTURES if content.startswith(start)), "")


def _redrawn(content: bytes, kind: str) -> tuple[bytes, str, str]:
    """A picture without whatever else was in its file: places, names, a second file. Of a moving one, the first frame."""
    most = MOST_PIXELS_OF_A_PHOTO if kind == "JPEG" else MOST_PIXELS
    picture = _draw(content, formats=(kind,), widest=WIDEST, most_pixels=most)
    drawn = io.BytesIO()
    if picture.mode == "RGB" and kind in ("JPEG", "WEBP"):
        picture.save(drawn, "JPEG", quality=88, optimize=True)
        return drawn.getvalue(), "jpg", "image/jpeg"
    picture.save(drawn, "PNG", optimize=True)
    return drawn.getvalue(), "png", "image/png"


def _pdf(content: bytes) -> tuple[str, str]:
    if b"%%EOF" not in content[-2048:] or zipfile.is_zipfile(io.BytesIO(content)):
        raise FileProblem(_("This PDF is broken, or something else is hidden in it. Save it anew and try again."))
    return "pdf", "application/pdf"


def _document(content: bytes) -> tuple[str, str]:
    """What kind of document a zip file is; what unfolds too far or carries macros is not taken."""
    broken = FileProblem(_("This document is broken. Save it anew and try again."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if _is_bomb(parts, len(content)):
                raise FileProblem(_("This file unfolds to far more than a document of its size would."))
            # Others unfold without a limit while they are read.
            if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
                raise broken
            if any(part.flag_bits & 1 for part in parts):
                raise FileProblem(_("This document is locked with a password. Take the password away first."))
            found = _kind_of_document(package, {part.filename for part in parts})
            # Reads each part, so that none is other than its entry says.
            if package.testzip() is not None:
                raise broken
    except FileProblem:
        raise
    # As with pictures: nearly anything can be raised.
    except Exception as error:
        raise broken from error
    return found


def _is_bomb(parts: list[zipfile.ZipInfo], size: int) -> bool:
    unfolded = sum(part.file_size for part in parts)
    return (
        len(parts) > MOST_PARTS
        or unfolded > MOST_UNFOLDED
        or unfolded > max(size, 4096) * MOST_RATIO
        # Parts that share their bytes: the flat bomb.
        or sum(part.compress_size for part in parts) > size
    )


def _kind_of_document(package: zipfile.ZipFile, names: set[str]) -> tuple[str, str]:
    if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
        raise FileProblem(_("This document is broken. Save it anew and try again."))
    if "mimetype" in names:
        said = package.read("mimetype").decode("ascii", "replace").strip()
        if said in _OPEN_DOCUMENT and "content.xml" in names:
            if any(name.startswith(("Basic/", "Scripts/")) for name in names):
                raise FileProblem(_("This document has macros in it. Save it without them."))
            return _OPEN_DOCUMENT[said], said
    if "[Content_Types].xml" in names:
        types = package.read("[Content_Types].xml").lower()
        if b"macroenabled" in types or any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
            raise FileProblem(_("This document has macros in it. Save it without them."))
        for ending, (part, content_type) in _OPEN_XML.items():
            if part in names:
                return ending, content_type
    raise _unknown()


def _text(content: bytes, name: str) -> tuple[str, str]:
    ending = name.lower().rpartition(".")[2]
    if ending not in _TEXTS:
        raise _unknown()
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        # What older spreadsheets write.
        text = content.decode("cp1252", "replace")
    if any(each < " " and each not in "\t\r\n\f" for each in text) or "\ufffd" in text or _MARKUP.search(text[:4096]):
        raise _unknown()
    return ending, _TEXTS[ending]


def _unknown() -> FileProblem:
    return FileProblem(
        _("We can’t take this kind of file. Send a PDF, a picture, a document, a spreadsheet, slides or plain text.")
    )
