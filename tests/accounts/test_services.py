"""Organisations, members, roles, invitations, skills and keys, without a page."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import services
from accounts.access import hash_token
from accounts.models import Access, Invitation, Member, Organisation, Skill, User
from accounts.services import InvitationRefused
from accounts.signals import member_left
from mentoring.outbox.models import Message
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return make_organisation("northwind")


@pytest.fixture
def olga(north):
    return make_member(north, "Olga", is_owner=True)


@pytest.fixture
def adam(north):
    return make_member(north, "Adam", is_admin=True)


@pytest.fixture
def mia(north):
    return make_member(north, "Mia", login=False)


def access_of(member):
    return Access.objects.filter(user=member.user, organisation=member.organisation).exists()


class TestCreateOrganisation:
    def test_founder_is_owner_and_may_enter(self):
        user = User.objects.create_user("alice@example.org", "x", name="Alice Mary Osei")
        organisation = services.create_organisation(name=" Harbour & Lane ", time_zone="Europe/Berlin", by=user)
        assert (organisation.name, organisation.slug) == ("Harbour & Lane", "harbour-lane")
        assert Access.objects.filter(user=user, organisation=organisation).exists()
        with inside(organisation):
            member = Member.objects.get()
        assert (member.given_name, member.family_name, member.email) == ("Alice Mary", "Osei", "alice@example.org")
        assert (member.is_owner, member.is_admin, member.time_zone) == (True, False, "Europe/Berlin")

    def test_slugs_stay_apart(self):
        user = User.objects.create_user("alice@example.org", "x", name="Alice Osei")
        slugs = [
            services.create_organisation(name=name, time_zone="UTC", by=user).slug
            for name in ("Harbour", "Harbour", "harbour!", "Harbour 2", "東京", "a_b")
        ]
        assert slugs == ["harbour", "harbour-2", "harbour-3", "harbour-2-2", "organisation", "a-b"]

    def test_an_unknown_time_zone_is_refused(self):
        user = User.objects.create_user("alice@example.org", "x", name="Alice Osei")
        with pytest.raises(ValidationError, match="is not a time zone"):
            services.create_organisation(name="Harbour", time_zone="Mars/Olympus", by=user)
        assert not Organisation.objects.exists()


class TestMembers:
    def test_add(self, north, olga):
        with inside(north):
            ben = services.add_member(
                by=olga, given_name="Ben", family_name="Abara", email="Ben@Northwind.example", hired_on=date(2024, 5, 6)
            )
            spells = [(spell.started_on, spell.ended_on) for spell in ben.spells.all()]
        assert (ben.email, ben.time_zone, ben.hired_on) == ("ben@northwind.example", "Europe/London", date(2024, 5, 6))
        assert spells == [(date(2024, 5, 6), None)]

    def test_the_same_address_twice_is_refused(self, north, olga, adam):
        with inside(north), pytest.raises(ValidationError, match="has this e-mail address already"):
            services.add_member(by=olga, given_name="A", family_name="B", email="ADAM@northwind.example")

    def test_managers_form_no_circle(self, north, olga, adam, mia):
        with inside(north):
            services.edit_member(adam, manager=olga, by=olga)
            services.edit_member(mia, manager=adam, by=olga)
            with pytest.raises(ValidationError, match="Mia Osei reports to Olga Osei"):
                services.edit_member(olga, manager=mia, by=olga)
            with pytest.raises(ValidationError, match="Nobody can be their own manager"):
                services.edit_member(mia, manager=mia, by=olga)


class TestLeaving:
    def test_past_day_ends_access_at_once(self, north, olga, adam):
        heard = []
        member_left.connect(lambda **kwargs: heard.append((kwargs["member"], kwargs["last_day"])), weak=False)
        with inside(north):
            services.mark_left(adam, last_day=date(2026, 1, 30), reason="moved", by=olga)
            (spell,) = adam.spells.all()
        assert (adam.left_on, spell.ended_on, spell.end_reason) == (date(2026, 1, 30), date(2026, 1, 30), "moved")
        assert not access_of(adam)
        assert heard == [(adam, date(2026, 1, 30))]

    def test_a_future_day_ends_access_in_the_night_after_it(self, north, olga, adam):
        with time_machine.travel("2026-11-22 12:00+00:00", tick=False):
            with inside(north):
                services.mark_left(adam, last_day=date(2026, 11, 30), by=olga)
                assert services.close_accesses() == 0
            assert access_of(adam)
        with time_machine.travel("2026-11-30 23:30+00:00", tick=False), inside(north):
            assert services.close_accesses() == 0
        with time_machine.travel("2026-12-01 02:00+00:00", tick=False), inside(north):
            assert services.close_accesses() == 1
            assert services.close_accesses() == 0
        assert not access_of(adam)
        assert access_of(olga)

    def test_a_last_day_is_corrected_where_reports_look(self, north, olga, adam):
        with time_machine.travel("2026-11-22 12:00+00:00", tick=False), inside(north):
            services.mark_left(adam, last_day=date(2026, 10, 30), reason="moved", by=olga)
            services.mark_left(adam, last_day=date(2026, 12, 18), by=olga)
            (spell,) = adam.spells.all()
        assert (adam.left_on, spell.ended_on, spell.end_reason) == (date(2026, 12, 18), date(2026, 12, 18), "moved")
        assert access_of(adam)

    def test_closing_touches_no_other_organisation(self, north, olga):
        south = make_organisation("southwind")
        gone = make_member(south, "Bob", left_on=date(2026, 1, 1))
        with inside(north):
            assert services.close_accesses() == 0
        assert access_of(gone)

    def test_rehire_begins_a_second_spell_and_opens_the_door(self, north, olga, adam):
        with inside(north):
            services.mark_left(adam, last_day=date(2025, 1, 30), by=olga)
            services.rehire(adam, started_on=date(2026, 2, 2), by=olga)
            spells = [(spell.started_on, spell.ended_on) for spell in adam.spells.all()]
        assert spells == [(date(2020, 1, 6), date(2025, 1, 30)), (date(2026, 2, 2), None)]
        assert (adam.hired_on, adam.left_on) == (date(2020, 1, 6), None)
        assert access_of(adam)

    def test_rehire_before_leaving_is_refused(self, north, olga, adam):
        with inside(north), pytest.raises(ValidationError, match="overlaps another one"):
            services.rehire(adam, started_on=date(2026, 2, 2), by=olga)

    def test_the_last_owner_stays(self, north, olga, adam):
        with inside(north):
            with pytest.raises(ValidationError, match="last owner can’t leave"):
                services.mark_left(olga, last_day=date(2026, 12, 31), by=olga)
            services.change_roles(adam, is_owner=True, is_admin=True, is_hr=False, by=olga)
            services.mark_left(olga, last_day=date(2026, 12, 31), by=adam)
            # Olga's days are counted, so Adam is the only one to stay.
            with pytest.raises(ValidationError, match="needs an owner"):
                services.change_roles(adam, is_owner=False, is_admin=True, is_hr=False, by=adam)


class TestRoles:
    def test_the_last_owner_keeps_the_role(self, north, olga, adam):
        with inside(north):
            with pytest.raises(ValidationError, match="needs an owner"):
                services.change_roles(olga, is_owner=False, is_admin=True, is_hr=True, by=olga)
            services.change_roles(adam, is_owner=True, is_admin=False, is_hr=False, by=olga)
            services.change_roles(olga, is_owner=False, is_admin=False, is_hr=True, by=olga)
            olga.refresh_from_db()
        assert (olga.is_owner, olga.is_hr) == (False, True)

    def test_an_owner_who_cannot_sign_in_does_not_count(self, north, olga, mia):
        with inside(north):
            services.change_roles(mia, is_owner=True, is_admin=False, is_hr=False, by=olga)
            with pytest.raises(ValidationError, match="needs an owner"):
                services.change_roles(olga, is_owner=False, is_admin=False, is_hr=False, by=olga)

    def test_admins_give_no_roles(self, north, olga, adam, mia):
        with inside(north):
            with pytest.raises(PermissionDenied):
                services.change_roles(adam, is_owner=True, is_admin=True, is_hr=False, by=adam)
            with pytest.raises(PermissionDenied):
                services.invite_colleague(email="new@northwind.example", is_hr=True, by=adam)
            adam.refresh_from_db()
            assert not adam.is_owner


class TestInvitations:
    def invited(self, north, mia, olga, **more):
        with inside(north):
            return services.invite_member(mia, by=olga, **more)

    def test_the_letter_has_the_token_and_the_database_only_its_hash(self, north, olga, mia):
        token = self.invited(north, mia, olga, next_path="/o/northwind/programmes/3/join/")
        with inside(north):
            invitation, letter = Invitation.objects.get(), Message.objects.get()
        assert (letter.recipient, letter.subject) == ("mia@northwind.example", "Northwind invites you to its mentoring")
        assert f"/invitations/northwind/{token}/" in letter.text
        assert f"/invitations/northwind/{token}/" in letter.html
        assert "Olga Osei invites you to join the mentoring of Northwind." in letter.text
        assert invitation.token_hash == hash_token(token)
        assert token not in str(vars(invitation))

    def test_accepting_links_the_login(self, north, olga, mia):
        token = self.invited(north, mia, olga)
        user = User.objects.create_user("mia@home.example", "x", name="Mia")
        member = services.accept_invitation(north, token, user=user)
        assert (member.pk, member.user) == (mia.pk, user)
        assert Access.objects.filter(user=user, organisation=north).exists()
        # Again by the same person: nothing more happens.
        assert services.accept_invitation(north, token, user=user).pk == mia.pk
        assert Access.objects.filter(user=user).count() == 1

    @pytest.mark.parametrize("reason", ["taken", "expired", "moved", "member", "left"])
    def test_refusals(self, north, olga, adam, mia, reason):
        token = self.invited(north, mia, olga)
        user = User.objects.create_user("mia@home.example", "x", name="Mia")
        later = timedelta(days=15) if reason == "expired" else timedelta(0)
        if reason == "taken":
            services.accept_invitation(north, token, user=User.objects.create_user("first@home.example"))
        elif reason == "moved":
            with inside(north):
                services.edit_member(mia, email="mia.new@northwind.example", by=olga)
        elif reason == "member":
            user = adam.user
        elif reason == "left":
            with inside(north):
                services.mark_left(mia, last_day=date(2026, 1, 1), by=olga)
        with time_machine.travel(timezone.now() + later), pytest.raises(InvitationRefused) as refused:
            services.accept_invitation(north, token, user=user)
        assert refused.value.reason == {"moved": "expired"}.get(reason, reason)

    def test_a_token_of_another_organisation_is_unknown(self, north, olga, mia):
        token = self.invited(north, mia, olga)
        south = make_organisation("southwind")
        with pytest.raises(Invitation.DoesNotExist):
            services.accept_invitation(south, token, user=olga.user)
        assert services.find_invitation(south, token) is None

    def test_one_login_serves_two_organisations(self, north, olga, mia):
        south = make_organisation("southwind")
        other = make_member(south, "Mia", email="mia@southwind.example")
        token = self.invited(north, mia, olga)
        services.accept_invitation(north, token, user=other.user)
        assert {access.organisation.slug for access in other.user.accesses.all()} == {"northwind", "southwind"}

    def test_who_cannot_be_invited(self, north, olga, adam):
        nobody = make_member(north, "Nils", login=False, email="", employee_number="7")
        gone = make_member(north, "Gus", login=False, left_on=date(2025, 1, 1))
        with inside(north):
            for member, words in [(adam, "can sign in already"), (nobody, "no e-mail"), (gone, "has left")]:
                with pytest.raises(ValidationError, match=words):
                    services.invite_member(member, by=olga)

    def test_a_new_colleague_becomes_a_member_with_roles(self, north, olga):
        with inside(north):
            member = services.invite_colleague(
                email="Hanna@Northwind.example", given_name="Hanna", family_name="Ruiz", is_hr=True, by=olga
            )
            assert (member.email, member.is_hr, member.user) == ("hanna@northwind.example", True, None)
            assert Message.objects.get().recipient == "hanna@northwind.example"


def test_skills_are_found_however_written(north):
    with inside(north):
        (python,) = services.skills_named(["Python"])
        names = [skill.name for skill in services.skills_named([" python ", "Data  analysis", "", "PYTHON", "Budgets"])]
        assert names == ["Python", "Data analysis", "Budgets"]
        assert services.skills_named(["pYTHON"]) == [python]
        assert Skill.objects.count() == 3


def test_api_keys_are_shown_once_and_end(north, olga, adam, client):
    with inside(north):
        with pytest.raises(PermissionDenied):
            services.create_api_key(name="Payroll", by=adam)
        key, secret = services.create_api_key(name="Payroll", by=olga)
        assert secret.startswith("mk_")
        assert (key.prefix, key.key_hash) == (secret[:8], hash_token(secret))
        services.revoke_api_key(key, by=olga)
        key.refresh_from_db()
        ended_at = key.revoked_at
        services.revoke_api_key(key, by=olga)
        key.refresh_from_db()
    assert ended_at is not None
    assert key.revoked_at == ended_at


def test_only_owners_redirect_the_invitation_of_somebody_with_a_role(north, olga, adam):
    invited = make_member(north, "Otto", login=False, is_owner=True)
    with inside(north):
        with pytest.raises(ValidationError, match="only an owner can change this address"):
            services.edit_member(invited, by=adam, email="adams.other@mail.example")
        services.edit_member(invited, by=adam, email="Otto@northwind.example", department="Sales")
        assert Member.objects.get(pk=invited.pk).email == "otto@northwind.example"
        services.edit_member(invited, by=olga, email="otto@new.example")
        assert Member.objects.get(pk=invited.pk).email == "otto@new.example"
