"""Say whether static/css/app.css is fresh, without Node.

Two things make it stale: its own sources changed (their digest stands in static/src/built.txt), or a page uses a class
that the built file lacks. `make css` rebuilds it and writes the digest with --update.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).resolve().parent
ROOT = SRC.parent.parent
BUILT = ROOT / "static/css/app.css"
DIGEST = SRC / "built.txt"
APPS = ["mentoring", "accounts", "programs", "matching", "sessions", "feedback", "reports"]

TEMPLATE_TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
CLASS_ATTRIBUTE = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")
CLASS_IN_PYTHON = re.compile(r"""["']class["']\s*:\s*["']([^"']*)["']""")
SELECTOR = re.compile(r"\.((?:\\.|[\w-])+)")
# Names that templates carry for others' sake and that our stylesheet does not style.
UNSTYLED = {"icon", "time", "group", "peer"}


def sources() -> list[Path]:
    return sorted([*SRC.glob("*.css"), SRC / "package-lock.json", SRC / "icons.txt", SRC / "assets.mjs"])


def digest() -> str:
    total = hashlib.sha256()
    for path in sources():
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def pages() -> Iterator[Path]:
    for folder in ["templates", *APPS]:
        for path in sorted((ROOT / folder).rglob("*")):
            mail = path.is_relative_to(ROOT / "templates/mail")
            if path.suffix in {".html", ".py"} and not mail and "tests" not in path.parts:
                yield path


def built_classes(css: str) -> set[str]:
    return {re.sub(r"\\(.)", r"\1", name) for name in SELECTOR.findall(css)}


def used_classes(text: str, *, python: bool) -> set[str]:
    values = [one or other for one, other in CLASS_ATTRIBUTE.findall(text)]
    if python:
        values += CLASS_IN_PYTHON.findall(text)
        # Replacement fields are filled elsewhere; a dotted path names a Python class.
        values = [value for value in values if "{" not in value and not re.fullmatch(r"[A-Za-z_]+(\.\w+)+", value)]
    return {name for value in values for name in TEMPLATE_TAG.sub(" ", value).split()}


def glued_classes(text: str) -> list[str]:
    """Find class names put together from pieces, which the build cannot see."""
    values = [one or other for one, other in CLASS_ATTRIBUTE.findall(text)]
    return [value for value in values if re.search(r"[\w-]{{|}}[\w-]|-{%", value)]


def problems() -> list[str]:
    found = []
    if not BUILT.exists() or not DIGEST.exists() or DIGEST.read_text().strip() != digest():
        found.append("static/css/app.css is older than its sources: run `make css`.")
        return found
    known = built_classes(BUILT.read_text()) | UNSTYLED
    for path in pages():
        text, name = path.read_text(), path.relative_to(ROOT)
        missing = used_classes(text, python=path.suffix == ".py") - known
        if missing:
            found.append(f"{name} uses classes that static/css/app.css lacks: {', '.join(sorted(missing))}")
        if path.suffix == ".html":
            found += [f"{name} puts a class together, use a data attribute: {value}" for value in glued_classes(text)]
    return found


if __name__ == "__main__":
    if "--update" in sys.argv:
        DIGEST.write_text(digest() + "\n")
    answer = problems()
    sys.stdout.write(("\n".join(answer) or "static/css/app.css is fresh.") + "\n")
    sys.exit(bool(answer))
