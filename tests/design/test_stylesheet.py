"""The built style sheet is fresh, and nothing in a template needs what the content policy forbids."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [path for path in TEMPLATES if not path.is_relative_to(ROOT / "templates/mail")]
ICON = re.compile(r"""{% icon ["']([\w-]+)["']|\bicon(?:_end)?=["']([\w-]+)["']""")


@pytest.fixture
def check():
    spec = importlib.util.spec_from_file_location("check", ROOT / "static/src/check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_style_sheet_is_fresh(check):
    assert check.problems() == []


def test_a_changed_source_is_noticed(check, tmp_path):
    check.DIGEST = tmp_path / "built.txt"
    check.DIGEST.write_text("0" * 64)
    assert check.problems() == ["static/css/app.css is older than its sources: run `make css`."]


def test_an_unbuilt_class_is_noticed(check, tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<p class="flex {% if x %}unbuilt-one{% else %}gap-4{% endif %}">')
    assert check.used_classes(page.read_text(), python=False) == {"flex", "unbuilt-one", "gap-4"}
    known = check.built_classes(check.BUILT.read_text())
    assert {"flex", "gap-4", "gap-1.5", "sm:grid-cols-2", "w-1/2", "hover:bg-muted"} <= known
    assert "unbuilt-one" not in known


@pytest.mark.parametrize("value", ["badge-{{ tone }}", "{{ size }}-button", "text-{% if x %}lg{% endif %}"])
def test_a_class_put_together_is_noticed(check, value):
    assert check.glued_classes(f'<p class="{value}">') == [value]


def test_a_whole_class_from_a_variable_is_not_put_together(check):
    assert check.glued_classes('<p class="flex {{ more }} {% if x %}gap-4{% endif %}">') == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_page_carries_nothing_that_the_content_policy_forbids(path):
    text = path.read_text()
    # A block of JSON is data; browsers run nothing in it.
    script = r"""<script(?![^>]*\ssrc=)(?![^>]*\stype="application/json")"""
    found = re.findall(r"""\sstyle=|\son\w+=|hx-on|hx-vals=["']?js|javascript:|<style|""" + script, text)
    assert found == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_icon_that_a_page_names_is_drawn(path):
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    assert "calendar" in drawn
    named = {one or other for one, other in ICON.findall(path.read_text())}
    assert named - drawn == set()


def test_what_we_serve_asks_nobody_else():
    for path in [ROOT / "static/css/app.css", ROOT / "static/js/app.js"]:
        # Names of XML namespaces are not fetched.
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"""(?:url\(["']?|@import\s+["']|from\s+["']|fetch\(["'])(?:https?:)?//[^)"']*""", text) == []


def test_the_fonts_are_there_with_their_licences():
    css = (ROOT / "static/css/app.css").read_text()
    fonts = set(re.findall(r"url\(\"?\.\./fonts/([\w.-]+)", css))
    assert fonts == {
        "figtree-latin-wght-normal.woff2",
        "figtree-latin-ext-wght-normal.woff2",
        "bricolage-grotesque-latin-wght-normal.woff2",
        "bricolage-grotesque-latin-ext-wght-normal.woff2",
    }
    for font in fonts:
        assert (ROOT / "static/fonts" / font).read_bytes()[:4] == b"wOF2"
    for family in ["figtree", "bricolage-grotesque"]:
        assert "SIL Open Font License" in (ROOT / f"static/fonts/{family}.LICENSE.txt").read_text()


def test_the_lock_file_names_no_package_index():
    packages = json.loads((ROOT / "static/src/package-lock.json").read_text())["packages"]
    assert len(packages) > 5
    assert [name for name, package in packages.items() if "resolved" in package] == []
