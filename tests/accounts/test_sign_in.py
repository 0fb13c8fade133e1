"""Sign-in, sign-up and passwords: what the library does, with our letters, words and limits."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from accounts.models import User
from mentoring.outbox.models import AccountMessage, Dispatch
from tests.browser import code_in, link_in

pytestmark = pytest.mark.django_db

LOGIN, SIGNUP = "/accounts/login/", "/accounts/signup/"


@pytest.fixture
def uma():
    user = User.objects.create_user("uma@example.org", "a long password", name="Uma Rao")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client, password="a long password", email="uma@example.org"):
    return client.post(LOGIN, {"login": email, "password": password})


class TestLogin:
    def test_works(self, client, uma):
        answer = sign_in(client)
        assert answer.headers["Location"] == "/"
        assert client.get("/account/").status_code == 200

    def test_wrong_password_and_unknown_address_sound_the_same(self, client, uma):
        words = "The email address and/or password you specified are not correct."
        assert words in sign_in(client, "wrong").text
        assert words in sign_in(client, email="nobody@example.org").text

    def test_after_five_failures_an_address_is_paused(self, client, uma):
        for _ in range(5):
            assert "not correct" in sign_in(client, "wrong").text
        # Not even the right password helps now, so guessing on tells nothing.
        assert "Too many failed login attempts" in sign_in(client).text
        assert client.get("/account/").status_code == 302
        # A made-up address is paused just the same.
        for _ in range(5):
            sign_in(client, "wrong", email="nobody@example.org")
        assert "Too many failed login attempts" in sign_in(client, email="nobody@example.org").text

    def test_a_flood_from_one_place_gets_429(self, client, uma, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "3/m/ip"}
        for _ in range(3):
            assert sign_in(client, "wrong").status_code == 200
        answer = sign_in(client)
        assert answer.status_code == 429
        assert "Too many attempts" in answer.text
        assert "css/app.css" in answer.text

    def test_the_limits_that_are_set(self):
        assert settings.ACCOUNT_RATE_LIMITS == {
            "login": "120/m/ip",
            "signup": "60/m/ip",
            "login_failed": "30/m/ip,5/5m/key",
        }

    def test_only_to_our_own_pages(self, client, uma):
        answer = client.post(
            f"{LOGIN}?next=https://evil.example/",
            {"login": "uma@example.org", "password": "a long password", "next": "https://evil.example/"},
        )
        assert "evil" not in answer.headers["Location"]

    def test_a_closed_login_stays_out(self, client, uma):
        User.objects.update(is_active=False)
        sign_in(client)
        assert client.get("/account/").status_code == 302


class TestSignUp:
    DATA = {"name": " Nia  Adeyemi ", "email": "Nia@Example.org", "password1": "a long enough secret"}

    def test_works_once_the_code_is_typed(self, client):
        assert client.post(SIGNUP, self.DATA).headers["Location"] == "/accounts/confirm-email/"
        assert client.get("/account/").status_code == 302
        letter = AccountMessage.objects.get()
        code = code_in(letter)
        assert (letter.recipient, letter.subject) == ("nia@example.org", f"{code} is your code")
        assert code in letter.html
        assert Dispatch.objects.filter(organisation=None, message_id=letter.pk).exists()
        answer = client.post("/accounts/confirm-email/", {"code": code})
        assert answer.headers["Location"] == "/"
        user = User.objects.get()
        assert (user.email, user.name) == ("nia@example.org", "Nia Adeyemi")
        assert client.get("/account/").status_code == 200

    def test_three_wrong_codes_end_it(self, client):
        client.post(SIGNUP, self.DATA)
        code = code_in(AccountMessage.objects.get())
        for _ in range(3):
            client.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})
        client.post("/accounts/confirm-email/", {"code": code})
        assert client.get("/account/").status_code == 302

    def test_the_letter_with_a_code_is_not_sent_once_the_code_is_dead(self, client):
        client.post(SIGNUP, self.DATA)
        letter = AccountMessage.objects.get()
        assert letter.expires_at - letter.due_at == timedelta(minutes=15)
        assert "It works for 15 minutes." in letter.text
        assert "It works for 15 minutes." in letter.html

    def test_a_second_code_takes_the_place_of_the_first_and_of_its_time(self, client):
        with time_machine.travel(datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) as clock:
            client.post(SIGNUP, self.DATA)
            clock.move_to(datetime(2026, 11, 2, 9, 10, 30, tzinfo=UTC))
            client.post("/accounts/confirm-email/", {"action": "resend"})
            first, second = AccountMessage.objects.order_by("pk")
            assert (first.status, first.text, first.outcome) == ("skipped", "", "A later letter takes its place.")
            assert second.status == "pending"
            assert [waiting.message_id for waiting in Dispatch.objects.all()] == [second.pk]
            # At 9:15, and not fifteen minutes from then.
            assert second.expires_at.isoformat()[:18] == "2026-11-02T09:15:0"
            assert "It works for 4 minutes." in second.text
            client.post("/accounts/confirm-email/", {"code": code_in(second)})
            assert client.get("/account/").status_code == 200

    def test_nobody_takes_back_the_letter_of_another_visit(self, client):
        for visitor, email in ((client, "nia@example.org"), (Client(), "olu@example.org")):
            visitor.post(SIGNUP, {**self.DATA, "email": email})
        first, second = AccountMessage.objects.order_by("pk")
        assert (first.status, second.status) == ("pending", "pending")
        assert first.subject_ref != second.subject_ref

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": ""}, "This field is required"),
            ({"email": "nonsense"}, "Enter a valid email address"),
            ({"password1": "short"}, "at least 10 characters"),
            ({"password1": "password123"}, "too common"),
            ({"password1": "nia@example.org"}, "too similar to the"),
        ],
    )
    def test_bad_input(self, client, change, words):
        answer = client.post(SIGNUP, {**self.DATA, **change})
        assert words in answer.text
        assert not User.objects.exists()

    def test_a_taken_address_looks_free_and_its_owner_hears(self, client, uma):
        answer = client.post(SIGNUP, {**self.DATA, "email": "uma@example.org"})
        assert answer.headers["Location"] == "/accounts/confirm-email/"
        letter = AccountMessage.objects.get()
        assert (letter.recipient, letter.subject) == ("uma@example.org", "You have a login already")
        assert User.objects.count() == 1


class TestPasswords:
    def test_forgotten(self, client, uma):
        client.post("/accounts/password/reset/", {"email": "uma@example.org"})
        letter = AccountMessage.objects.get()
        assert letter.subject == "Choose a new password"
        path = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", letter.text)[1]
        page = client.get(path, follow=True)
        new = {"password1": "another long secret", "password2": "another long secret"}
        client.post(page.redirect_chain[-1][0], new)
        assert sign_in(client, "another long secret").headers["Location"] == "/"
        assert AccountMessage.objects.last().subject == "Your password has changed"
        assert "doesn’t work any more" in client.get(path, follow=True).text

    def test_forgotten_by_nobody_we_know_looks_the_same(self, client, uma):
        answers = [client.post("/accounts/password/reset/", {"email": f"{n}@example.org"}) for n in ("uma", "nobody")]
        assert {answer.headers["Location"] for answer in answers} == {"/accounts/password/reset/done/"}
        assert (
            AccountMessage.objects.get(recipient="nobody@example.org").subject == "There is no login with this address"
        )

    def test_changed(self, client, uma):
        sign_in(client)
        data = {
            "oldpassword": "a long password",
            "password1": "another long secret",
            "password2": "another long secret",
        }
        assert client.post("/accounts/password/change/", data).headers["Location"] == "/account/"
        letter = AccountMessage.objects.get()
        assert "Your password has been changed." in letter.text
        assert "127.0.0.1" in letter.text


def test_a_new_address_is_confirmed_before_it_counts(client, uma):
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": "a long password"})
    client.post("/accounts/email/", {"action_add": "", "email": "Uma.New@example.org"})
    uma.refresh_from_db()
    assert uma.email == "uma@example.org"
    letter = AccountMessage.objects.filter(recipient="uma.new@example.org").get()
    client.post("/accounts/confirm-email/", {"code": code_in(letter)})
    uma.refresh_from_db()
    assert uma.email == "uma.new@example.org"
    told = AccountMessage.objects.filter(recipient="uma@example.org").last()
    assert "You now sign in with uma.new@example.org instead of uma@example.org." in told.text


def test_no_letter_of_the_library_is_left_in_its_own_words():
    import allauth

    theirs = Path(allauth.__file__).parent / "templates"
    for app in ("account", "mfa"):
        for path in (theirs / app / "email").glob("*.txt"):
            if "login_code" in path.name or "password_reset_code" in path.name or path.name.startswith("base_message"):
                continue  # for ways of signing in that are switched off
            assert (Path("templates") / app / "email" / path.name).exists(), path.name


def test_links_in_letters_are_read(uma):
    """The helper of the browser tests finds what people click."""
    letter = AccountMessage(text=f"Click\n{settings.SITE_URL}/invitations/a/b/\n")
    assert link_in(letter) == "/invitations/a/b/"
