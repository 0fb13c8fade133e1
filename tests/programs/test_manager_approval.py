"""Sign-ups that a line manager approves: who is asked, who decides, what they see, and the reminder."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from programs import services
from programs.models import Enrolment, Program
from programs.services import approving
from tests.browser import letters_to, link_in
from tests.people import inside, make_member
from tests.programs.scheme import make_program, sign_up


@pytest.fixture
def mona(org):
    return make_member(org, "Mona", family_name="Manager")


@pytest.fixture
def pam(org, mona):
    return make_member(org, "Pam", manager=mona)


@pytest.fixture
def program(alice):
    return make_program(alice, approver="manager")


def letters(org, kind, to="mona@northwind.example"):
    return [letter for letter in letters_to(to, org) if letter.kind == kind]


def now(org, own):
    with inside(org):
        return Enrolment.objects.get(pk=own.pk)


def test_the_manager_is_asked_and_says_yes(sign_in, url, org, mona, pam, program):
    own = sign_up(program, pam, goal="Leave my team")
    asked = letters(org, "approval_asked")
    assert asked[0].subject == "May Pam Osei take part in Spring mentoring?"
    assert link_in(asked[0]) == url("approval", own.pk)
    assert "We have asked Mona Manager, your line manager" in letters_to(pam.email, org)[0].text
    page = sign_in(mona).get(url("approval", own.pk)).content.decode()
    assert "May Pam Osei take part?" in page
    # What somebody writes at sign-up is none of the manager's business.
    assert "Leave my team" not in page
    sign_in(mona).post(url("approval", own.pk), {"answer": "yes"})
    decided = now(org, own)
    assert (decided.status, decided.decided_by_id) == ("active", mona.pk)
    assert letters(org, "approval_asked")[0].outcome == "decided"
    assert "There is nothing left to do." in sign_in(mona).get(url("approval", own.pk)).content.decode()


def test_the_manager_says_no_with_a_reason(sign_in, url, org, mona, pam, program):
    own = sign_up(program, pam)
    sign_in(mona).post(url("approval", own.pk), {"answer": "no", "reason": "After the release."})
    assert (now(org, own).status, now(org, own).decision_reason) == ("declined", "After the release.")
    assert "After the release." in letters_to(pam.email, org)[-1].text


def test_neither_yes_nor_no_changes_nothing(sign_in, url, org, mona, pam, program):
    own = sign_up(program, pam)
    assert "Say yes or no." in sign_in(mona).post(url("approval", own.pk), {}, follow=True).content.decode()
    assert sign_in(mona).post(url("approval", own.pk), {"reason": "x" * 301}).status_code == 422
    assert now(org, own).status == "applied"


def test_nobody_else_decides(sign_in, url, org, alice, bob, sam, mona, pam, program):
    own = sign_up(program, pam)
    for member, status in ((bob, 403), (pam, 403), (sam, 404), (alice, 200), (mona, 200)):
        assert sign_in(member).get(url("approval", own.pk)).status_code == status
    with inside(org):
        for act in (
            lambda: services.approve(own, by=bob),
            lambda: services.decline_enrolment(own, reason="", by=pam),
        ):
            with pytest.raises(PermissionDenied):
                act()


def test_a_manager_has_no_say_where_admins_approve(org, alice, mona, pam):
    own = sign_up(make_program(alice, name="Other"), pam)
    assert letters(org, "approval_asked") == []
    with inside(org), pytest.raises(PermissionDenied):
        services.approve(own, by=mona)


def test_without_a_manager_the_admins_decide(sign_in, url, org, alice, bob, pam, program):
    sign_up(program, bob)
    sign_up(program, pam)
    page = sign_in(alice).get(url("enrolments", program.pk, query="?status=applied")).content.decode()
    assert "Mona Manager" in page
    assert "no manager to ask is known" in page
    assert "1 sign-up waits for you" in sign_in(alice).get(url("detail", program.pk)).content.decode()


def test_a_manager_without_a_login_gets_one_with_the_letter(org, program):
    kim = make_member(org, "Kim", login=False)
    own = sign_up(program, make_member(org, "Pat", manager=kim))
    letter = letters(org, "approval_asked", "kim@northwind.example")[0]
    assert "/invitation" in link_in(letter)
    assert letter.secret
    with inside(org):
        assert kim.invitations.get().next_path == f"/o/northwind/enrolments/{own.pk}/approval/"


def test_one_reminder_after_three_days(org, alice, pam, program):
    own = sign_up(program, pam)
    later = timezone.now() + timedelta(days=3, minutes=1)
    with inside(org):
        assert approving.remind_approvers() == 0
        assert approving.remind_approvers(now=later) == 1
        assert approving.remind_approvers(now=later) == 0
    assert letters(org, "approval_reminder")[0].subject.startswith("Still to answer:")
    with inside(org):
        services.approve(own, by=alice)
    assert {letter.status for letter in letters(org, "approval_reminder")} != {"pending"}


def test_nobody_is_reminded_while_the_programme_rests(org, pam, program):
    sign_up(program, pam)
    with inside(org):
        Program.objects.update(paused_at=timezone.now())
        assert approving.remind_approvers(now=timezone.now() + timedelta(days=9)) == 0


def test_a_new_manager_takes_over(org, alice, mona, pam, program):
    own = sign_up(program, pam)
    nora = make_member(org, "Nora")
    with inside(org):
        type(pam).objects.filter(pk=pam.pk).update(manager=nora)
        with pytest.raises(PermissionDenied):
            services.approve(own, by=mona)
        assert services.approve(own, by=nora).status == "active"


def test_the_manager_who_nominates_has_said_yes(org, alice, mona, pam):
    board = make_program(alice, format="board", approver="manager")
    with inside(org):
        own = services.nominate(board, pam, role=next(iter(board.parts)), reason="Asks good questions.", by=mona)
        assert own.status != "applied"
        assert own.decided_by_id == mona.pk


def test_the_edit_page_asks_who_approves(sign_in, url, org, alice, program):
    page = sign_in(alice).get(url("edit", program.pk)).content.decode()
    assert "Who approves?" in page
    data = {
        "name": "Summer", "default_capacity": "3", "session_length": "30", "rhythm": "7", "answer_within": "7",
        "pairing": "admin", "requests_at_once": "1", "needs_approval": "on", "approver": "admin", "rolling": "1",
    }  # fmt: skip
    sign_in(alice).post(url("edit", program.pk), data)
    with inside(org):
        changed = Program.objects.get(pk=program.pk)
        assert (changed.approver, changed.rolling) == ("admin", True)


def test_at_home_the_manager_finds_what_waits_for_them(sign_in, url, org, mona, pam, program):
    home = url("list").replace("programmes/", "")
    assert "wait for your yes" not in sign_in(mona).get(home).content.decode()
    own = sign_up(program, pam)
    page = sign_in(mona).get(home).content.decode()
    assert "May Pam Osei take part?" in page
    assert url("approval", own.pk) in page
    sign_up(program, make_member(org, "Pete", manager=mona))
    page = sign_in(mona).get(home).content.decode()
    assert "2 people of your team wait for your yes" in page
    assert url("approvals") in page
    # Neither is anything of it shown to whoever manages nobody.
    assert "wait for your yes" not in sign_in(pam).get(home).content.decode()


def test_the_list_has_the_managers_own_and_nobody_elses(sign_in, url, org, alice, mona, pam, program):
    own = sign_up(program, pam)
    sign_up(program, make_member(org, "Rita", manager=make_member(org, "Nora")))
    # Where admins approve, the manager is not asked.
    sign_up(make_program(alice, name="Other"), make_member(org, "Pete", manager=mona))
    page = sign_in(mona).get(url("approvals")).content.decode()
    assert "Pam Osei" in page
    assert url("approval", own.pk) in page
    assert "Rita" not in page
    assert "Pete" not in page
    with inside(org):
        services.approve(own, by=mona)
    assert "Nobody waits for you" in sign_in(mona).get(url("approvals")).content.decode()
    assert sign_in(mona).post(url("approvals")).status_code == 405


def test_the_letters_link_leads_there_after_signing_in(client, url, mona, pam, program):
    own = sign_up(program, pam)
    asked = client.get(url("approval", own.pk))
    assert asked.status_code == 302
    sent = client.post(asked["Location"], {"login": mona.email, "password": "a long password"})
    assert sent["Location"] == url("approval", own.pk)
