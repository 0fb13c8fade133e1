"""The template tags that every page is built from."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def render(source: str, **context) -> str:
    return Template("{% load ui %}" + source).render(Context(context)).strip()


class BookForm(forms.Form):
    visible_to = {"notes": "only you"}

    title = forms.CharField(help_text="A word or two.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    notes = forms.CharField(required=False)
    agree = forms.BooleanField(label="I agree")
    token = forms.CharField(widget=forms.HiddenInput)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=40), "in less than a minute"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=1), "in 1 day"),
        # By the calendar: from noon on the 22nd to half past ten in the morning of the 26th.
        (timedelta(days=3, hours=22, minutes=30), "in 4 days"),
        (timedelta(days=-2, hours=-13), "3 days ago"),
        (timedelta(days=59), "in 59 days"),
        (timedelta(days=-90), "3 months ago"),
        (timedelta(days=800), "in 2 years"),
    ],
)
def test_how_far_away_a_moment_is(distance, expected):
    assert render("{{ at|relative }}", at=NOON + distance) == expected


def test_a_zone_is_named_by_its_city():
    assert render("{{ zone|ui_zone }}", zone="Europe/Warsaw") == "Warsaw time"


@time_machine.travel(NOON, tick=False)
def test_a_time_says_its_zone_and_how_far_away_it_is():
    html = render("{% ui_time at tz='Europe/Berlin' %}", at=NOON + timedelta(days=3))
    assert '<time datetime="2026-11-25T13:00:00+01:00">Wednesday 25 November 2026, 13:00 Berlin time</time>' in html
    assert ", in 3 days</span>" in html
    late = NOON.replace(hour=23, minute=30)
    assert ">23 Nov 2026</time></span>" in render("{% ui_time at tz='Europe/Berlin' form='day' %}", at=late)


def test_a_time_shows_the_other_persons_clock_only_when_it_differs():
    same = render("{% ui_time at tz='Europe/Berlin' other='Europe/Paris' form='short' %}", at=NOON)
    assert "13:00 Berlin time" in same
    assert "for them" not in same
    apart = render("{% ui_time at tz='Europe/Berlin' other='Asia/Kolkata' form='clock' %}", at=NOON)
    assert "(17:30 Kolkata time for them)" in apart
    next_day = render("{% ui_time at tz='Europe/Berlin' other='Pacific/Auckland' form='clock' %}", at=NOON)
    assert "(23 Nov 2026, 01:00 Auckland time for them)" in next_day


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "12:00 UTC"),
        ("America/Argentina/Buenos_Aires", "09:00 Buenos Aires time"),
        ("Etc/GMT+5", "07:00 UTC−05:00"),
        ("Asia/Kathmandu", "17:45 Kathmandu time"),
    ],
)
def test_a_zone_goes_by_its_city(zone, expected):
    assert expected in render("{% ui_time at tz=zone form='clock' %}", at=NOON, zone=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ada Okafor", "AO"),
        ("Björn", "B"),
        ("maria del carmen lópez", "ML"),
        ("王小明", "王"),
        ("  ", "?"),
        ("(unknown)", "?"),
        ("<b>", "?"),
    ],
)
def test_initials(name, initials):
    html = render("{% avatar name %}", name=name)
    assert f">{initials}</span>" in html
    assert 'aria-hidden="true"' in html


def test_an_avatar_keeps_its_tone():
    assert render("{% avatar 'Ada Okafor' %}") == render("{% avatar 'Ada Okafor' size='' %}")


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render("{% icon 'check' %}")
    labelled = render("{% icon 'check' label='Done' %}")
    assert 'role="img" aria-label="Done"' in labelled
    assert "aria-hidden" not in labelled


def test_a_query_string_keeps_what_it_does_not_change():
    request = RequestFactory().get("/?q=ada&page=3&sort=name")
    assert render("?{% query page=4 sort='' %}", request=request) == "?q=ada&amp;page=4"


def test_a_field_is_tied_to_its_label_help_and_errors():
    form = BookForm({"title": ""})
    html = form["title"].as_field_group()
    assert '<label for="id_title">Title</label>' in html
    assert 'id="id_title_helptext">A word or two.' in html
    assert 'id="id_title_error"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html


def test_only_optional_fields_are_marked():
    form = BookForm()
    assert "(optional)" in form["notes"].as_field_group()
    assert "(optional)" not in form["title"].as_field_group()
    form.unmarked = True
    assert "(optional)" not in form["notes"].as_field_group()


def test_a_field_says_who_can_see_it():
    form = BookForm()
    assert "Who can see this:</span>" not in form["title"].as_field_group()
    assert "Who can see this: only you" in form["notes"].as_field_group()
    by_hand = render("{% field form.title visible_to=who %}", form=form, who="you and <Ada>")
    assert "Who can see this: you and &lt;Ada&gt;" in by_hand


def test_a_single_box_stands_before_its_label():
    html = BookForm()["agree"].as_field_group()
    assert html.index('type="checkbox"') < html.index('<label for="id_agree">I agree</label>')
    assert html.count('name="agree"') == 1


def test_the_summary_links_every_error_to_its_field():
    form = BookForm({"notes": "x"})
    form.full_clean()
    form.add_error(None, "Somebody else was faster.")
    html = str(form)
    assert "<li>Somebody else was faster.</li>" in html
    assert '<a href="#id_title">Title</a>: This field is required.' in html
    assert '<a href="#id_kind_0">Kind</a>: This field is required.' in html
    assert 'id="id_kind_0"' in html
    assert '<a href="#id_agree">I agree</a>: This field is required.' in html
    # What nobody can see still has to be said.
    assert "<li>This field is required.</li>" in html
    assert html.count("data-error-summary") == 1


def test_a_form_without_errors_has_no_summary():
    assert "data-error-summary" not in str(BookForm())
    assert "data-error-summary" not in str(BookForm({"title": "a", "kind": "a", "agree": "on", "token": "t"}))


def test_what_an_error_repeats_is_escaped():
    form = BookForm({"kind": "<script>alert(1)</script>"})
    assert "<script>" not in str(form)


def test_blocks_wrap_their_content():
    source = "{% dialog id='end' title=title %}<section>Body {{ x }}</section>{% enddialog %}"
    dialog = render(source, title="End <it>?", x="<i>")
    assert '<dialog class="dialog" id="end" aria-labelledby="end-title">' in dialog
    assert "End &lt;it&gt;?" in dialog
    assert "<section>Body &lt;i&gt;</section>" in dialog
    region = render("{% table_region label='Members' %}<table></table>{% endtable_region %}")
    assert region == ('<div class="table-region" role="region" aria-label="Members" tabindex="0"><table></table></div>')


@pytest.mark.parametrize(
    ("state", "polls"), [("queued", True), ("running", True), ("done", False), ("failed", False), ("cancelled", False)]
)
def test_a_job_is_polled_only_while_it_runs(state, polls):
    request = RequestFactory().get("/o/northwind/run/4/?tab=log")
    html = render(
        "{% include 'components/progress.html' with id='run' label='Scoring' done=3 total=1200 %}",
        state=state, request=request, cancel_url="/cancel/",
    )  # fmt: skip
    assert ('hx-get="/o/northwind/run/4/?tab=log"' in html) is polls
    assert ('action="/cancel/"' in html) is polls
    assert "3 of 1,200" in html


def test_a_letter_says_why_it_came():
    letter = Template(
        "{% extends 'mail/base.txt' %}{% block content %}Dear {{ name }}{% endblock %}{% block why %}Because.{% endblock %}"
    ).render(Context({"name": "Ada & Björn", "site_url": "https://mentoring.example"}))
    assert "Dear Ada & Björn\n\n--\nBecause.\nMentoring\nhttps://mentoring.example" in letter
    page = Template("{% extends 'mail/base.html' %}{% block content %}{{ name }}{% endblock %}").render(
        Context({"name": "<Ada>", "organisation_name": "Harbour & Lane"})
    )
    assert "&lt;Ada&gt;" in page
    assert "You get this because you have an account with us." in page
    assert " · Harbour &amp; Lane" in page
