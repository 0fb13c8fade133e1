"""Every page of this app, wide in light and narrow in dark: no fault that axe or the console knows of."""

from datetime import date

import pytest

from accounts import services
from accounts.models import User
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def cast(live_server):
    north = make_organisation("northwind", name="Northwind Trust")
    olga = make_member(north, "Olga", is_owner=True, is_hr=True, job_title="Head of People", department="People")
    adam = make_member(north, "Adam", is_admin=True, job_title="Programme lead", department="People", manager=olga)
    gus = make_member(north, "Gus", login=False, left_on=date(2025, 3, 31), department="Sales", site="Berlin")
    mia = make_member(north, "Mia", login=False, manager=olga, department="Sales", site="London")
    south = make_organisation("southwind")
    make_member(south, "Olga", email=olga.email)
    with inside(north):
        token = services.invite_member(mia, by=adam)
        services.create_api_key(name="Payroll export", by=olga)
        old_key, _secret = services.create_api_key(name="Old intranet", by=olga)
        services.revoke_api_key(old_key, by=olga)
    newcomer = User.objects.create_user("new@example.org", "a long password", name="New Person")
    return {"olga": olga, "adam": adam, "gus": gus, "mia": mia, "token": token, "newcomer": newcomer}


SIZES = {"light": {"width": 1280}, "dark": {"width": 360, "color_scheme": "dark"}}


@pytest.mark.parametrize("size", SIZES)
def test_pages_for_strangers(cast, visitor, size):
    page = visitor(**SIZES[size])
    for name, path in {
        "landing": "/",
        "login": "/accounts/login/",
        "signup": "/accounts/signup/",
        "password-reset": "/accounts/password/reset/",
        "password-reset-done": "/accounts/password/reset/done/",
        "password-reset-key": "/accounts/password/reset/key/1-wrong/",
        "password-reset-key-done": "/accounts/password/reset/key/done/",
        "inactive": "/accounts/inactive/",
        "invitation": f"/invitations/northwind/{cast['token']}/",
        "invitation-unknown": "/invitations/northwind/nothing/",
    }.items():
        page.goto(path)
        assert_accessible(page)
        screenshot(page, f"{name}-{size}")
    page.goto("/accounts/signup/")
    page.get_by_label("E-mail address").fill("nonsense")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Continue").click()
    page.locator("[data-error-summary]").wait_for()
    assert_accessible(page)
    screenshot(page, f"signup-wrong-{size}")


@pytest.mark.parametrize("size", SIZES)
def test_pages_for_members(cast, visitor, size):
    page = visitor(**SIZES[size])
    sign_in(page, cast["olga"].user)
    mia, gus = cast["mia"].pk, cast["gus"].pk
    for name, path in {
        "organisations": "/organisations/",
        "organisation-create": "/organisations/new/",
        "settings": "/o/northwind/settings/",
        "profile": "/o/northwind/profile/",
        "account": "/account/",
        "people": "/o/northwind/people/?status=all",
        "people-none": "/o/northwind/people/?q=nobody",
        "member": f"/o/northwind/people/{mia}/",
        "member-manager": f"/o/northwind/people/{cast['olga'].pk}/",
        "member-left": f"/o/northwind/people/{gus}/",
        "member-edit": f"/o/northwind/people/{mia}/edit/",
        "member-add": "/o/northwind/people/add/",
        "member-leave": f"/o/northwind/people/{mia}/leave/",
        "member-rehire": f"/o/northwind/people/{gus}/rehire/",
        "member-roles": f"/o/northwind/people/{mia}/roles/",
        "invite": "/o/northwind/people/invite/",
        "password": "/accounts/password/change/",
        "email": "/accounts/email/",
        "logout": "/accounts/logout/",
        "reauthenticate": "/accounts/reauthenticate/",
        "mfa": "/accounts/2fa/",
        "totp": "/accounts/2fa/totp/activate/",
        "passkeys": "/accounts/2fa/webauthn/",
        "passkey-add": "/accounts/2fa/webauthn/add/",
        "invitation-member": f"/invitations/northwind/{cast['token']}/",
    }.items():
        page.goto(path)
        assert path.split("?")[0] in page.url, f"{path} led to {page.url}"
        assert_accessible(page)
        screenshot(page, f"{name}-{size}")
    page.goto("/o/northwind/settings/")
    page.get_by_label("What the key is for").fill("Intranet")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_role("heading", name="The key “Intranet”").wait_for()
    assert_accessible(page)
    screenshot(page, f"api-key-{size}")
    page = visitor(**SIZES[size])
    sign_in(page, cast["newcomer"])
    page.goto(f"/invitations/northwind/{cast['token']}/")
    assert_accessible(page)
    screenshot(page, f"invitation-other-address-{size}")
