"""PDF from templates/pdf/<name>.typ: tagged, with our own fonts, and with data that is never read as markup.

    render("certificate", {"name": "Ann #1"}, title="Certificate of Ann", language="en") → bytes

A template reads `json(bytes(sys.inputs.data))`, in which `title` and `language` stand beside what was given. `files` are
pictures that it may show, by name.

Our fonts have the letters of most living scripts, Chinese, Japanese and Korean among them. What none of them has never
becomes an empty box: it is written in Latin letters instead, and a rare Chinese character as 〓, as printers do.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "templates" / "pdf"
# Letters that no font has are found one after the other.
MOST_REPLACED = 60
# Accents that stand alone are told by their numbers.
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')


def render(
    template_name: str,
    data: Mapping[str, Any],
    *,
    title: str,
    language: str,
    files: Mapping[str, bytes] | None = None,
    picture: bool = False,
) -> Any:
    """A PDF as bytes; with `picture` its first page as PNG instead, for looking at."""
    given = json.dumps({**data, "title": title, "language": language.split("-")[0]}, ensure_ascii=False)
    options: dict[str, Any] = {
        "font_paths": [str(FOLDER / "fonts")],
        "ignore_system_fonts": True,
        "sys_inputs": {"data": given},
    }
    # A folder of its own is all that a template can read from.
    with TemporaryDirectory() as root:
        main = Path(root) / "main.typ"
        main.write_bytes((FOLDER / f"{template_name}.typ").read_bytes())
        for name, content in (files or {}).items():
            (Path(root) / Path(name).name).write_bytes(content)
        for _turn in range(MOST_REPLACED):
            try:
                # Accessible (PDF/UA): tagged, with title, language and a text for each picture; fails without, and
                # where a letter has no shape in any font.
                made = typst.compile(str(main), root=root, format="pdf", pdf_standards=["ua-1"], **options)
            except typst.TypstError as error:
                missing = _MISSING.search(str(error))
                if missing is None:
                    raise
                before = options["sys_inputs"]["data"]
                options["sys_inputs"] = {"data": _replaced(before, missing[1])}
                if options["sys_inputs"]["data"] == before:
                    raise
            else:
                break
        else:
            # Whoever writes in signs that nobody has a font for gets a page all the same.
            made = typst.compile(str(main), root=root, format="pdf", **options)
        if picture:
            pages = typst.compile(str(main), root=root, format="png", ppi=96, **options)
            return pages[0] if isinstance(pages, list) else pages
        return made


def latin(text: str) -> str:
    """What is written in letters that no font has, in Latin ones, from what Unicode calls them."""
    return "".join(_latin(letter) for letter in text)


def _latin(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if unicodedata.category(letter)[0] not in "LM" or not name:
        return f"({name.lower()})" if unicodedata.category(letter) == "So" and name else ""
    if "IDEOGRAPH" in name:
        return "〓"
    # "GOTHIC LETTER AHSA", "CHAKMA VOWEL SIGN E": the sound stands last. A sign that silences a vowel has none.
    return "" if name.endswith(("VIRAMA", "MAAYYAA")) else name.rpartition(" ")[2].lower()


def _replaced(data: str, missing: str) -> str:
    """The data with every letter of `missing` in Latin ones, wherever it stands."""
    text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), missing)
    for letter in {each for each in text if not each.isascii()}:
        data = data.replace(letter, latin(letter))
    return data
