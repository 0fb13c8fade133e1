"""The board: what it shows, what an admin does on it, and who may."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matching import services
from matching.models import Proposal
from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Mentorship, Program
from programs.services import withdraw
from tests.matching.cast import drafts, enrol, make_program
from tests.people import inside, make_member, make_organisation

PAGES = ["", "unmatched/", "criteria/", "mentors/", "mentees/{mentee}/", "mentees/{mentee}/move/"]
POSTS = [
    "run/", "publish/", "swap/", "mentees/{mentee}/place/", "proposals/{proposal}/lock/", "proposals/{proposal}/discard/",
    "proposals/{proposal}/split/",
]  # fmt: skip


def filled(scheme, path):
    with inside(scheme.org):
        return scheme.url(path.format(mentee=scheme.theo.pk, proposal=scheme.of(scheme.theo).pk))


def said(response):
    """The messages on the page that a post leads to."""
    return [str(message) for message in response.context["messages"]]


def post(client, scheme, path, **data):
    return client.post(filled(scheme, path), data, follow=True)


def test_the_board_shows_the_weakest_first_with_scores_and_reasons(admin, org, scheme):
    with inside(org):
        Proposal.objects.filter(mentee=scheme.uma).update(score=0.3)
    page = admin.get(scheme.url())
    assert page.status_code == 200
    assert [row.proposal.mentee for row in page.context["rows"]] == [scheme.uma, scheme.theo]
    text = page.content.decode()
    for part in (
        "Uma Osei", "Noor Osei", "People · level 3", "Sales · level 5", "0.30", "Two levels above",
        "Publish all 2", "Mean score", "lowest 0.30, from 0 to 1",
    ):  # fmt: skip
        assert part in text
    assert page.context["figures"].mentees == 2


def test_the_board_is_narrowed_by_department_and_mentor(admin, scheme):
    assert [row.proposal.mentee for row in admin.get(scheme.url("?department=Legal")).context["rows"]] == [scheme.theo]
    assert [row.proposal.mentee for row in admin.get(scheme.url("?mentor=noor")).context["rows"]] == [scheme.uma]
    assert "No proposal matches" in admin.get(scheme.url("?mentor=nobody")).content.decode()
    fragment = admin.get(scheme.url("?mentor=noor"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Uma Osei" in fragment
    assert "Theo Osei" not in fragment


def test_a_board_without_proposals_says_why(admin, org):
    program = make_program(org)
    url = f"/o/northwind/programmes/{program.pk}/matching/"
    assert "Nobody is waiting" in admin.get(url).content.decode()
    enrol(program, make_member(org, "Theo"), "mentee")
    assert "Not matched yet" in admin.get(url).content.decode()


def test_as_many_queries_at_one_row_as_at_three(admin, org, scheme):
    def count(path):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert admin.get(scheme.url(path)).status_code == 200
        return len(queries)

    with inside(org):
        proposal = scheme.of(scheme.uma)
        mentor, status = proposal.mentor, proposal.status
        proposal.delete()
    few = {path: count(path) for path in ("", "unmatched/", f"mentees/{scheme.theo.pk}/")}
    with inside(org):
        Proposal.objects.create(program=scheme.program, mentee=scheme.uma, mentor=mentor, status=status, score=0.5)
    for name in ("Vera", "Wim", "Xia", "Yara"):
        mentee = enrol(scheme.program, make_member(org, name, login=False, level=2), "mentee", skills=["Law"])
        if name in ("Vera", "Wim"):
            with inside(org):
                Proposal.objects.create(program=scheme.program, mentee=mentee, mentor=scheme.omar, score=0.4)
    many = {path: count(path) for path in few}
    assert len(admin.get(scheme.url()).context["rows"]) == 4
    assert len(admin.get(scheme.url("unmatched/")).context["rows"]) == 2
    assert many == few


def test_matching_runs_in_the_background_and_is_watched_on_the_board(admin, org, scheme):
    page = post(admin, scheme, "run/")
    assert "Waiting to start" in page.content.decode()
    with inside(org):
        job = Job.objects.get(kind="matching.run")
        assert job.params == {"program_id": scheme.program.pk}
    with organisation_scope(org):
        run_job(job.pk)
    assert "2 of 2 mentees are proposed a mentor." in admin.get(scheme.url()).content.decode()


def test_why_a_run_failed_is_said_on_the_board(admin, org, alice):
    program = make_program(org)
    with inside(org):
        job = services.start_run(program, by=alice)
    with organisation_scope(org):
        run_job(job.pk)
    page = admin.get(f"/o/northwind/programmes/{program.pk}/matching/")
    assert (
        "No mentee is waiting: everybody who is enrolled has or had a mentor, or has an offer of one."
        in page.content.decode()
    )


def test_lock_and_unlock(admin, org, scheme):
    page = post(admin, scheme, "proposals/{proposal}/lock/", seen=scheme.seen(scheme.theo))
    assert said(page) == ["Locked. It stays as it is when matching runs again."]
    assert "Unlock" in page.content.decode()
    page = post(admin, scheme, "proposals/{proposal}/lock/", seen=scheme.seen(scheme.theo), locked="0")
    assert said(page) == ["Unlocked. The next run may find somebody better."]


def test_after_a_change_the_page_one_came_from_is_shown(admin, scheme):
    url = filled(scheme, "proposals/{proposal}/lock/")
    answer = admin.post(url, {"seen": scheme.seen(scheme.theo), "next": scheme.url("?page=1") + "#p1"})
    assert answer["Location"] == scheme.url("?page=1") + "#p1"
    answer = admin.post(url, {"seen": scheme.seen(scheme.theo), "next": "https://elsewhere.example/"})
    assert answer["Location"] == scheme.url()


def test_discard(admin, org, scheme):
    page = post(admin, scheme, "proposals/{proposal}/discard/", seen=scheme.seen(scheme.theo))
    assert said(page) == ["Discarded. Theo Osei is without a mentor again."]
    assert drafts(scheme.program) == [("Uma", "Noor")]


@pytest.mark.parametrize("path", ["proposals/{proposal}/lock/", "proposals/{proposal}/discard/"])
@pytest.mark.parametrize("seen", ["", "x", "1-1", "99999999999999999999-1"])
def test_a_stale_page_changes_nothing(admin, org, scheme, path, seen):
    page = post(admin, scheme, path, seen=seen)
    assert said(page) == [
        "The proposals have changed since you opened that page, so nothing was done. Here they are as they are now."
    ]
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_a_change_by_somebody_else_is_noticed(admin, org, alice, scheme):
    seen = scheme.seen(scheme.theo)
    with inside(org):
        services.lock(scheme.of(scheme.theo), by=alice)
    assert "have changed since" in said(post(admin, scheme, "proposals/{proposal}/discard/", seen=seen))[0]
    assert "have changed since" in said(post(admin, scheme, "publish/", which="chosen", chosen=seen))[0]
    assert "have changed since" in said(post(admin, scheme, "publish/", which="all", state="2-1-1"))[0]
    with inside(org):
        assert not Mentorship.objects.exists()


def test_swap_two(admin, org, scheme):
    page = post(admin, scheme, "swap/", chosen=[scheme.seen(scheme.theo), scheme.seen(scheme.uma)])
    (text,) = said(page)
    assert "Theo Osei" in text
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Maya")]


def test_swap_needs_two(admin, org, scheme):
    assert said(post(admin, scheme, "swap/", chosen=[scheme.seen(scheme.theo)])) == [
        "Choose exactly two pairs to swap their mentors."
    ]


def test_publish_the_chosen(admin, org, scheme):
    page = post(admin, scheme, "publish/", which="chosen", chosen=[scheme.seen(scheme.theo)])
    assert said(page) == ["Published 1 pair. Both people have been asked whether they accept."]
    assert drafts(scheme.program) == [("Uma", "Noor")]


def test_publish_needs_a_choice(admin, org, scheme):
    assert said(post(admin, scheme, "publish/", which="chosen")) == ["Choose the pairs to publish first."]


def test_publish_all(admin, org, scheme):
    state = admin.get(scheme.url()).context["state"]
    page = admin.post(scheme.url("publish/"), {"which": "all", "state": state}, follow=True)
    assert said(page) == ["Published 2 pairs. Both people of each have been asked whether they accept."]
    assert "Offers waiting for answers: 2" in page.content.decode()


def test_publish_what_the_filter_found(admin, org, scheme):
    state = admin.get(scheme.url("?department=Legal")).context["state"]
    post(admin, scheme, "publish/", which="all", state=state, department="Legal")
    assert drafts(scheme.program) == [("Uma", "Noor")]


def test_many_are_published_in_the_background(admin, org, scheme, monkeypatch):
    monkeypatch.setattr(services, "MOST_AT_ONCE", 1)
    page = post(admin, scheme, "publish/", which="all", state=admin.get(scheme.url()).context["state"])
    assert "Publishing" in page.content.decode()
    with inside(org):
        job = Job.objects.get(kind="matching.publish")
    with organisation_scope(org):
        run_job(job.pk)
    assert "Published 2 pairs." in admin.get(scheme.url()).content.decode()


def test_what_could_not_be_published_is_named(admin, org, scheme):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=0)
    page = post(admin, scheme, "publish/", which="all", state=admin.get(scheme.url()).context["state"])
    assert "Maya Osei has no place left for another mentee." in said(page)[0]


def test_candidates_side_by_side(admin, org, scheme):
    page = admin.get(scheme.url(f"mentees/{scheme.theo.pk}/"))
    columns = page.context["comparison"].columns
    assert {column.mentor for column in columns} == {scheme.maya, scheme.noor, scheme.omar}
    assert page.context["comparison"].others == []
    # The same criteria in the same order for each of them, so that they stand beside each other.
    assert len({tuple(cell.label for cell in column.cells) for column in columns}) == 1
    text = page.content.decode()
    for part in ("proposed now", "2 of 2 places free", "Swap with Uma Osei", "Choose Omar Osei", "Python, Law"):
        assert part in text


def test_choose_another_mentor(admin, org, scheme):
    page = post(admin, scheme, "mentees/{mentee}/place/", seen=scheme.seen(scheme.theo), mentor=scheme.omar.pk)
    assert said(page) == ["Theo Osei is now proposed Omar Osei. The pair is locked."]
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_choose_a_mentor_who_is_full_by_a_swap(admin, org, scheme):
    post(
        admin, scheme, "mentees/{mentee}/place/", seen=scheme.seen(scheme.theo), swap_with=scheme.seen(scheme.uma)
    )  # fmt: skip
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Maya")]


def test_a_mentor_who_is_full_is_refused(admin, org, scheme):
    page = post(admin, scheme, "mentees/{mentee}/place/", seen=scheme.seen(scheme.theo), mentor=scheme.noor.pk)
    assert said(page) == ["Noor Osei has no free place any more."]


@pytest.mark.parametrize("mentor", ["", "abc", "999999"])
def test_a_mentor_who_is_not_there_is_not_found(admin, scheme, mentor):
    url = filled(scheme, "mentees/{mentee}/place/")
    assert admin.post(url, {"seen": scheme.seen(scheme.theo), "mentor": mentor}).status_code == 404


def test_unmatched_mentees_are_told_why_and_placed_by_hand(admin, org, scheme):
    lone = enrol(
        scheme.program, make_member(org, "Vera", login=False, level=7), "mentee", skills=["Python"]
    )  # fmt: skip
    page = admin.get(scheme.url("unmatched/"))
    assert "Signed up, or free again, since matching last ran." in page.content.decode()
    scheme.run()
    page = admin.get(scheme.url("unmatched/"))
    (row,) = page.context["rows"]
    assert row.reason == "None of the 3 mentors is allowed."
    assert [(each.text, each.count, each.frees) for each in row.blocked] == [
        ("3 are below their level", 3, 3),
    ]
    assert "Vera Osei" in page.content.decode()
    assert "No mentor suits" in admin.get(scheme.url(f"mentees/{lone.pk}/")).content.decode()
    with inside(org):
        scheme.program.criteria["rules"].pop("min_level_gap")
        scheme.program.save()
    url = scheme.url(f"mentees/{lone.pk}/place/")
    page = admin.post(url, {"seen": "", "mentor": scheme.omar.pk}, follow=True)
    assert said(page) == ["Vera Osei is now proposed Omar Osei. The pair is locked."]
    assert "Nobody is left out" in admin.get(scheme.url("unmatched/")).content.decode()


def test_a_discarded_mentee_is_told_so(admin, org, alice, scheme):
    with inside(org):
        services.discard(scheme.of(scheme.theo), by=alice)
    assert "Their proposal was discarded." in admin.get(scheme.url("unmatched/")).content.decode()


def test_who_withdrew_is_not_placed(admin, org, alice, scheme):
    with inside(org):
        withdraw(scheme.theo, by=alice)
    assert admin.get(scheme.url(f"mentees/{scheme.theo.pk}/")).status_code == 404
    page = admin.post(scheme.url(f"mentees/{scheme.theo.pk}/place/"), {"mentor": scheme.omar.pk}, follow=True)
    assert said(page) == ["Theo Osei is not waiting for a mentor any more."]


def test_a_closed_programme_is_read_only(admin, org, scheme):
    with inside(org):
        Program.objects.update(status="closed")
    for path in PAGES:
        page = admin.get(filled(scheme, path))
        assert page.status_code == 200
        # Other criteria may still be tried out: that changes nothing.
        assert path == "criteria/" or b'method="post" action="/o/northwind/programmes' not in page.content
    for path in POSTS:
        page = post(admin, scheme, path, seen=scheme.seen(scheme.theo), chosen=scheme.seen(scheme.theo),
                    mentor=scheme.omar.pk, which="chosen")  # fmt: skip
        assert said(page) in (
            ["This programme is closed."], ["Choose exactly two pairs to swap their mentors."],
        ), path  # fmt: skip
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_a_draft_has_no_board(admin, org):
    program = make_program(org, status="draft")
    assert admin.get(f"/o/northwind/programmes/{program.pk}/matching/").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_programme_admins(browser_of, org, scheme, path):
    assert browser_of(scheme.theo.member).get(filled(scheme, path)).status_code == 403
    analyst = make_member(org, "Hana", is_hr=True)
    assert browser_of(analyst).get(filled(scheme, path)).status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_changes_are_for_programme_admins(browser_of, org, scheme, path):
    data = {"seen": scheme.seen(scheme.theo), "mentor": scheme.omar.pk}
    assert browser_of(scheme.theo.member).post(filled(scheme, path), data).status_code == 403
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


@pytest.mark.parametrize("path", [*PAGES, *POSTS])
def test_strangers_find_nothing(browser_of, org, scheme, path):
    other = make_organisation("sandbox")
    stranger = browser_of(make_member(other, "Sol", is_owner=True, is_admin=True))
    url = filled(scheme, path)
    act = stranger.post if path in POSTS else stranger.get
    assert act(url).status_code == 404
    # Nor through their own organisation.
    assert act(url.replace("/o/northwind/", "/o/sandbox/")).status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_changes_are_posts(admin, scheme, path):
    assert admin.get(filled(scheme, path)).status_code == 405


@pytest.mark.parametrize("path", [page for page in PAGES if page != "criteria/"])
def test_pages_are_read(admin, scheme, path):
    assert admin.post(filled(scheme, path)).status_code == 405


def test_another_programme_s_proposal_is_not_changed(admin, org, scheme):
    other = make_program(org, name="Another")
    with inside(org):
        pk = scheme.of(scheme.theo).pk
    page = admin.post(
        f"/o/northwind/programmes/{other.pk}/matching/proposals/{pk}/discard/",
        {"seen": scheme.seen(scheme.theo)},
        follow=True,
    )
    assert "have changed since" in said(page)[0]
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]
