"""What people send is what is in it: hostile files are refused, pictures are drawn anew."""

import io
import random
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mentoring.files import checking
from mentoring.files.checking import FileProblem, check_file, clean_stem
from mentoring.files.models import StoredFile
from mentoring.files.serving import attachment
from tests.people import inside, make_organisation

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def org(db):
    return make_organisation()


def picture(kind="PNG", size=(40, 20), mode="RGB", **options):
    drawn = io.BytesIO()
    Image.new(mode, size, "red").save(drawn, kind, **options)
    return drawn.getvalue()


def package(parts, *, compression=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def docx(**more):
    return package({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"} | more)


def send(org, name, content):
    with inside(org):
        return check_file(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("name", "content", "kept_as", "content_type"),
    [
        ("plan.pdf", PDF, "plan.pdf", "application/pdf"),
        # Named otherwise than what it is: it is kept as what it is.
        ("plan.png", PDF, "plan.pdf", "application/pdf"),
        ("notes.docx", docx(), "notes.docx", DOCX),
        (
            "figures.xlsx",
            package({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}),
            "figures.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            "talk.odp",
            package({"mimetype": "application/vnd.oasis.opendocument.presentation", "content.xml": "<x/>"}),
            "talk.odp",
            "application/vnd.oasis.opendocument.presentation",
        ),
        ("list.csv", "Name;Stärke\r\nJosé;3\r\n".encode(), "list.csv", "text/csv"),
        ("old.txt", "Stärke".encode("cp1252"), "old.txt", "text/plain"),
        ("photo.jpeg", picture("JPEG"), "photo.jpg", "image/jpeg"),
        ("photo.webp", picture("WEBP"), "photo.jpg", "image/jpeg"),
        ("moving.gif", picture("GIF"), "moving.png", "image/png"),
        ("shot.png", picture(), "shot.png", "image/png"),
    ],
)
def test_what_is_taken(org, name, content, kept_as, content_type):
    kept = send(org, name, content)
    assert (kept.name, kept.content_type) == (kept_as, content_type)
    if not content_type.startswith("image"):
        assert bytes(kept.content) == content


MARKUP = "can’t take this kind"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("logo.png", SVG, MARKUP),
        ("logo.svg", SVG, MARKUP),
        ("logo.png", b"<!doctype html><script>alert(1)</script>", MARKUP),
        ("notes.txt", b"hello\n< script>alert(1)</script>", MARKUP),
        ("list.csv", b'<?xml version="1.0"?><html/>', MARKUP),
        ("run.exe", b"MZ\x90\x00\x03", MARKUP),
        ("run.txt", b"MZ\x90\x00\x03", MARKUP),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n", MARKUP),
        ("any.zip", package({"a.txt": "a"}), MARKUP),
        ("app.docx", package({"META-INF/MANIFEST.MF": "x", "A.class": "x"}), MARKUP),
        ("empty.pdf", b"", "is empty"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj", "hidden in it"),
        # A PDF that is a zip file as well.
        ("both.pdf", PDF + package({"a.exe": "MZ"}), "hidden in it"),
        ("cut.png", picture()[:40], "no picture"),
        ("cut.docx", docx()[:-30], "is broken"),
        ("up.docx", docx(**{"../../etc/passwd": "x"}), "is broken"),
        ("macro.docx", docx(**{"word/vbaProject.bin": "x"}), "has macros"),
        (
            "macro.docx",
            package({
                "[Content_Types].xml": '<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>',
                "word/document.xml": "x",
            }),
            "has macros",
        ),
        ("slow.docx", package({"[Content_Types].xml": "x", "word/document.xml": "y"}, compression=zipfile.ZIP_BZIP2), "is broken"),
        ("bomb.docx", docx(**{"word/media/x": b"\0" * 30 * checking.MB}), "unfolds to far more"),
        ("many.docx", docx(**{f"word/{n}": "" for n in range(3001)}), "unfolds to far more"),
        ("large.pdf", PDF + b" " * checking.LARGEST_FILE, "larger than 10 MB"),
    ],
)  # fmt: skip
def test_what_is_not_taken(org, name, content, why):
    with pytest.raises(FileProblem, match=why), inside(org):
        check_file(SimpleUploadedFile(name, content))
    with inside(org):
        assert not StoredFile.objects.exists()


def test_a_part_that_lies_about_its_size_is_found_out(org):
    """The entry says ten bytes, and thirty million come out."""
    whole = bytearray(docx(**{"word/media/x": b"\0" * 30_000_000}))
    said = struct.pack("<L", 30_000_000)
    assert whole.count(said) == 2
    with pytest.raises(FileProblem, match="is broken"), inside(org):
        check_file(SimpleUploadedFile("bomb.docx", bytes(whole.replace(said, struct.pack("<L", 10)))))


def test_parts_that_share_their_bytes_are_a_bomb(org):
    """A flat bomb: its directory names the same part many times over."""
    whole = package(
        {"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>", "k": random.Random(1).randbytes(5000)}
    )
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    last = whole.rindex(b"PK\x01\x02")
    directory = whole[start:end] + whole[last:end] * 60
    count = 3 + 60
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    with pytest.raises(FileProblem, match="unfolds to far more"), inside(org):
        check_file(SimpleUploadedFile("flat.docx", whole[:start] + directory + tail))


def test_a_picture_that_unfolds_to_gigabytes_is_not_even_begun(org):
    """60,000 × 60,000 pixels in its head, and 100 bytes of data."""

    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">2L5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    with pytest.raises(FileProblem, match="too many pixels"), inside(org):
        check_file(SimpleUploadedFile("bomb.png", bomb))


def test_whatever_hides_in_a_picture_is_gone(org):
    secret = PngInfo()
    secret.add_text("Comment", "<script>alert(1)</script>")
    kept = send(org, "a.png", picture(pnginfo=secret) + package({"a.exe": "MZ"}) + b"<script>alert(1)</script>")
    assert b"script" not in kept.content
    assert not zipfile.is_zipfile(io.BytesIO(kept.content))
    where = Image.Exif()
    where[0x010E] = "at home"
    kept = send(org, "a.jpg", picture("JPEG", exif=where))
    assert b"at home" not in kept.content
    assert Image.open(io.BytesIO(kept.content)).size == (40, 20)


def test_a_large_photo_is_made_smaller(org):
    kept = send(org, "a.jpg", picture("JPEG", size=(4000, 2000)))
    assert Image.open(io.BytesIO(kept.content)).size == (1600, 800)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\Plan for 2027.docx", "Plan for 2027"),
        ("a\u202egpj.exe", "agpj"),
        ('we<ir>d:"name|?*.pdf', "weirdname"),
        ("line\r\nbreak.pdf", "linebreak"),
        ("con.pdf", "_con"),
        ("...", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 120),
        ("Größe und Übersicht.odt", "Größe und Übersicht"),
        ("version 2.final version", "version 2.final version"),
    ],
)
def test_names_are_cleaned(name, stem):
    assert clean_stem(name) == stem


def test_files_are_handed_out_to_be_saved(org):
    with inside(org):
        answer = attachment(StoredFile(name='Größe "2".pdf', content_type="application/pdf", content=b"%PDF-"))
    assert not answer.streaming
    assert answer.content == b"%PDF-"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%222%22.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Type"] == "application/pdf"
