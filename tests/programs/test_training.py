"""The training path: what is required has to be read before anybody is matched."""

import pytest

from matching.gathering import gather, ready
from matching.models import Unmatched
from matching.services.running import run_matching
from matching.showing.leftovers import left_over
from mentoring.jobs.progress import JobError, NoProgress
from programs.models import Enrolment, Program, Resource
from programs.services import resources as services
from tests.people import inside, make_member
from tests.programs.scheme import sign_up


def people(program, admin):
    """Two mentees and two mentors, enrolled."""
    org = admin.organisation
    found = {}
    for name, role in (("Theo", "mentee"), ("Tara", "mentee"), ("Maya", "mentor"), ("Milo", "mentor")):
        found[name] = sign_up(program, make_member(org, name), role=role, by=admin)
    return found


def require(program, admin, **fields):
    with inside(program.organisation):
        resource = Resource.objects.create(
            program=program, title="Safe and fair", body="Read", **{"required": True, **fields}
        )
        services.require_training(program, required=True, by=admin)
    return resource


def read(resource, enrolment):
    with inside(enrolment.organisation):
        services.mark_read(Resource.objects.get(pk=resource.pk), by=enrolment.member)


def trained(program):
    with inside(program.organisation):
        found = Enrolment.objects.filter(program=program, trained_at__isnull=False)
        return sorted(found.values_list("member__given_name", flat=True))


def test_who_has_read_everything_is_trained(program, alice):
    them = people(program, alice)
    first = require(program, alice)
    second = require(program, alice, role="mentee")
    read(first, them["Theo"])
    assert trained(program) == []
    read(second, them["Theo"])
    # What is for mentees only, mentors needn't read.
    read(first, them["Maya"])
    assert trained(program) == ["Maya", "Theo"]
    with inside(program.organisation):
        assert services.training_of(Program.objects.get(pk=program.pk)) == [
            services.Trained("mentee", people=2, done=1),
            services.Trained("mentor", people=2, done=1),
        ]


def test_what_is_added_later_untrains_nobody_and_what_is_removed_frees(program, alice):
    them = people(program, alice)
    first = require(program, alice)
    read(first, them["Theo"])
    second = require(program, alice)
    assert trained(program) == ["Theo"]
    read(first, them["Tara"])
    assert trained(program) == ["Theo"]
    with inside(program.organisation):
        services.remove_resource(second, by=alice)
    assert trained(program) == ["Tara", "Theo"]


def test_matching_leaves_out_who_is_not_trained_and_says_why(program, alice):
    them = people(program, alice)
    resource = require(program, alice)
    for name in ("Theo", "Maya"):
        read(resource, them[name])
    with inside(program.organisation):
        now = Program.objects.get(pk=program.pk)
        gathered = gather(now)
        assert gathered.mentees.ids.tolist() == [them["Theo"].pk]
        assert gathered.mentors.ids.tolist() == [them["Maya"].pk]
    run = run_matching_of(program)
    with inside(program.organisation):
        assert (run.mentees, run.proposed) == (1, 1)
        why = Unmatched.objects.get(run=run)
        assert (why.mentee_id, why.code) == (them["Tara"].pk, "unmatched.untrained")
        assert why.reason == "They haven’t finished the training yet"
        left = left_over(run, [Enrolment.objects.select_related("member", "program").get(pk=them["Tara"].pk)])
        assert left[0].reason == "They haven’t finished the training yet."


def run_matching_of(program):
    from mentoring.tenancy.scope import organisation_scope

    with organisation_scope(program.organisation):
        return run_matching(program.pk, NoProgress())


def test_where_nobody_is_trained_the_run_says_so(program, alice):
    people(program, alice)
    require(program, alice)
    with pytest.raises(JobError, match="finish the training"):
        run_matching_of(program)


def test_without_the_requirement_everybody_is_matched(program, alice):
    people(program, alice)
    require(program, alice)
    with inside(program.organisation):
        services.require_training(Program.objects.get(pk=program.pk), required=False, by=alice)
        assert ready(Program.objects.get(pk=program.pk)).count() == 4
    # Nor does a requirement hold anybody up for whom there is nothing to read.
    require(program, alice, role="mentor")
    with inside(program.organisation):
        Resource.objects.filter(role="").delete()
        assert ready(Program.objects.get(pk=program.pk)).count() == 2


def test_the_pages_show_the_way_and_the_counts(program, alice, sign_in, url):
    them = people(program, alice)
    resource = require(program, alice)
    theo = them["Theo"].member
    page = sign_in(theo).get(url("detail", program.pk)).content.decode()
    assert "Read what you need to know first" in page
    assert "0 of 1 required pages read" in sign_in(theo).get(url("prepare", program.pk)).content.decode()
    sign_in(theo).post(url("resource", resource.pk))
    assert "You have read everything that is required" in sign_in(theo).get(url("prepare", program.pk)).content.decode()
    assert "Read what you need to know first" not in sign_in(theo).get(url("detail", program.pk)).content.decode()
    page = sign_in(alice).get(url("resources", program.pk)).content.decode()
    assert "1 of 2 have finished" in page
    assert sign_in(alice).post(url("resources", program.pk), {"training": "off"}).status_code == 302
    with inside(program.organisation):
        assert not Program.objects.get(pk=program.pk).training_required
