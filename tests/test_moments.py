"""A moment has a day only somewhere: pages and letters say it where their reader is, never in UTC."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from matching import emails
from matching.models import MentorRequest
from mentoring.outbox.models import Message
from mentoring.templatetags.ui import ui_date
from programs.models import Mentorship, Question, Stage
from tests.people import inside
from tests.tenancy.cast import make_cast

# In Auckland it is the day after already.
EVENING = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)
TEMPLATES = Path(settings.BASE_DIR) / "templates"
# A letter about a sign-in says “UTC” itself: whoever gets it belongs to no organisation.
SAID = {"account/email/base_notification.html", "account/email/base_notification.txt"}
# What holds a moment is called …_at, …_by, or one of these.
WITHOUT_ZONE = re.compile(r"\b[\w.]*(?:_at|_by|\bat|\bas_of|\btimestamp|\.now)\|(?:date:|time:|ui_date(?!:))")


def test_no_template_writes_a_moment_without_a_zone():
    files = [each for each in sorted(TEMPLATES.rglob("*")) if each.suffix in (".html", ".txt")]
    assert len(files) > 200
    found = {
        (str(each.relative_to(TEMPLATES)), hit.group())
        for each in files
        for hit in WITHOUT_ZONE.finditer(each.read_text())
    }
    # The days of people data and of a snapshot are days.
    days = {"as_of|ui_date", "participation.as_of|ui_date", "snapshot.as_of|ui_date"}
    assert {(name, hit) for name, hit in found if name not in SAID and hit not in days} == set()


def test_the_day_of_a_moment_is_that_of_its_reader():
    assert ui_date(EVENING, "Pacific/Auckland") == "10 March 2026"
    assert ui_date(EVENING, "America/Los_Angeles") == "9 March 2026"
    assert ui_date(date(2026, 3, 9), "Pacific/Auckland") == "9 March 2026"
    assert ui_date(None, "Pacific/Auckland") == ""


@pytest.fixture
def cast(db):
    return make_cast("northwind", "Aurelian")


@pytest.mark.parametrize(
    ("name", "of", "model", "column", "said"),
    [
        ("programs:plan", "program", Stage, "begun_at", "begun on 10 March 2026"),
        ("programs:detail", "program", Stage, "begun_at", "now, since 10 March 2026"),
        ("programs:questions", "program", Question, "retired_at", "asked until 10 March 2026"),
        ("programs:mentorship", "mentorship", Mentorship, "started_at", "since 10 March 2026"),
    ],
)
def test_pages(cast, name, of, model, column, said):
    with inside(cast.organisation):
        Member.objects.filter(pk=cast.ids["owner"]).update(time_zone="Pacific/Auckland")
        model.objects.update(**{column: EVENING})
    client = Client()
    client.force_login(cast.user)
    page = client.get(reverse(name, args=[cast.organisation.slug, cast.ids[of]])).content.decode()
    assert said in page


def test_a_draft_that_was_kept_says_the_readers_clock():
    class Reader:
        time_zone = "Pacific/Auckland"

    said = render_to_string("sessions/session_log.html#kept", {"at": EVENING, "member": Reader})
    assert "Kept at 09:30" in said


def test_a_letter_says_the_last_day_of_its_reader(cast):
    with inside(cast.organisation):
        request = MentorRequest.objects.select_related("mentor__member", "mentee__member", "program").first()
        request.expires_at = EVENING
        mentor = Member.objects.get(pk=request.mentor.member_id)
        mentor.time_zone = "Pacific/Auckland"
        request.mentor.member = mentor
        emails.request_received(request, by=request.mentee.member)
        letter = Message.objects.filter(kind="request_received").latest("pk")
        assert "Please answer by Tuesday 10 March 2026" in letter.text
        assert "Please answer by Tuesday 10 March 2026" in letter.html
