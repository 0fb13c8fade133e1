"""Each format from its template to its close, through the pages, with its own matching and its own sessions.

Nothing is made behind the product's back but the people themselves: the admin sends the wizard's pages as they stand,
everybody signs up, answers, books and logs on the pages, and the job of the matching is done as a worker does it.
The same in a real browser: test_every_format_browser.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from programs.formats import FORMATS
from programs.models import Certificate, Enrolment, Mentorship
from sessions.models import Attendance, Session
from tests.people import inside, make_member, make_organisation
from tests.programs.every_format import (
    CASES,
    NOON,
    approve_those_who_wait,
    close,
    everybody_books,
    everybody_logs,
    everybody_says_yes,
    join,
    launch,
    left_over,
    match,
    publish,
    together,
)


def test_every_format_has_its_case():
    assert sorted(CASES) == sorted(FORMATS)
    assert len(CASES) == 11


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.mark.parametrize("key", CASES)
def test_from_template_to_close(key, org, clock):
    case = CASES[key]
    admin = make_member(org, "Alice", is_admin=True)
    program = launch(admin, key, case.who)
    people = {name: make_member(org, name, **member) for name, (_role, member, _said) in case.people.items()}
    for name, (role, _member, said) in case.people.items():
        join(program, people[name], role, said)
    approve_those_who_wait(program, admin)
    with inside(org):
        assert Enrolment.objects.filter(status="active").count() == len(case.people)

    match(program, admin)
    assert left_over(program).keys() == case.left.keys()
    for name, beginning in case.left.items():
        assert left_over(program)[name].startswith(beginning)
    publish(program, admin)
    assert together(program) == sorted(case.together)
    everybody_says_yes(program, people)
    with inside(org):
        assert set(Mentorship.objects.values_list("status", flat=True)) == {"active"}

    everybody_books(program, people)
    with inside(org):
        sessions = list(Session.objects.order_by("starts_at", "pk"))
        assert len(sessions) == case.sessions
        assert {(each.ends_at - each.starts_at) // timedelta(minutes=1) for each in sessions} == {case.minutes}
        assert sorted(each.attendances.count() for each in sessions) == case.sizes
        last = max(each.ends_at for each in sessions)
    clock.move_to(last + timedelta(hours=1))
    everybody_logs(org, people, case.minutes)
    with inside(org):
        assert list(Session.objects.values_list("status", flat=True)) == ["held"] * case.sessions
        assert Attendance.objects.filter(report="held").count() == sum(case.sizes)

    close(program, admin)
    with inside(org):
        assert set(Mentorship.objects.values_list("status", flat=True)) == {"completed"}
        certificates = list(Certificate.objects.select_related("member"))
    assert len(certificates) == case.certificates
    for certificate in certificates:
        page = Client().get(f"/certificates/{certificate.code}/")
        assert page.status_code == 200
        assert certificate.member.name in page.content.decode()
