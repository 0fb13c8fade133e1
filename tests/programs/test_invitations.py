"""Calls to sign up: one letter each, which brings a login to whoever has none."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Invitation
from mentoring.outbox.models import Message
from programs import services
from tests.people import inside, make_member
from tests.programs.scheme import sign_up


def invite(program, by):
    return services.invite_to_sign_up(
        program, members=services.to_invite(program).exclude(pk=by.pk), message="Do come along.", by=by
    )


def test_everybody_gets_one_letter_with_the_way_in(org, alice, bob, program):
    nia = make_member(org, "Nia", login=False)
    sign_up(program, make_member(org, "Eve"), by=alice)
    with inside(org):
        assert invite(program, alice) == 2
        letters = {each.recipient: each.text for each in Message.objects.filter(kind="sign_up_invitation")}
        assert set(letters) == {bob.email, nia.email}
        assert all("Do come along." in text for text in letters.values())
        assert f"/o/northwind/programmes/{program.pk}/sign-up/" in letters[bob.email]
        assert "/invitations/northwind/" in letters[nia.email]
        assert Invitation.objects.get().next_path == f"/o/northwind/programmes/{program.pk}/sign-up/"
        assert Message.objects.filter(recipient=nia.email).count() == 1


def test_again_only_when_the_way_in_has_expired(org, alice, bob, program):
    make_member(org, "Nia", login=False)
    with inside(org):
        assert (invite(program, alice), invite(program, alice)) == (2, 0)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        assert (invite(program, alice), invite(program, alice)) == (1, 0)
        assert Message.objects.filter(kind="sign_up_invitation").count() == 3
