"""Erasing one person on request: who they were goes everywhere, and that somebody was here stays."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import erasing, imports, services
from accounts.models import Access, Erasure, ImportRow, Member, User
from feedback import concerns
from feedback.models import Concern
from mentoring.jobs.progress import NoProgress
from mentoring.outbox.models import Message
from mentoring.tenancy.models import TenantModel
from programs.models import ChatMessage, Enrolment, Goal, Mentorship, Participant
from sessions.models import JournalEntry, Note, Session
from tests.people import inside, make_member, make_mentorship, make_organisation
from tests.tenancy.cast import make_cast

WORDS = "I never liked Mondays"
ASKED = "by e-mail on 3 March"


@pytest.fixture
def tom(north):
    return make_member(north, "Tom", family_name="Brandt", employee_number="E-77", department="Sales", level=3)


@pytest.fixture
def left(tom, olga):
    with inside(tom.organisation):
        services.mark_left(tom, last_day=date(2025, 6, 30), by=olga)
        return Member.objects.get(pk=tom.pk)


def page(member):
    return f"/o/northwind/people/{member.pk}/erase/"


def signed_in(member):
    client = Client()
    client.force_login(member.user)
    return client


def everything(organisation):
    """Every row of the organisation as text."""
    found = []
    with inside(organisation), connection.cursor() as cursor:
        for model in apps.get_models():
            if issubclass(model, TenantModel):
                cursor.execute(f'SELECT row_to_json(t)::text FROM "{model._meta.db_table}" t')
                found += [f"{model._meta.label}: {row}" for (row,) in cursor.fetchall()]
    return found


def test_the_page_says_what_goes_and_what_stays_and_asks_for_the_name(left, olga):
    client = signed_in(olga)
    assert page(left) in client.get(f"/o/northwind/people/{left.pk}/").content.decode()
    content = client.get(page(left)).content.decode()
    assert "What goes" in content
    assert "What stays, of nobody in particular" in content
    refused = client.post(page(left), {"name": "Tim Brandt", "request": ASKED})
    assert refused.status_code == 422
    assert "This isn’t the name of the person whom you are about to erase." in refused.content.decode()
    refused = client.post(page(left), {"name": "Tom Brandt", "request": "Tom Brandt wrote to us"})
    assert refused.status_code == 422
    assert "Leave out their name and address" in refused.content.decode()
    answer = client.post(page(left), {"name": "tom  brandt", "request": ASKED})
    assert answer.url == f"/o/northwind/people/{left.pk}/"
    content = client.get(answer.url).content.decode()
    assert "Erased on request on" in content
    assert f"By Olga Osei. Which request: {ASKED}" in content
    assert "Tom" not in content
    assert "Has none any more." in content
    with inside(left.organisation):
        erasure = Erasure.objects.get()
        assert (erasure.member_id, erasure.by, erasure.request) == (left.pk, olga, ASKED)
        member = Member.objects.get(pk=left.pk)
        assert (member.name, member.email, member.employee_number, member.user) == ("Erased on request", "", "", None)
        # What reports count.
        assert (member.department, member.level, member.left_on) == ("Sales", 3, date(2025, 6, 30))
        assert member.spells.get().started_on == date(2020, 1, 6)
    for address in ("erase", "edit", "leave", "rehire", "roles"):
        assert client.get(f"/o/northwind/people/{left.pk}/{address}/").status_code == 404


def test_only_owners_and_only_in_their_organisation(left, olga, adam, hanna):
    mallory = make_member(make_organisation("initech"), "Mallory", is_owner=True)
    for member, status in ((adam, 403), (hanna, 403), (mallory, 404)):
        assert signed_in(member).get(page(left)).status_code == status
        assert signed_in(member).post(page(left), {"name": "Tom Brandt", "request": ASKED}).status_code == status
        assert page(left) not in signed_in(member).get(f"/o/northwind/people/{left.pk}/").content.decode()
    assert signed_in(olga).put(page(left)).status_code == 405
    with inside(left.organisation):
        with pytest.raises(PermissionDenied):
            erasing.erase_member(left, request=ASKED, by=adam)
        assert not Erasure.objects.exists()


def test_who_works_here_leaves_first_and_nobody_erases_themselves(tom, olga):
    client = signed_in(olga)
    content = client.get(page(tom)).content.decode()
    assert "Tom Brandt works here. Record their last day first" in content
    assert (
        "<form method" not in content.split("<main")[1].split("What goes")[0] or "Their name, to confirm" not in content
    )
    assert client.post(page(tom), {"name": "Tom Brandt", "request": ASKED}).status_code == 409
    assert "You can’t erase yourself." in client.get(page(olga)).content.decode()
    with inside(tom.organisation), pytest.raises(ValidationError):
        erasing.erase_member(tom, request=ASKED, by=olga)
    with inside(tom.organisation):
        assert Member.objects.get(pk=tom.pk).name == "Tom Brandt"


def test_the_others_record_stays_whole_without_their_words(tom, olga, north):
    ines = make_member(north, "Ines", family_name="Adler")
    mentorship = make_mentorship(ines, tom)
    now = timezone.now()
    with inside(north):
        Enrolment.objects.filter(member=tom).update(goal=WORDS, note=WORDS, nomination=WORDS)
        Goal.objects.create(mentorship=mentorship, owner=tom, text=WORDS, why=WORDS, measure=WORDS, score=4)
        for author in (tom, ines):
            ChatMessage.objects.create(
                mentorship=mentorship, author=author, text=WORDS if author == tom else "Good morning",
                token=f"00000000-0000-0000-0000-00000000000{author.pk % 10}",
            )  # fmt: skip
        session = Session.objects.create(
            mentorship=mentorship, status="held", starts_at=now - timedelta(days=9), zone_name="Europe/London",
            ends_at=now - timedelta(days=9) + timedelta(hours=1),
        )  # fmt: skip
        for author in (tom, ines):
            Note.objects.create(session=session, author=author, sealed=b"x", visibility="private")
        JournalEntry.objects.create(mentorship=mentorship, author=tom, sealed=b"x")
        concerns_of_tom = [
            Concern.objects.create(
                program=mentorship.program, raised_by=tom, contact=olga, sealed=b"x", status=status
            ).pk
            for status in ("raised", "closed")
        ]
        services.mark_left(tom, last_day=date(2026, 1, 31), by=olga)
        erasing.erase_member(tom, request=ASKED, by=olga)
        # Once is enough, and the second asking is no other.
        erasing.erase_member(tom, request="again", by=olga)
        assert Erasure.objects.get().request == ASKED
        assert Mentorship.objects.filter(pk=mentorship.pk).exists()
        assert Participant.objects.filter(mentorship=mentorship).count() == 2
        assert Session.objects.get(pk=session.pk).status == "held"
        goal = Goal.objects.get()
        assert (goal.text, goal.why, goal.score) == ("Erased on request", "", 4)
        texts = dict(ChatMessage.objects.values_list("author__given_name", "text"))
        assert texts == {"": "Erased on request", "Ines": "Good morning"}
        assert list(Note.objects.values_list("author__given_name", flat=True)) == ["Ines"]
        assert not JournalEntry.objects.exists()
        # What is still looked into stays with its contact.
        assert list(Concern.objects.values_list("pk", flat=True)) == concerns_of_tom[:1]
        assert concerns.can_read(olga)
    assert [row for row in everything(north) if WORDS in row] == []
    content = signed_in(ines).get(f"/o/northwind/mentorships/{mentorship.pk}/").content.decode()
    assert "Erased on request" in content
    assert "Brandt" not in content


def test_letters_are_not_sent_and_say_nothing(left, olga):
    with inside(left.organisation):
        for status in ("pending", "failed", "sent"):
            Message.objects.create(
                kind="pulse", subject_ref=f"session:{status}", recipient=left.email, subject="Dear Tom", text="Dear Tom",
                status=status,
            )  # fmt: skip
        erasing.erase_member(left, request=ASKED, by=olga)
        found = Message.objects.filter(kind="pulse").order_by("subject_ref")
        assert [each.status for each in found] == ["skipped", "skipped", "sent"]
        assert {(each.subject, each.text, each.html) for each in found} == {("", "", "")}
        assert {each.recipient for each in found} == {f"erased-{left.pk}-0@erased.invalid"}


def test_the_login_goes_unless_it_opens_another_organisation(left, olga):
    user = left.user
    with inside(left.organisation):
        erasing.erase_member(left, request=ASKED, by=olga)
    user.refresh_from_db()
    assert (user.name, user.is_active, user.has_usable_password()) == ("", False, False)
    assert user.email == f"erased-{user.pk}@erased.invalid"
    assert not user.emailaddress_set.exists()


def test_a_login_that_opens_another_organisation_stays(left, olga):
    user = left.user
    Access.objects.create(user=user, organisation=make_organisation("initech"))
    with inside(left.organisation):
        erasing.erase_member(left, request=ASKED, by=olga)
    user = User.objects.get(pk=user.pk)
    assert (user.email, user.is_active) == ("tom@northwind.example", True)
    assert [each.organisation.slug for each in Access.objects.filter(user=user)] == ["initech"]


def test_a_file_does_not_bring_them_back(left, olga):
    rows = (
        b"Employee ID,First name,Last name,E-mail,Start date,Manager's employee ID\n"
        b"E-77,Tom,Brandt,,2020-01-06,\n"
        b"E-78,Thomas,Brandt,TOM@northwind.example,2020-01-06,\n"
        b"E-79,Rita,Sand,rita@northwind.example,2021-01-04,E-77\n"
    )
    with inside(left.organisation):
        erasing.erase_member(left, request=ASKED, by=olga)
        people = imports.upload(name="people.csv", content=rows, by=olga)
    imports_scope = inside(left.organisation)
    with imports_scope:
        imports.plan_import(people, NoProgress())
        found = ImportRow.objects.filter(people_import=people).order_by("line")
        assert [(row.action, row.label, row.cells) for row in found][:2] == [("refuse", "Erased on request", [])] * 2
        assert found[2].action == "create"
        assert "This person was erased on request" in str(found[0].plan)
        people.refresh_from_db()
        assert (people.counts["create"], people.counts["refuse"]) == (1, 2)
        for row in found:
            assert "Tom" not in f"{row.label}{row.cells}{row.plan}"


def test_no_table_holds_who_they_were(db):
    """With a row of every kind."""
    cast = make_cast("northwind", "Aurelian")
    with inside(cast.organisation):
        owner = Member.objects.get(pk=cast.ids["owner"])
        max_ = Member.objects.get(given_name="Max")
        was = [max_.email, max_.name, f'"given_name":"{max_.given_name}"']
        services.mark_left(max_, last_day=date(2025, 6, 30), by=owner)
        # As it is some minutes later.
        Message.objects.update(status="sent")
    assert [row for row in everything(cast.organisation) if any(each in row for each in was)]
    with inside(cast.organisation):
        erasing.erase_member(max_, request=ASKED, by=owner)
    found = {row.split(":")[0]: row for row in everything(cast.organisation) if any(each in row for each in was)}
    assert found == {}, list(found)
