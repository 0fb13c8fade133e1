"""Inviting, and accepting in every state that an invitation can be in."""

from datetime import date, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import services
from accounts.models import Access, Invitation, Member, User
from mentoring.outbox.models import AccountMessage, Message
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db

INVITE = "/o/northwind/people/invite/"
REFUSED = "This invitation can’t be used"


@pytest.fixture
def link(north, adam, mia):
    with inside(north):
        return f"/invitations/northwind/{services.invite_member(mia, by=adam)}/"


def make_user(email="mia@home.example"):
    user = User.objects.create_user(email, "a long password", name="Mia Osei")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


class TestInvite:
    def test_a_new_colleague(self, as_, adam, north):
        answer = as_(adam).post(INVITE, {"email": "Nia@northwind.example", "given_name": "Nia"}, follow=True)
        assert "An invitation is on its way to nia@northwind.example" in answer.text
        with inside(north):
            assert Member.objects.get(email="nia@northwind.example").given_name == "Nia"
            letter = Message.objects.get()
        assert letter.recipient == "nia@northwind.example"
        # The link proves that whoever follows it reads that mailbox, so nobody else may see it.
        token = letter.text.split("/invitations/northwind/")[1].split("/")[0]
        assert token not in answer.text

    def test_somebody_in_the_list(self, as_, olga, mia, north):
        as_(olga).post(INVITE, {"email": "mia@northwind.example", "is_admin": "on"})
        with inside(north):
            assert Member.objects.filter(email="mia@northwind.example").count() == 1
            mia.refresh_from_db()
        assert mia.is_admin

    def test_again_from_the_page_of_a_person(self, as_, adam, mia, link, north):
        answer = as_(adam).post(f"/o/northwind/people/{mia.pk}/invite/", follow=True)
        assert "on its way to mia@northwind.example" in answer.text
        with inside(north):
            assert Message.objects.count() == 2

    def test_bad_input(self, as_, adam, ben):
        assert as_(adam).post(INVITE, {"email": "nonsense"}).status_code == 422
        answer = as_(adam).post(INVITE, {"email": ben.email})
        assert answer.status_code == 422
        assert "Ben Osei can sign in already." in answer.text
        answer = as_(adam).post(f"/o/northwind/people/{ben.pk}/invite/", follow=True)
        assert "Ben Osei can sign in already." in answer.text

    def test_admins_give_no_roles(self, as_, adam, north):
        assert "is_owner" not in as_(adam).get(INVITE).text
        as_(adam).post(INVITE, {"email": "nia@northwind.example", "is_owner": "on"})
        with inside(north):
            assert not Member.objects.get(email="nia@northwind.example").is_owner

    def test_who_may(self, as_, hanna, ben, stranger, mia):
        for member, status in [(hanna, 403), (ben, 403), (stranger, 404)]:
            assert as_(member).post(INVITE, {"email": "x@y.example"}).status_code == status
            assert as_(member).post(f"/o/northwind/people/{mia.pk}/invite/").status_code == status

    def test_wrong_method(self, as_, adam, mia):
        assert as_(adam).put(INVITE).status_code == 405
        assert as_(adam).get(f"/o/northwind/people/{mia.pk}/invite/").status_code == 405


