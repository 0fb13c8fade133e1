"""PDF from templates/pdf/<name>.typ: tagged, with our own fonts, and with data that is never read as markup.

    render("certificate", {"name": "Ann #1"}, title="Certificate of Ann", language="en") → bytes

A template reads `json(bytes(sys.inputs.data))`, in which `title` and `language` stand beside what was given. `files` are
pictures that it may show, by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "templates" / "pdf"


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
        if picture:
            pages = typst.compile(str(main), root=root, format="png", ppi=96, **options)
            return pages[0] if isinstance(pages, list) else pages
        try:
            # Accessible (PDF/UA): tagged, with title, language and a text for each picture; fails without.
            return typst.compile(str(main), root=root, format="pdf", pdf_standards=["ua-1"], **options)
        except typst.TypstError:
            # A letter that our fonts don't have, such as a Chinese name: the machine's may, and tags stay.
            return typst.compile(str(main), root=root, format="pdf", **(options | {"ignore_system_fonts": False}))
