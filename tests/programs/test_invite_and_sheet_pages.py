"""Inviting people and importing sheets in the browser, with the jobs that do it."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.outbox.models import Message
from programs.models import Enrolment, SignUpSheet
from tests.people import inside, make_member
from tests.programs.scheme import sign_up

SHEET = (
    b"Email Address,What would you like to learn?,Anything we should know?\n"
    b"bob@northwind.example,Python,\n"
    b"nobody@northwind.example,Writing,=1+1\n"
)


@pytest.fixture
def admin(sign_in, alice):
    return sign_in(alice)


def do_job(org):
    """Run the job that was started, as a worker does."""
    from mentoring.tenancy.scope import organisation_scope

    with inside(org):
        job = Job.objects.get(status="queued")
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
        assert (job.status, job.error) == ("done", "")
        return job


def upload(admin, url, program, content=SHEET):
    return admin.post(url("import_sign_ups", program.pk), {"sheet": SimpleUploadedFile("mentees.csv", content)})


def test_inviting_those_chosen(admin, url, org, bob, program):
    make_member(org, "Eve")
    page = admin.get(url("invite", program.pk)).content.decode()
    assert "Invite all 3" in page
    answer = admin.post(url("invite", program.pk), {"member": [bob.pk], "message": "Do come."})
    assert answer.url.endswith(f"?next=/o/northwind/programmes/{program.pk}/")
    do_job(org)
    with inside(org):
        letter = Message.objects.get(kind="sign_up_invitation")
        assert (letter.recipient, "Do come." in letter.text) == (bob.email, True)
    assert "invited" in admin.get(url("invite", program.pk, query="?q=bob")).content.decode()


def test_others_are_not_lost_behind_an_invitation_at_work(admin, url, org, alice, bob, program):
    page, message = url("invite", program.pk), "Do come."
    first = admin.post(page, {"member": [bob.pk], "message": message})
    assert admin.post(page, {"member": [bob.pk], "message": message}).url == first.url
    refused = admin.post(page, {"member": [alice.pk], "message": message})
    assert refused.status_code == 422
    assert "Others are being invited right now." in refused.text
    with inside(org):
        assert Job.objects.get().params["member_ids"] == [bob.pk]


def test_inviting_all_of_a_department(admin, url, org, alice, bob, program):
    make_member(org, "Eve", department="Legal")
    admin.post(url("invite", program.pk, query="?department=Sales"), {"all": "1", "message": ""})
    do_job(org)
    with inside(org):
        assert [each.recipient for each in Message.objects.all()] == [bob.email]


def test_those_who_take_part_are_not_invited(admin, url, org, alice, bob, program):
    sign_up(program, bob)
    page = admin.get(url("invite", program.pk, query="?department=Sales")).content.decode()
    assert "Nobody matches" in page


def test_choosing_nobody_invites_nobody(admin, url, org, program):
    answer = admin.post(url("invite", program.pk), {"member": ["x"], "message": "Hello"})
    assert answer.status_code == 422
    assert "Nobody was chosen." in answer.content.decode()
    with inside(org):
        assert not Job.objects.exists()


def test_a_sheet_is_shown_before_anything_is_written_and_then_imported(admin, url, org, bob, program):
    answer = upload(admin, url, program)
    with inside(org):
        sheet = SignUpSheet.objects.get()
    assert answer.url == url("sheet", sheet.pk)
    page = admin.get(answer.url).content.decode()
    for text in ("Bob Osei", "Import 1 sign-up", "Nobody here has the address nobody@northwind.example"):
        assert text in page
    assert "Bob Osei" not in admin.get(url("sheet", sheet.pk, query="?show=refuse")).content.decode()
    rows = list(csv.reader(io.StringIO(admin.get(url("sheet_refused", sheet.pk)).content.decode("utf-8-sig"))))
    assert rows[1][:3] == ["nobody@northwind.example", "Writing", "'=1+1"]
    with inside(org):
        assert not Enrolment.objects.exists()
    assert "/jobs/" in admin.post(url("sheet", sheet.pk)).url
    do_job(org)
    with inside(org):
        assert [(each.member_id, each.status) for each in Enrolment.objects.all()] == [(bob.pk, "active")]
    assert "What was imported" in admin.get(url("sheet", sheet.pk)).content.decode()
    assert list(csv.reader(io.StringIO(admin.get(url("sheet_refused", sheet.pk)).content.decode("utf-8-sig")))) == rows
    # Confirming twice changes nothing.
    assert admin.post(url("sheet", sheet.pk)).status_code == 200
    assert admin.get(url("sheet_columns", sheet.pk)).url == url("sheet", sheet.pk)
    with inside(org):
        assert Job.objects.count() == 1


def test_columns_are_corrected(admin, url, org, bob, program):
    upload(admin, url, program)
    with inside(org):
        sheet = SignUpSheet.objects.get()
    data = {"role": "mentor", "column_0": "email", "column_1": "skills_offered", "column_2": "email"}
    answer = admin.post(url("sheet_columns", sheet.pk), data)
    assert answer.status_code == 422
    assert "Two columns can’t hold the same." in answer.content.decode()
    assert admin.post(url("sheet_columns", sheet.pk), data | {"column_2": ""}).url == url("sheet", sheet.pk)
    assert "read as sign-ups of mentors" in admin.get(url("sheet", sheet.pk)).content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"Name\nBob\n", "There is no column with e-mail addresses"),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
    ],
)
def test_what_is_no_sheet_is_refused_on_the_page(admin, url, program, content, sentence):
    answer = upload(admin, url, program, content)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_no_file_is_asked_for(admin, url, program):
    assert admin.post(url("import_sign_ups", program.pk)).status_code == 422
