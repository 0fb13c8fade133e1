"""Whatever somebody is called, no spreadsheet takes it for a formula: every file with rows in it that we hand out."""

import csv
import io
import re
import zipfile

import pytest
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Member
from feedback.models import SurveyQuestion
from programs.models import Goal, Program, SignUpSheet
from sessions.models import Session
from tests.people import inside
from tests.tenancy.cast import make_cast

HOSTILE = ['=HYPERLINK("http://x.example")', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1"]
# Address → what its arguments name in the cast, and what is sent with it; a file for each kind that there is.
FILES = {
    "accounts:import_refused_csv": [("import", {}, None)],
    "programs:sheet_refused": [("sheet", {}, None)],
    "programs:timeline_csv": [("mentorship", {}, None)],
    "sessions:history_csv": [("", {}, None)],
    "feedback:results_csv": [("survey_open", {}, None)],
    "reports:participation_csv": [("", {}, None)],
    "reports:program_health_file": [("", {"kind": "csv"}, None), ("", {"kind": "xlsx"}, None)],
    "reports:retention_download": [
        ("snapshot", {}, {"format": "csv", "purpose": "To see"}), ("snapshot", {}, {"format": "xlsx", "purpose": "To see"})
    ],
    "reports:access_download": [
        ("access", {}, {"format": "csv", "purpose": "To see"}), ("access", {}, {"format": "xlsx", "purpose": "To see"})
    ],
}  # fmt: skip
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@pytest.fixture
def cast(db):
    return make_cast("northwind", "Aurelian")


def names_of(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names_of(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield prefix + pattern.name, str(pattern.pattern)


def test_every_address_that_ends_like_a_sheet_is_among_them():
    sheets = {
        name
        for name, path in names_of(get_resolver().url_patterns)
        if path.endswith((".csv", ".xlsx")) or "<slug:kind>" in path.rpartition("/")[2] or name.endswith("_download")
    }
    assert sheets == set(FILES)


def rename(cast, hostile):
    """Put it before everything that people have called something."""

    def before(field):
        return Concat(Value(hostile), F(field), output_field=TextField())

    with inside(cast.organisation):
        Member.objects.update(**{each: before(each) for each in ("given_name", "department", "site", "job_title")})
        Program.objects.update(name=before("name"))
        Session.objects.update(topic=before("topic"), place=before("place"))
        Goal.objects.update(text=before("text"))
        SurveyQuestion.objects.update(text=before("text"))
        for sheet in SignUpSheet.objects.all():
            quoted = '"' + hostile.replace('"', '""') + '"'
            sheet.content = f"Email Address,Name\nnobody,{quoted}\n".encode()
            sheet.save()


def cells_of(content):
    assert content.startswith(b"\xef\xbb\xbf"), "Without its mark, Excel reads it wrongly."
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


def test_no_cell_is_a_formula(cast):
    client = Client()
    client.force_login(cast.user)
    told = set()
    for hostile in HOSTILE:
        rename(cast, hostile)
        seen = visit(cast, client, hostile)
        # It stood there, so that the test has seen something.
        assert "sessions:history_csv" in seen, hostile
        told |= seen
    assert {"programs:timeline_csv", "programs:sheet_refused"} <= told


def visit(cast, client, hostile):
    """Look at every cell of every file. Returns the addresses of those in which it stood, disarmed."""
    told = set()
    for name, files in FILES.items():
        for named, more, sent in files:
            args = {"org": cast.organisation.slug} | more | ({"pk": cast.ids[named]} if named else {})
            address = reverse(name, kwargs=args)
            answer = client.get(address) if sent is None else client.post(address, sent)
            assert answer.status_code == 200, name
            assert answer["Content-Disposition"].startswith("attachment"), name
            if answer.content.startswith(b"PK"):
                parts = zipfile.ZipFile(io.BytesIO(answer.content))
                sheets = [parts.read(part).decode() for part in parts.namelist() if "worksheets/sheet" in part]
                assert sheets, name
                assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets), name
                continue
            cells = cells_of(answer.content)
            live = [cell for cell in cells if cell[:1] in set("=+-@＝＋－＠\t\r\n") and not NUMBER.fullmatch(cell)]
            assert live == [], name
            if any(cell.startswith((f"'{hostile}", f"'{hostile.strip()}")) for cell in cells):
                told.add(name)
    return told
