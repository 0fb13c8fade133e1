"""It is Saturday in London, while Sunday has begun in Auckland or Friday goes on in Honolulu."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from accounts import services
from accounts.models import Access, Member
from mentoring.tenancy.clock import today
from programs.models import Enrolment
from programs.services import enrol, launch, save_draft, start_draft, withdraw_leavers
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db
FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture(autouse=True)
def saturday_noon():
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def auckland():
    return make_organisation("auckland", time_zone="Pacific/Auckland")


@pytest.fixture
def honolulu():
    with time_machine.travel(datetime(2026, 11, 21, 6, tzinfo=UTC), tick=False):
        yield make_organisation("honolulu", time_zone="Pacific/Honolulu")


def test_the_date_is_that_of_the_organisation(auckland, django_assert_num_queries):
    assert today() == SATURDAY
    with inside(auckland):
        assert today() == SUNDAY
    with inside(auckland.pk), django_assert_num_queries(1):
        assert (today(), today()) == (SUNDAY, SUNDAY)
    assert today() == SATURDAY


def test_where_the_last_day_is_over_keys_and_places_end(auckland):
    owner = make_member(auckland, "Olga", is_owner=True)
    second = make_member(auckland, "Otto", is_owner=True)
    with inside(auckland):
        _key, secret = services.create_api_key(name="Payroll", by=second)
        program = launch(save_draft(start_draft(format="traditional", by=owner), name="Go", by=owner), by=owner)
        enrolment = enrol(program, second, role="mentor", by=owner)
        Member.objects.filter(pk=second.pk).update(left_on=SATURDAY)
        assert list(Member.objects.current()) == [owner]
        assert withdraw_leavers() == 1
        assert Enrolment.objects.get(pk=enrolment.pk).status == "withdrawn"
    answer = Client().get("/api/v1/o/auckland/members/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_where_the_last_day_goes_on_so_does_access(honolulu):
    owner = make_member(honolulu, "Olga", is_owner=True)
    ben = make_member(honolulu, "Ben")
    with inside(honolulu):
        services.mark_left(ben, last_day=FRIDAY, by=owner)
        assert not ben.has_left
        assert Access.objects.filter(user=ben.user).exists()