class TestAccept:
    def test_signed_in(self, client, link, north, mia):
        user = make_user("mia@northwind.example")
        client.force_login(user)
        assert "Join Northwind as Mia Osei" in client.get(link).text
        answer = client.post(link)
        assert answer.headers["Location"] == "/o/northwind/"
        with inside(north):
            mia.refresh_from_db()
        assert mia.user == user

    def test_leads_on_to_where_the_letter_wanted(self, client, north, adam, mia):
        with inside(north):
            inward = services.invite_member(mia, by=adam, next_path="/o/northwind/programmes/3/")
        client.force_login(make_user())
        assert client.post(f"/invitations/northwind/{inward}/").headers["Location"] == "/o/northwind/programmes/3/"

    @pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/o/southwind/"])
    def test_leads_nowhere_else(self, client, north, adam, mia, path):
        with inside(north):
            token = services.invite_member(mia, by=adam, next_path=path)
        client.force_login(make_user())
        assert client.post(f"/invitations/northwind/{token}/").headers["Location"] == "/o/northwind/"

    def test_with_another_address_it_says_so(self, client, link):
        client.force_login(make_user("mia@home.example"))
        page = client.get(link).text
        assert "You are signed in as mia@home.example; the invitation went to mia@northwind.example." in page

    def test_signed_out_offers_both_ways_and_comes_back(self, client, link):
        page = client.get(link).text
        assert f"/accounts/login/?next={link.replace('/', '%2F')}" in page
        assert f"/accounts/signup/?next={link.replace('/', '%2F')}&amp;email=mia%40northwind.example" in page
        make_user("mia@northwind.example")
        assert "There is a login for mia@northwind.example already" in client.get(link).text

    def test_a_post_without_a_login_accepts_nothing(self, client, link, north):
        assert client.post(link).status_code == 200
        with inside(north):
            assert Invitation.objects.get().accepted_at is None

    def refusal(self, client, link, words, status=410):
        for answer in (client.get(link), client.post(link)):
            assert answer.status_code == status
            assert REFUSED in answer.text
            assert words in answer.text

    def test_expired(self, client, link):
        client.force_login(make_user())
        with time_machine.travel(timezone.now() + timedelta(days=15)):
            client.force_login(User.objects.get(email="mia@home.example"))
            self.refusal(client, link, "It has expired")
        assert not Access.objects.filter(user__email="mia@home.example").exists()

    def test_used(self, client, link):
        client.force_login(make_user())
        client.post(link)
        client.logout()
        self.refusal(client, link, "It has been used already.")
        client.force_login(make_user("other@home.example"))
        self.refusal(client, link, "It has been used with another login")

    def test_used_by_me_goes_on(self, client, link):
        client.force_login(make_user())
        client.post(link)
        for answer in (client.get(link), client.post(link)):
            assert answer.headers["Location"] == "/o/northwind/"

    def test_in_already_as_somebody_else(self, as_, ben, link):
        self.refusal(as_(ben), link, "You are in Northwind already")

    def test_left(self, client, link, north, mia, adam):
        with inside(north):
            services.mark_left(mia, last_day=date(2026, 1, 1), by=adam)
        self.refusal(client, link, "Mia Osei has left Northwind")

    def test_wrong_organisation_and_wrong_token_look_the_same(self, client, link):
        make_organisation("southwind")
        token = link.split("/")[3]
        pages = [
            client.get(path)
            for path in (
                f"/invitations/southwind/{token}/",
                f"/invitations/nowhere/{token}/",
                "/invitations/northwind/x/",
            )
        ]
        assert [page.status_code for page in pages] == [404, 404, 404]
        assert len({page.text.split("<main")[1].split("</main>")[0] for page in pages}) == 1
        assert "There is no such invitation" in pages[0].text

    def test_wrong_method(self, client, link):
        assert client.put(link).status_code == 405


class TestSignUpThroughTheLink:
    def sign_up(self, client, email):
        data = {"name": "Mia Osei", "email": email, "password1": "a long enough secret"}
        return client.post("/accounts/signup/", data)

    def test_the_invited_address_is_verified(self, client, link):
        client.get(link)
        assert self.sign_up(client, "Mia@northwind.example").headers["Location"] == "/"
        assert EmailAddress.objects.get(email="mia@northwind.example").verified
        assert client.get("/organisations/").status_code == 200

    def test_any_other_address_is_not(self, client, link):
        client.get(link)
        assert self.sign_up(client, "mallory@example.org").headers["Location"] == "/accounts/confirm-email/"
        addresses = list(
            EmailAddress.objects.filter(user__email="mallory@example.org").values_list("email", "verified")
        )
        assert addresses == [("mallory@example.org", False)]
        assert AccountMessage.objects.get().recipient == "mallory@example.org"

    def test_nor_the_invited_one_without_the_link(self, client, link):
        assert self.sign_up(client, "mia@northwind.example").headers["Location"] == "/accounts/confirm-email/"
        assert not EmailAddress.objects.get(email="mia@northwind.example").verified

    def test_nor_after_the_member_got_another_address(self, client, link, north, mia, adam):
        client.get(link)
        with inside(north):
            services.edit_member(mia, email="mia.new@northwind.example", by=adam)
        assert self.sign_up(client, "mia@northwind.example").headers["Location"] == "/accounts/confirm-email/"

    def test_nor_after_it_was_used(self, client, link, north):
        client.get(link)
        services.accept_invitation(north, link.split("/")[3], user=make_user("first@home.example"))
        assert self.sign_up(client, "mia@northwind.example").headers["Location"] == "/accounts/confirm-email/"

    def test_a_person_of_two_organisations_keeps_one_login(self, client, link):
        south = make_organisation("southwind")
        other = make_member(south, "Mia", email="mia@southwind.example")
        client.force_login(other.user)
        client.post(link)
        assert User.objects.filter(accesses__organisation__slug="northwind", email="mia@southwind.example").exists()
        assert "Southwind" in client.get("/organisations/").text
        assert client.get("/").headers["Location"] == "/organisations/"
