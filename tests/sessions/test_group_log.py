"""In a group everybody says for themselves whether they were there, also after it has been settled that it was held."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from programs.models import Enrolment, Participant
from sessions.models import Attendance, Session
from tests.people import inside, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def uma(cast, over):
    """A third in the same mentorship and the same session."""
    uma = make_member(cast.northwind, "Uma", family_name="Reed", time_zone="Europe/Berlin")
    with inside(cast.northwind):
        enrolment = Enrolment.objects.create(
            program_id=cast.mentorship.program_id, member=uma, role="mentee", status=Enrolment.Status.ACTIVE
        )
        Participant.objects.create(
            mentorship=cast.mentorship, enrolment=enrolment, role="mentee", response=Participant.Response.ACCEPTED
        )
        Attendance.objects.create(session=over, member=uma, during=DateTimeTZRange(over.starts_at, over.ends_at))
    return uma


@pytest.mark.parametrize(("says", "hours"), [("held", timedelta(hours=1)), ("missed", timedelta(0))])
def test_who_has_not_said_so_yet_still_can(cast, over, uma, as_member, says, hours):
    page, log = f"/o/northwind/sessions/{over.pk}/", f"/o/northwind/sessions/{over.pk}/log/"
    for member in (cast.ines, cast.tom):
        answer = as_member(member).post(log, {"report": "held", "length": "60"})
        assert answer.status_code == 302, answer.content.decode()
    with inside(cast.northwind):
        assert Session.objects.get(pk=over.pk).status == "held"

    assert log not in as_member(cast.tom).get(page).content.decode()
    client = as_member(uma)
    assert log in client.get(page).content.decode()
    assert client.post(log, {"report": says, "length": "60"}).status_code == 302
    assert log not in client.get(page).content.decode()
    with inside(cast.northwind):
        seen = Session.objects.filter(pk=over.pk).attended_by(uma)
        assert sum((each.length for each in seen), timedelta(0)) == hours
