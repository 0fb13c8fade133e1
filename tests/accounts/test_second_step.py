"""Authenticator app and passkeys, in a browser under our content security policy."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from accounts.models import User
from tests.browser import assert_accessible, letters_to, screenshot, sign_in


@pytest.fixture
def uma(live_server):
    user = User.objects.create_user("uma@example.org", "a long password", name="Uma Rao")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def code_now(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in_by_password(page):
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("uma@example.org")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign in", exact=True).click()


def subjects():
    return [letter.subject for letter in letters_to("uma@example.org")]


def test_authenticator_app(page, visitor, uma):
    sign_in(page, uma)
    page.goto("/account/")
    page.get_by_role("link", name="Manage the second step").click()
    page.get_by_role("link", name="Set it up").click()
    picture = page.get_by_role("img", name="QR code for your authenticator app")
    assert picture.evaluate("(image) => image.naturalWidth") > 100
    secret = page.get_by_label("Key", exact=True).input_value()
    page.get_by_label("Code that the app shows now").fill(code_now(secret))
    assert_accessible(page)
    screenshot(page, "totp-filled")
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert_accessible(page)
    screenshot(page, "recovery-codes")
    codes = page.get_by_label("codes that have not been used").input_value().split()
    assert len(codes) == 10
    assert "Second step switched on" in subjects()

    phone = visitor(width=360, color_scheme="dark")
    sign_in_by_password(phone)
    phone.get_by_role("heading", name="One more step").wait_for()
    assert_accessible(phone)
    screenshot(phone, "one-more-step-dark")
    phone.get_by_label("Code from your app").fill("000000")
    phone.get_by_role("button", name="Sign in").click()
    phone.get_by_text("Incorrect code").first.wait_for()
    phone.get_by_label("Code from your app").fill(codes[0])
    phone.get_by_role("button", name="Sign in").click()
    phone.wait_for_url("**/organisations/new/")

    page.goto("/accounts/2fa/")
    page.get_by_text("9 codes are left").wait_for()
    screenshot(page, "mfa-on")
    page.get_by_role("link", name="Switch off").click()
    assert_accessible(page)
    page.get_by_role("button", name="Switch it off").click()
    page.get_by_role("link", name="Set it up").wait_for()


def with_authenticator(page):
    """Plug a virtual authenticator, with a fingerprint that fits, into the browser of a page."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    answer = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, answer["authenticatorId"]


def test_passkey(page, uma):
    session, key = with_authenticator(page)
    sign_in(page, uma)
    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Create the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert "A passkey was added" in subjects()
    page.goto("/accounts/2fa/webauthn/")
    page.get_by_text("Work laptop").first.wait_for()
    assert_accessible(page)
    screenshot(page, "passkeys-one")

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/organisations/new/")

    page.context.clear_cookies()
    sign_in_by_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/organisations/new/")

    # A device that does not know the passkey: a sentence, and no error in the console.
    page.context.clear_cookies()
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    with_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("That did not work.").wait_for()
    assert_accessible(page)
    screenshot(page, "passkey-failed")


def test_live_search(page, live_server):
    from tests.people import make_member, make_organisation

    north = make_organisation()
    olga = make_member(north, "Olga", is_owner=True)
    make_member(north, "Mia", login=False, department="Sales")
    sign_in(page, olga.user)
    page.goto("/o/northwind/people/")
    page.get_by_role("link", name="Mia Osei").wait_for()
    page.get_by_label("Search").press_sequentially("olg")
    page.get_by_role("link", name="Mia Osei").wait_for(state="detached")
    assert page.url.endswith("/o/northwind/people/?q=olg&department=&site=&status=")
    page.get_by_label("Search").fill("")
    page.get_by_label("Department").select_option("Sales")
    page.get_by_role("link", name="Olga Osei", exact=True).wait_for(state="detached")
    page.get_by_role("link", name="Mia Osei").wait_for()
