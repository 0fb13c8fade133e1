from datetime import timedelta

import pytest

from programs.models import Goal
from sessions import services
from sessions.models import Attendance, Session
from tests.people import inside, make_member, make_mentorship


@pytest.fixture
def path(over):
    return f"/o/northwind/sessions/{over.pk}/log/"


def said(cast):
    with inside(cast.northwind):
        return {
            each.member_id: (each.report, each.reported_length and each.reported_length.seconds // 60)
            for each in Attendance.objects.exclude(report="")
        }


def test_both_log_and_it_is_held(cast, over, path, as_member):
    page = as_member(cast.tom).get(path)
    assert page.context["form"]["length"].value() == 60
    html = page.content.decode()
    assert "only you. Nobody else can open it, whatever their role." in html
    answer = as_member(cast.tom).post(
        path, {"report": "held", "length": "50", "private_note": "Mine", "shared_note": "Ours"}
    )
    assert (answer.status_code, answer.url) == (302, f"/o/northwind/sessions/{over.pk}/")
    assert said(cast) == {cast.tom.pk: ("held", 50)}
    as_member(cast.ines).post(path, {"report": "held", "length": "45"})
    with inside(cast.northwind):
        session = Session.objects.get(pk=over.pk)
        assert (session.status, session.length.seconds) == ("held", 45 * 60)
        assert services.own_notes(over, by=cast.tom) == {"private": "Mine", "shared": "Ours"}


def test_what_did_not_happen_has_no_length(cast, path, tom_client):
    assert tom_client.post(path, {"report": "missed", "length": ""}).status_code == 302
    assert said(cast) == {cast.tom.pk: ("missed", None)}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"length": "60"}, "report"),
        ({"report": "maybe", "length": "60"}, "report"),
        ({"report": "held", "length": ""}, "length"),
        ({"report": "held", "length": "0"}, "length"),
        ({"report": "held", "length": "481"}, "length"),
        ({"report": "held", "length": "long"}, "length"),
    ],
)
def test_what_is_missing_or_wrong_is_said(cast, path, tom_client, data, field):
    response = tom_client.post(path, {**data, "private_note": "Do not lose me"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Do not lose me" in response.content.decode()
    assert said(cast) == {}


def test_before_it_begins_there_is_nothing_to_log(cast, booked, tom_client):
    path = f"/o/northwind/sessions/{booked.pk}/log/"
    assert tom_client.get(path).status_code == 302
    assert tom_client.post(path, {"report": "held", "length": "60"}).status_code == 302
    assert said(cast) == {}


def test_only_for_those_in_the_session(cast, path, assert_own_only, as_member):
    assert_own_only(path)
    assert as_member(cast.olga).post(path, {"report": "held", "length": "60"}).status_code == 404
    assert said(cast) == {}


def test_goals_that_were_talked_about_are_ticked(cast, over, path, as_member):
    """Those under way are offered; the other sees what was ticked, and may correct it; an admin reads none of it."""
    with inside(cast.northwind):
        lead, write, done = (
            Goal.objects.create(mentorship=cast.mentorship, owner=cast.tom, text=text, measure="Ines says so")
            for text in ("Lead a project", "Write a paper", "Find the canteen")
        )
        Goal.objects.filter(pk=done.pk).update(status="reached")
    page = as_member(cast.tom).get(path)
    assert page.context["form"].fields["goals"].choices == [(lead.pk, "Lead a project"), (write.pk, "Write a paper")]
    as_member(cast.tom).post(path, {"report": "held", "length": "60", "goals": [lead.pk, write.pk]})
    assert as_member(cast.ines).get(path).context["form"]["goals"].value() == [lead.pk, write.pk]
    as_member(cast.ines).post(path, {"report": "held", "length": "60", "goals": [write.pk]})
    with inside(cast.northwind):
        assert [goal.text for goal in services.goals_touched(over)] == ["Write a paper"]
    detail = as_member(cast.tom).get(f"/o/northwind/sessions/{over.pk}/").content.decode()
    assert "Goals you talked about" in detail
    assert "Write a paper" in detail
    assert as_member(cast.olga).get(f"/o/northwind/sessions/{over.pk}/").status_code == 404


def test_goals_of_others_cannot_be_ticked(cast, over, path, tom_client):
    with inside(cast.northwind):
        carol, dan = (make_member(cast.northwind, name) for name in ("Carol", "Dan"))
        theirs = Goal.objects.create(
            mentorship=make_mentorship(carol, dan, program=cast.mentorship.program),
            owner=dan,
            text="Theirs",
            measure="x",
        )
        Goal.objects.create(mentorship=cast.mentorship, owner=cast.tom, text="Ours", measure="x")
    assert tom_client.post(path, {"report": "held", "length": "60", "goals": [theirs.pk]}).status_code == 422
    with inside(cast.northwind):
        services.log_session(over, report="held", length=timedelta(hours=1), goals=[theirs.pk], by=cast.tom)
        assert services.goals_touched(over) == []
