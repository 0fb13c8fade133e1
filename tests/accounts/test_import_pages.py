"""The pages of an import, as people click through them."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import imports
from accounts.models import ImportRow, JobChange, Member, PeopleImport
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import run_job
from tests.people import inside, make_member, make_organisation

from .test_import_planning import MESSY

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def north():
    return make_organisation("northwind")


@pytest.fixture
def alice(north):
    return make_member(north, "Alice", is_admin=True)


@pytest.fixture
def admin(client, alice):
    client.force_login(alice.user)
    return client


def url(name, pk=None):
    return reverse(f"accounts:import_{name}", kwargs={"org": "northwind"} | ({"pk": pk} if pk else {}))


def file(name="people_messy.csv", content=None):
    return SimpleUploadedFile(name, (DATA / name).read_bytes() if content is None else content)


@pytest.fixture
def work(north):
    """Do the jobs that wait, as a worker would."""

    def work():
        with inside(north):
            waiting = list(Job.objects.unfinished())
        for job in waiting:
            with inside(north):
                run_job(job.pk)
        return len(waiting)

    return work


@pytest.fixture
def uploaded(admin):
    """Upload a file through its page; the import."""

    def upload(name="people_messy.csv", content=None):
        answer = admin.post(url("upload"), {"file": file(name, content)})
        assert answer.status_code == 302, answer.content.decode()[:2000]
        return int(answer.url.split("/")[-3])

    return upload


@pytest.fixture
def previewed(admin, uploaded, work):
    """Upload a file, take its columns as they were guessed, and have the preview made."""

    def preview(name="people_messy.csv", content=None):
        pk = uploaded(name, content)
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        assert (answer.status_code, answer.url) == (302, url("preview", pk))
        assert "Reading the rows" in admin.get(url("preview", pk)).content.decode()
        assert work() == 1
        return pk

    return preview


def columns_of(page, **corrections):
    """What the form of the columns would send."""
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent["has_header"] = "on" if sent["has_header"] else ""
    return sent | corrections


def confirm(admin, pk):
    page = admin.get(url("preview", pk))
    planned_at = page.context["people_import"].planned_at.isoformat()
    return admin.post(url("confirm", pk), {"planned_at": planned_at})


def people(organisation):
    with inside(organisation):
        return Member.objects.count()


class TestUpload:
    def test_shows_limits_and_earlier_imports(self, admin, uploaded):
        uploaded()
        page = admin.get(url("upload")).content.decode()
        assert "up to 30 MB" in page
        assert "people_messy.csv" in page
        assert "columns to check" in page

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "This file is empty."),
            (b"\n\n ,,\n", "This file is empty."),
            (b"Name,E-Mail\n", "This file has headings and no row below them."),
            (b"PK\x03\x04 [Content_Types].xml xl/", "This is an Excel workbook."),
            (b"%PDF-1.7", "This is a PDF document"),
        ],
    )
    def test_what_is_no_table_is_refused_in_words(self, admin, north, content, sentence):
        answer = admin.post(url("upload"), {"file": SimpleUploadedFile("people.csv", content)})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        with inside(north):
            assert not PeopleImport.objects.exists()

    def test_no_file(self, admin):
        answer = admin.post(url("upload"))
        assert answer.status_code == 422
        assert "Choose a file." in answer.content.decode()

    def test_too_large(self, admin, monkeypatch):
        monkeypatch.setattr("accounts.import_forms.MAX_BYTES", 100)
        answer = admin.post(url("upload"), {"file": file()})
        assert answer.status_code == 422
        assert "larger than 30 MB" in answer.content.decode()

    def test_as_many_queries_for_three_imports_as_for_one(self, admin, uploaded):
        uploaded()
        with CaptureQueriesContext(connection) as one:
            admin.get(url("upload"))
        uploaded("people_workday.csv")
        uploaded("people_messy.csv")
        with CaptureQueriesContext(connection) as three:
            admin.get(url("upload"))
        assert len(one) == len(three)


class TestColumns:
    def test_guesses_are_shown_for_correction(self, admin, uploaded):
        pk = uploaded("people_workday.csv")
        page = admin.get(url("columns", pk))
        form = page.context["form"]
        assert form["encoding"].value() == "cp1252"
        assert form["delimiter"].value() == "semicolon"
        assert form["date_order"].value() == "dmy"
        assert form["name_order"].value() == "given_first"
        held = {column["heading"]: column["field"].value() for column in form.columns()}
        assert held == {
            "Personalnummer": "employee_number",
            "Name": "name",
            "E-Mail (geschäftlich)": "email",
            "Eintrittsdatum": "hired_on",
            "Austrittsdatum": "left_on",
            "Abteilung": "department",
            "Stellenbezeichnung": "job_title",
            "Standort": "site",
            "Vorgesetzte/r (Personalnummer)": "manager_number",
            "Wochenstunden": "weekly_hours",
        }
        assert "Nowak, Yusuf" in page.content.decode()

    def test_another_encoding_reads_the_file_again(self, admin, uploaded):
        pk = uploaded("people_workday.csv")
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), encoding="cp1250"))
        assert (answer.status_code, answer.url) == (302, url("columns", pk))
        page = admin.get(url("columns", pk))
        assert page.context["form"]["encoding"].value() == "cp1250"
        assert "read again" in page.content.decode()

    def test_an_encoding_that_does_not_fit(self, admin, uploaded):
        pk = uploaded("people_workday.csv")
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), encoding="utf-8"))
        assert answer.status_code == 422
        assert "isn’t written in Unicode (UTF-8)" in answer.content.decode()

    def test_a_wrong_delimiter_leaves_one_column(self, admin, uploaded):
        pk = uploaded("people_workday.csv")
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), delimiter="vertical bar"))
        form = admin.get(url("columns", pk)).context["form"]
        assert len(form.columns()) == 1
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        assert answer.status_code == 422
        assert "No column holds names; choose one." in answer.content.decode()

    def test_two_columns_of_the_same(self, admin, uploaded):
        pk = uploaded()
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), column_6="job_title"))
        assert answer.status_code == 422
        assert "Column 7 holds the job title already; choose one of the two." in answer.content.decode()

    def test_no_such_field(self, admin, uploaded):
        pk = uploaded()
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), column_6="salary"))
        assert answer.status_code == 422

    def test_columns_can_be_corrected_after_the_preview(self, admin, north, previewed, work):
        pk = previewed()
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), column_8=""))
        assert answer.url == url("preview", pk)
        # Without its preview nothing can be confirmed.
        assert admin.post(url("confirm", pk), {"planned_at": "2026-11-22"}).url == url("preview", pk)
        work()
        confirm(admin, pk)
        work()
        with inside(north):
            assert set(Member.objects.exclude(given_name="Alice").values_list("site", flat=True)) == {""}


class TestPreview:
    def test_every_messy_row_has_its_answer_in_words(self, admin, north, previewed):
        pk = previewed()
        page = "".join(admin.get(url("preview", pk), {"show": "all", "page": n}).content.decode() for n in (1, 2))
        with inside(north):
            rows = {row.line: row for row in ImportRow.objects.all()}
            people_import = PeopleImport.objects.get()
        assert [(line, rows[line].action) for line in sorted(rows)] == [(line, action) for line, _, action, *_ in MESSY]
        for line, _why, _action, errors, notes in MESSY:
            assert [e["code"] for e in rows[line].plan.get("errors", [])] == errors
            assert [n["code"] for n in rows[line].plan.get("notes", [])] == notes
        assert people_import.counts["create"] == 44
        for sentence in (
            "“2021-02-30” doesn’t exist: February 2021 has 28 days; correct the date.",
            "Row 2 has employee number 20001 already",
            "“Enginering” will be a new department: close to “Engineering”, check.",
            "A further employment, from 1 September 2021.",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "Create 44 people, change 1",
        ):
            assert sentence in page
        assert "<script>alert" not in page
        assert people(north) == 1

    @pytest.mark.parametrize(
        ("show", "count"), [("create", 44), ("change", 1), ("same", 0), ("refuse", 15), ("all", 60)]
    )
    def test_rows_of_one_kind(self, admin, previewed, show, count):
        pk = previewed()
        page = admin.get(url("preview", pk), {"show": show}).context["page"]
        assert page.paginator.count == count

    def test_odd_parameters(self, admin, previewed):
        pk = previewed()
        assert admin.get(url("preview", pk), {"show": "evil", "page": "none"}).status_code == 200

    def test_as_many_queries_for_fifty_rows_as_for_one(self, admin, previewed):
        head = (DATA / "people_bamboo.csv").read_bytes().splitlines(keepends=True)
        counts = []
        for content in (head[0] + head[3], b"".join(head[:60])):
            pk = previewed("some.csv", content)
            with CaptureQueriesContext(connection) as queries:
                assert admin.get(url("preview", pk)).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_many_leavers_are_pointed_out(self, admin, north, previewed, work):
        content = b"".join((DATA / "people_bamboo.csv").read_bytes().splitlines(keepends=True)[:81])
        pk = previewed("people.csv", content)
        confirm(admin, pk)
        work()
        pk = previewed("people.csv", content.replace(b",,,", b",2026-10-31,,"))
        page = admin.get(url("preview", pk)).content.decode()
        assert "Many people leave" in page
        # 80 people, 39 of whom had left before; and Alice.
        assert "The file gives an end date to 41 of the 42 people who work here now." in page

    def test_a_file_that_says_nothing_new_offers_nothing(self, admin, previewed, work):
        pk = previewed()
        confirm(admin, pk)
        work()
        content = b"".join((DATA / "people_messy.csv").read_bytes().splitlines(keepends=True)[:2])
        pk = previewed("again.csv", content)
        page = admin.get(url("preview", pk)).content.decode()
        assert "every row says what is known already" in page
        assert url("confirm", pk) not in page

    def test_no_preview_yet(self, admin, uploaded):
        pk = uploaded()
        assert admin.get(url("preview", pk)).url == url("columns", pk)

    def test_a_file_that_was_read_in_another_way_has_none(self, admin, previewed):
        pk = previewed("people_workday.csv")
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), encoding="cp1250"))
        assert admin.get(url("preview", pk)).url == url("columns", pk)

    def test_one_that_was_made_without_a_job(self, admin, alice, north):
        with inside(north):
            content = (DATA / "people_messy.csv").read_bytes()
            people_import = imports.upload(name="people.csv", content=content, by=alice)
            imports.plan_import(people_import, NoProgress())
        assert "Create 44 people, change 1" in admin.get(url("preview", people_import.pk)).content.decode()

    def test_a_file_that_goes_wrong_further_down_says_why(self, admin, north, uploaded, work):
        head = (DATA / "people_messy.csv").read_bytes().splitlines(keepends=True)
        content = b"".join(head[:40] * 160)[:-1] + b"\n" + b"x" * 1_000_100
        pk = uploaded("long.csv", content)
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        work()
        page = admin.get(url("preview", pk)).content.decode()
        assert "The rows could not be read" in page
        assert "over a million letters long" in page

    def test_a_stopped_reading_can_be_started_again(self, admin, north, uploaded, work):
        pk = uploaded()
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        with inside(north):
            job = Job.objects.get()
        admin.post(reverse("jobs:cancel", args=["northwind", job.pk]))
        assert "The reading was stopped" in admin.get(url("preview", pk)).content.decode()
        admin.post(url("preview", pk))
        assert work() == 1
        assert "What would happen" in admin.get(url("preview", pk)).content.decode()


class TestConfirm:
    def test_writes_what_was_shown_and_only_once(self, admin, north, previewed, work):
        pk = previewed()
        answer = confirm(admin, pk)
        assert answer.url == url("result", pk)
        assert "Writing the rows" in admin.get(url("result", pk)).content.decode()
        assert people(north) == 1
        # A second click finds the first one's job.
        assert confirm_again(admin, pk).url == url("result", pk)
        assert work() == 1
        assert people(north) == 45
        result = admin.get(url("result", pk)).content.decode()
        assert "44 people created, 1 changed." in result
        assert "Named as their own manager" in result
        assert confirm_again(admin, pk).url == url("result", pk)
        assert work() == 0
        assert people(north) == 45
        with inside(north):
            assert bytes(PeopleImport.objects.get().content) == b""

    def test_a_preview_that_was_made_anew_has_to_be_looked_at(self, admin, north, previewed, work):
        pk = previewed()
        old = admin.get(url("preview", pk)).context["people_import"].planned_at.isoformat()
        admin.post(url("preview", pk))
        work()
        answer = admin.post(url("confirm", pk), {"planned_at": old}, follow=True)
        assert "made anew meanwhile" in answer.content.decode()
        assert work() == 0
        assert people(north) == 1

    def test_people_who_changed_meanwhile_are_planned_anew(self, admin, north, previewed, work):
        pk = previewed()
        make_member(north, "Bob", login=False, employee_number="20050", hired_on=date(2021, 3, 1))
        confirm(admin, pk)
        work()
        assert people(north) == 2
        page = admin.get(url("result", pk), follow=True).content.decode()
        assert "This is a new preview" in page
        assert "Create 43 people, change 2" in page
        confirm(admin, pk)
        work()
        assert people(north) == 45

    def test_the_last_owner_stays(self, admin, north, work, previewed):
        owner = make_member(north, "Olga", is_owner=True, employee_number="77", family_name="Berg")
        content = (
            "Employee ID,Given name,Surname,E-mail,Start date,End date\n"
            f"77,Olga,Berg,{owner.email},2020-01-06,2026-10-31\n"
        )
        pk = previewed("leaver.csv", content.encode())
        page = admin.get(url("preview", pk)).content.decode()
        assert "Nobody would be left to look after the organisation" in page
        answer = admin.post(
            url("confirm", pk),
            {"planned_at": admin.get(url("preview", pk)).context["people_import"].planned_at.isoformat()},
        )
        assert answer.url == url("preview", pk)
        assert work() == 0
        make_member(north, "Otto", is_owner=True)
        admin.post(url("preview", pk))
        work()
        confirm(admin, pk)
        work()
        with inside(north):
            owner.refresh_from_db()
        assert str(owner.left_on) == "2026-10-31"


def confirm_again(admin, pk):
    return admin.post(url("confirm", pk), {"planned_at": "whenever"})


class TestCancel:
    def test_nothing_is_written_or_kept(self, admin, north, previewed):
        pk = previewed()
        answer = admin.post(url("cancel", pk), follow=True)
        assert "was thrown away. Nobody was changed." in answer.content.decode()
        with inside(north):
            people_import = PeopleImport.objects.get()
            assert (people_import.status, bytes(people_import.content)) == ("cancelled", b"")
            assert not ImportRow.objects.exists()
        assert people(north) == 1
        for page in ("columns", "preview", "result"):
            assert admin.get(url(page, pk), follow=True).redirect_chain[-1][0] == url("upload")
        assert confirm_again(admin, pk).url == url("preview", pk)

    def test_while_it_is_read(self, admin, north, uploaded, work):
        pk = uploaded()
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        admin.post(url("cancel", pk))
        assert work() == 0
        with inside(north):
            assert not ImportRow.objects.exists()

    def test_not_while_it_is_written_and_not_afterwards(self, admin, north, previewed, work):
        pk = previewed()
        confirm(admin, pk)
        assert "being written" in admin.post(url("cancel", pk), follow=True).content.decode()
        work()
        assert "can’t be thrown away any more" in admin.post(url("cancel", pk), follow=True).content.decode()
        assert people(north) == 45


class TestRefusedCsv:
    def test_rows_come_back_disarmed_with_their_reasons(self, admin, previewed):
        content = b"Employee ID,Given name,Surname,E-mail\n1,=1+1,Obi,nobody at all\n2,Ada,Obi,ada@northwind.example\n"
        pk = previewed("../Leute März.csv", content)
        answer = admin.get(url("refused_csv", pk))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="leute-marz-refused.csv"'
        assert answer.content.decode() == (
            "\ufeffEmployee ID,Given name,Surname,E-mail,Row,Why\r\n"
            "1,'=1+1,Obi,nobody at all,2,“nobody at all” is not an e-mail address; correct it or leave the cell empty.\r\n"
        )

    def test_it_is_there_after_the_import_too(self, admin, previewed, work):
        pk = previewed()
        confirm(admin, pk)
        work()
        lines = admin.get(url("refused_csv", pk)).content.decode().split("\r\n")
        assert len([line for line in lines if line]) == 16


PAGES = ["columns", "preview", "confirm", "result", "cancel", "refused_csv"]


class TestWho:
    @pytest.mark.parametrize("role", [{"is_hr": True}, {}])
    def test_a_colleague_without_the_right(self, client, north, previewed, role):
        pk = previewed()
        client.force_login(make_member(north, "Carol", **role).user)
        for page in PAGES:
            method = client.post if page in ("confirm", "cancel") else client.get
            assert method(url(page, pk)).status_code == 403, page
        assert client.get(url("upload")).status_code == 403

    def test_a_stranger(self, client, previewed):
        pk = previewed()
        mallory = make_member(make_organisation("southwind"), "Mallory", is_owner=True)
        client.force_login(mallory.user)
        for page in PAGES:
            method = client.post if page in ("confirm", "cancel") else client.get
            assert method(url(page, pk)).status_code == 404, page
            there = url(page, pk).replace("northwind", "southwind")
            assert method(there).status_code == 404, page

    def test_wrong_methods(self, admin, previewed):
        pk = previewed()
        assert admin.get(url("confirm", pk)).status_code == 405
        assert admin.get(url("cancel", pk)).status_code == 405
        for page in ("result", "refused_csv"):
            assert admin.post(url(page, pk)).status_code == 405
        assert admin.put(url("upload")).status_code == 405
        assert admin.put(url("columns", pk)).status_code == 405
        assert admin.put(url("preview", pk)).status_code == 405


class TestJobChanges:
    CHANGES = (
        b"Employee ID,Effective date,Change,Department after\n"
        b"7,2024-03-01,Promotion,Legal\n7,2025-01-01,Lateral move,Sales\n8,2024-03-01,Promotion,\n7,2010-01-01,Promotion,\n"
    )

    @pytest.fixture(autouse=True)
    def ada(self, north):
        return make_member(
            north, "Ada", family_name="Obi", login=False, employee_number="7", hired_on=date(2020, 1, 6)
        )  # fmt: skip

    def known(self, north):
        with inside(north):
            return [(change.kind, str(change.effective_on)) for change in JobChange.objects.all()]

    def test_from_the_upload_to_the_result(self, admin, north, previewed, work):
        pk = previewed("changes.csv", self.CHANGES)
        page = admin.get(url("preview", pk))
        content = page.content.decode()
        assert "Add 2 changes" in content
        assert "The 2 refused rows are left out. Nobody’s department or level is changed by this" in content
        assert "One person of this file isn’t known here. Import the people first" in content
        everything = admin.get(url("preview", pk) + "?show=all").content.decode()
        assert "Promotion on 1 March 2024, into Legal" in everything
        assert "Nobody here has the employee number “8”." in everything
        assert "Ada Obi wasn’t employed on 1 January 2010: hired on 6 January 2020." in everything
        assert confirm(admin, pk).url == url("result", pk)
        assert work() == 1
        result = admin.get(url("result", pk)).content.decode()
        assert "2 promotions and moves added." in result
        assert "Upload another file" in result
        assert self.known(north) == [("promotion", "2024-03-01"), ("move", "2025-01-01")]
        # What was refused comes back to be corrected.
        refused = admin.get(url("refused_csv", pk)).content.decode("utf-8-sig").splitlines()
        assert refused[0] == "Employee ID,Effective date,Change,Department after,Row,Why"
        assert refused[1].startswith("8,2024-03-01,Promotion,,4,")
        # And the people stay as they were.
        with inside(north):
            assert Member.objects.get(employee_number="7").department == ""

    def test_the_same_file_again_offers_nothing(self, admin, north, previewed, work):
        confirm(admin, previewed("changes.csv", self.CHANGES))
        work()
        before = self.known(north)
        pk = previewed("changes.csv", self.CHANGES)
        assert (
            "There is nothing to write: the other rows say what is known already."
            in admin.get(url("preview", pk)).content.decode()
        )
        confirm(admin, pk)
        work()
        assert self.known(north) == before

    def test_what_a_row_is_can_be_corrected(self, admin, uploaded):
        pk = uploaded("changes.csv", self.CHANGES)
        page = admin.get(url("columns", pk))
        assert "Full names are written" not in page.content.decode()
        answer = admin.post(url("columns", pk), columns_of(page, holds="people"), follow=True)
        assert "The file was read again." in answer.content.decode()
        form = admin.get(url("columns", pk)).context["form"]
        assert (form["holds"].value(), form["column_1"].value(), form["column_3"].value()) == (
            "people", "", "department",
        )  # fmt: skip
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk))))
        assert "No column holds names; choose one." in answer.content.decode()
        admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), holds="job_changes"))
        form = admin.get(url("columns", pk)).context["form"]
        assert [form[f"column_{i}"].value() for i in range(4)] == [
            "employee_number", "effective_on", "change", "department_after",
        ]  # fmt: skip

    def test_a_column_that_lacks_is_asked_for(self, admin, uploaded):
        pk = uploaded("changes.csv", self.CHANGES)
        answer = admin.post(url("columns", pk), columns_of(admin.get(url("columns", pk)), column_2=""))
        assert answer.status_code == 422
        assert "No column says what kind of change it was; choose one." in answer.content.decode()

    def test_thrown_away_it_changes_nothing(self, admin, north, previewed):
        pk = previewed("changes.csv", self.CHANGES)
        admin.post(url("cancel", pk))
        assert self.known(north) == []

    def test_the_year_of_the_days_absent_is_asked_for(self, admin, north, uploaded, work):
        content = b"Employee ID,First name,Surname,Start date,Days absent (12 months)\n7,Ada,Obi,2020-01-06,3\n"
        pk = uploaded("people.csv", content)
        page = admin.get(url("columns", pk))
        assert "Days absent are of the twelve months up to" in page.content.decode()
        answer = admin.post(url("columns", pk), columns_of(page, absence_until="2999-01-01"))
        assert answer.status_code == 422
        assert "These twelve months end today at the latest." in answer.content.decode()
        admin.post(url("columns", pk), columns_of(page, absence_until="2026-06-30"))
        work()
        confirm(admin, pk)
        work()
        with inside(north):
            ada = Member.objects.get(employee_number="7")
        assert (ada.absence_days, ada.absence_until) == (3, date(2026, 6, 30))
