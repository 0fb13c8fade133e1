"""Every page of programmes, looked at once as somebody who may see it."""

import pytest
from django.urls import reverse

from programs import services
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program, sign_up

SHEET = b"Email Address,What would you like to learn?\nbob@northwind.example,Python\nnobody@x.example,Python\n"


@pytest.mark.django_db
def test_every_page_answers(client):
    org = make_organisation()
    admin = make_member(org, "Alice", is_admin=True)
    bob = make_member(org, "Bob", department="Sales")
    draft = make_program(admin, launched=False)
    program = make_program(admin)
    offer = make_pair(program, admin)
    applied = sign_up(program, make_member(org, "Ann"))
    with inside(org):
        services.save_draft(draft, by=admin, wizard_step="check")
        question = services.add_question(program, by=admin, text="Why now?")
        sheet = services.upload_sheet(program, name="mentees.csv", content=SHEET, by=admin)
        maya = offer.participants.get(role="mentor").enrolment.member

    def get(name, *args, query=""):
        answer = client.get(reverse(f"programs:{name}", args=["northwind", *args]) + query)
        assert answer.status_code == 200, name
        return answer.content.decode()

    client.force_login(admin.user)
    assert "Spring mentoring" in get("list")
    get("list", query="?tab=mine")
    assert "Go on with: Check your answers" in get("start")
    for step in ("objective", "format", "who", "matching", "check"):
        get("wizard", draft.pk, step)
    for name in ("detail", "edit", "close", "enrolments", "questions", "question_create", "invite", "import_sign_ups"):
        get(name, program.pk)
    get("discard", draft.pk)
    assert "Ann Osei" in get("enrolments", program.pk, query="?status=applied")
    for name in ("enrolment", "enrolment_decline", "enrolment_remove"):
        get(name, applied.pk)
    get("question_edit", question.pk)
    assert "Nobody here has the address nobody@x.example" in get("sheet", sheet.pk)
    get("sheet_columns", sheet.pk)
    get("sheet_refused", sheet.pk)
    for name in ("mentorship", "mentorship_end"):
        get(name, offer.pk)
    client.force_login(bob.user)
    get("list")
    get("detail", program.pk)
    get("join", program.pk)
    for role in ("mentor", "mentee"):
        assert "Why now?" in get("join", program.pk, query=f"?role={role}")
    client.force_login(maya.user)
    get("respond", offer.pk)
    get("leave", program.pk)
    client.post(reverse("programs:respond", args=["northwind", offer.pk]), {"answer": "yes"})
    get("mentorship", offer.pk)
