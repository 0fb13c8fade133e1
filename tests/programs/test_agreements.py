"""The agreement: written, accepted by all, and anew after each change."""

import pytest
from django.core.exceptions import PermissionDenied

from mentoring.outbox.models import Message
from programs.models import Agreement, Mentorship
from programs.services import agreements
from programs.services.problems import ChangedMeanwhile, ProgramProblem
from tests.people import inside, make_member, make_mentorship

TERMS = agreements.Terms("Present better", "Every two weeks, online", "All of it", "Any time, with a last meeting")


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(program, maya, theo):
    return make_mentorship(maya, theo, program=program)


def test_it_holds_once_all_have_accepted(org, mentorship, maya, theo):
    with inside(org):
        agreements.write_agreement(mentorship, TERMS, after=0, by=theo)
        [standing] = agreements.standings_of(mentorship)
        assert [member.given_name for member in standing.missing] == ["Maya"]
        letter = Message.objects.get(kind="agreement_written")
        assert letter.recipient == "maya@northwind.example"
        agreements.accept_agreement(mentorship, version=1, by=maya)
        agreements.accept_agreement(mentorship, version=1, by=maya)
        assert agreements.standings_of(mentorship)[0].holds


def test_a_new_version_is_accepted_anew_and_the_old_one_stays(org, mentorship, maya, theo):
    with inside(org):
        agreements.write_agreement(mentorship, TERMS, after=0, by=theo)
        agreements.accept_agreement(mentorship, version=1, by=maya)
        changed = agreements.Terms("Lead a team", *list(vars(TERMS).values())[1:])
        agreements.write_agreement(mentorship, changed, after=1, by=maya)
        new, old = agreements.standings_of(mentorship)
        assert (new.agreement.version, new.agreement.aims, new.holds) == (2, "Lead a team", False)
        assert (old.agreement.version, old.agreement.aims, old.holds) == (1, "Present better", True)
        assert [member.given_name for member in new.missing] == ["Theo"]
        # Who accepts what they read, and no longer stands, is told.
        with pytest.raises(ChangedMeanwhile):
            agreements.accept_agreement(mentorship, version=1, by=theo)
        assert Message.objects.filter(kind="agreement_written").count() == 2


def test_the_same_words_are_no_new_version(org, mentorship, theo):
    with inside(org):
        agreements.write_agreement(mentorship, TERMS, after=0, by=theo)
        agreements.write_agreement(mentorship, TERMS, after=1, by=theo)
        assert Agreement.objects.count() == 1


def test_only_those_in_it_and_only_while_it_runs(org, mentorship, alice, theo):
    with inside(org):
        with pytest.raises(PermissionDenied):
            agreements.write_agreement(mentorship, TERMS, after=0, by=alice)
        Mentorship.objects.update(status="completed")
        with pytest.raises(ProgramProblem):
            agreements.write_agreement(mentorship, TERMS, after=0, by=theo)


FORM = {"aims": "Present better", "rhythm": "Monthly", "confidentiality": "All", "ending": "Any time", "version": "0"}


def test_the_pages(url, mentorship, maya, theo, sign_in):
    mine, other = sign_in(theo), sign_in(maya)
    assert "Nothing is written down yet" in mine.get(url("agreement", mentorship.pk)).content.decode()
    assert "every 2 weeks, for 60 minutes" in mine.get(url("agreement_edit", mentorship.pk)).content.decode()
    answer = mine.post(url("agreement_edit", mentorship.pk), FORM | {"aims": "", "ending": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    mine.post(url("agreement_edit", mentorship.pk), FORM)
    assert "Theo Osei asks you to accept it." in other.get(url("mentorship", mentorship.pk)).content.decode()
    assert "Do you agree?" in other.get(url("agreement", mentorship.pk)).content.decode()
    assert "Do you agree?" not in mine.get(url("agreement", mentorship.pk)).content.decode()
    other.post(url("agreement", mentorship.pk), {"version": "1"})
    page = mine.get(url("agreement", mentorship.pk)).content.decode()
    assert "Everybody has accepted it." in page
    mine.post(url("agreement_edit", mentorship.pk), FORM | {"aims": "Lead a team", "version": "1"})
    page = other.get(url("agreement", mentorship.pk)).content.decode()
    assert "Version 1," in page
    assert "Lead a team" in page


def test_two_write_at_once(url, org, mentorship, maya, theo, sign_in):
    sign_in(theo).post(url("agreement_edit", mentorship.pk), FORM)
    answer = sign_in(maya).post(url("agreement_edit", mentorship.pk), FORM | {"aims": "Something else"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Version 1, as it stands now" in page
    assert "Something else" in page
    assert 'name="version" value="1"' in page
    with inside(org):
        assert Agreement.objects.get().aims == "Present better"


@pytest.mark.parametrize("who", ["alice", "bob", "sam"])
def test_nobody_else_reads_it(url, mentorship, sign_in, request, who):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(url("agreement", mentorship.pk)).status_code == 404
    assert client.post(url("agreement", mentorship.pk), {"version": "1"}).status_code == 404
    assert client.get(url("agreement_edit", mentorship.pk)).status_code == 404
    assert client.post(url("agreement_edit", mentorship.pk), FORM).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "99999999999", "2"])
def test_accepting_what_is_not_there(url, org, mentorship, theo, sign_in, version):
    page = sign_in(theo).post(url("agreement", mentorship.pk), {"version": version}, follow=True)
    assert "There is a newer version now." in page.content.decode()
