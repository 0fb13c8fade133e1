"""What people promise each other to do, until it is done."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from sessions.models import ActionItem
from sessions.services import actions
from sessions.services.problems import SessionProblem
from tests.people import inside


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def add(cast, text="Read chapter two", owner=None, due_on=None, by=None, **fields):
    return actions.add_action(
        cast.mentorship, text=text, owner=owner or cast.tom, due_on=due_on, by=by or cast.ines, **fields
    )


def test_what_is_open_goes_along_until_it_is_done(scope, booked):
    item = add(scope, session=None)
    assert actions.actions_of(scope.mentorship, session=booked) == [item]
    actions.tick_action(item, done=True, by=scope.tom)
    assert actions.actions_of(scope.mentorship, session=booked) == []
    actions.tick_action(item, done=False, by=scope.ines)
    assert actions.actions_of(scope.mentorship) == [item]


def test_what_was_promised_in_a_session_stays_on_its_page(scope, booked):
    item = add(scope, session=booked)
    actions.tick_action(item, done=True, by=scope.tom)
    assert actions.actions_of(scope.mentorship, session=booked) == [item]
    assert actions.actions_of(scope.mentorship) == []


def test_overdue_is_the_owners_and_by_their_clock(scope, clock):
    item = add(scope, due_on=date(2026, 11, 22))
    assert actions.overdue_of(scope.tom) == []
    # 23:30 in London is the next day in Berlin.
    clock.shift(timedelta(hours=11, minutes=30))
    assert actions.overdue_of(scope.tom) == [item]
    assert actions.overdue_of(scope.ines) == []
    actions.tick_action(item, done=True, by=scope.tom)
    assert actions.overdue_of(scope.tom) == []


def test_only_those_in_the_mentorship_promise_and_tick(scope):
    item = add(scope)
    with pytest.raises(PermissionDenied):
        add(scope, by=scope.olga)
    with pytest.raises(PermissionDenied):
        actions.tick_action(item, done=True, by=scope.olga)
    with pytest.raises(PermissionDenied):
        actions.remove_action(item, by=scope.olga)
    with pytest.raises(SessionProblem, match="Only somebody"):
        add(scope, owner=scope.olga)


def test_there_is_a_limit(scope):
    ActionItem.objects.bulk_create(
        ActionItem(mentorship=scope.mentorship, text=f"{n}", owner=scope.tom) for n in range(50)
    )
    with pytest.raises(SessionProblem, match="50 open"):
        add(scope)


def test_it_is_added_on_the_page_of_a_session(cast, booked, as_member):
    client = as_member(cast.ines)
    path = f"/o/northwind/sessions/actions/{cast.mentorship.pk}/"
    data = {"text": "Read chapter two", "owner": cast.tom.pk, "due_on": "2026-12-01", "session": booked.pk}
    assert client.post(path, data).url == f"/o/northwind/sessions/{booked.pk}/#actions"
    with inside(cast.northwind):
        item = ActionItem.objects.get()
        assert (item.text, item.owner, item.due_on, item.session, item.made_by) == (
            "Read chapter two", cast.tom, date(2026, 12, 1), booked, cast.ines,
        )  # fmt: skip
    for page in (f"/o/northwind/sessions/{booked.pk}/", path, f"/o/northwind/mentorships/{cast.mentorship.pk}/"):
        assert "Read chapter two" in client.get(page).content.decode()
    done = f"/o/northwind/sessions/action/{item.pk}/"
    assert client.post(done, {"do": "done"}).url == path
    with inside(cast.northwind):
        assert ActionItem.objects.get().done_at is not None
    assert client.post(done, {"do": "remove", "session": booked.pk}).url.endswith(f"/{booked.pk}/#actions")
    assert client.post(done, {"do": "remove"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [({"text": ""}, "text"), ({"due_on": "2026-11-21"}, "due_on"), ({"owner": "0"}, "owner")],
)
def test_bad_input_is_shown_again(cast, as_member, change, said):
    path = f"/o/northwind/sessions/actions/{cast.mentorship.pk}/"
    data = {"text": "Do not lose me", "owner": cast.tom.pk, "due_on": "2026-12-01"} | change
    response = as_member(cast.tom).post(path, data)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {said}
    assert said == "text" or "Do not lose me" in response.content.decode()


def test_nobody_else_sees_them(cast, as_member, assert_own_only):
    with inside(cast.northwind):
        item = add(cast)
    assert_own_only(f"/o/northwind/sessions/actions/{cast.mentorship.pk}/")
    for member in (cast.mallory, cast.olga):
        assert as_member(member).post(f"/o/northwind/sessions/action/{item.pk}/", {"do": "done"}).status_code == 404
    assert (
        "Read chapter two"
        not in as_member(cast.olga).get(f"/o/northwind/mentorships/{cast.mentorship.pk}/").content.decode()
    )


@pytest.mark.parametrize("number", ["x", "0", "9" * 30])
def test_a_session_that_is_none_is_not_found(cast, as_member, number):
    path = f"/o/northwind/sessions/actions/{cast.mentorship.pk}/"
    data = {"text": "x", "owner": cast.tom.pk, "session": number}
    assert as_member(cast.tom).post(path, data).status_code == 404


def test_home_says_what_is_overdue(cast, as_member):
    with inside(cast.northwind):
        add(cast, due_on=date(2026, 11, 20))
    assert "Read chapter two" in as_member(cast.tom).get("/o/northwind/").content.decode()
    assert "Read chapter two" not in as_member(cast.ines).get("/o/northwind/").content.decode()
