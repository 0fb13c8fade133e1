"""Names in every script are drawn as they are written, or in Latin letters; never as empty boxes."""

import io

import pytest
from PIL import Image

from mentoring import pdf

FACTS = {
    "heading": "Certificate", "organisation": "Northwind", "statement": "has taken part", "before": "This is to certify",
    "program": "Spring", "dates": "1 to 2", "counted": "", "issued": "today", "check": "Check at",
    "address": "https://mentoring.example/c/1", "code": "ABCD", "logo_alt": "",
}  # fmt: skip


def certificate(name, **options):
    return pdf.render("certificate", FACTS | {"name": name}, title=f"Certificate of {name}", language="en", **options)


def drawn(name):
    """Where the name stands, as black and white."""
    page = Image.open(io.BytesIO(certificate(name, picture=True))).convert("L")
    return page.crop((0, page.height * 36 // 100, page.width, page.height * 46 // 100)).tobytes()


@pytest.mark.parametrize(
    "name",
    [
        "王小明", "髙橋 太郎", "サトウ ハナコ", "김민수", "محمد الأحمد", "דוד כהן", "कमला शर्मा", "สมชาย ใจดี", "கமல் ஹாசன்", "বাংলা নাম",
        "አበበ ቢቂላ", "ნინო ბერიძე", "Հայկ Պետրոսյան", "Ελένη Παπαδοπούλου", "Анна Йовкова", "Nguyễn Thị Hương", "ഒരു പേര്",
    ],
)  # fmt: skip
def test_living_scripts_are_drawn_as_they_are(name, monkeypatch):
    def refuse(*args):
        raise AssertionError("A letter was missing.")

    monkeypatch.setattr(pdf, "_replaced", refuse)
    assert certificate(name).startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("𐌰𐌽𐌽𐌰 Gothic", "ahsanauthsnauthsahsa Gothic"),
        ("Ann 🙂 Lee", "Ann (slightly smiling face) Lee"),
        ("𠮷野 家", "〓野 家"),
        ("𑄇𑄴 Chakma", "kaa Chakma"),
    ],
)
def test_what_no_font_has_is_written_in_latin_letters(name, instead):
    assert drawn(name) == drawn(instead)
    assert certificate(name).startswith(b"%PDF-1.7")


def test_what_no_font_has_looks_like_no_box():
    assert drawn("🙂") != drawn("🙃")


def test_a_quote_and_a_backslash_stay_what_they_are():
    assert certificate('Ann "the 🙂" \\ Lee').startswith(b"%PDF")
