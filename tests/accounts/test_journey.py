"""From a stranger to an organisation with colleagues, in a browser."""

from accounts.models import Access, Member, Organisation
from tests.browser import assert_accessible, code_in, letters_to, link_in, screenshot
from tests.people import inside


def test_sign_up_create_an_organisation_invite_and_accept(page, visitor):
    page.goto("/")
    assert_accessible(page)
    screenshot(page, "accounts-landing")
    page.get_by_role("link", name="Create your organisation").click()
    assert_accessible(page)
    page.get_by_label("Your name").fill("Olga Osei")
    page.get_by_label("E-mail address").fill("Olga@Northwind.example")
    page.get_by_label("Password").fill("a long enough secret")
    screenshot(page, "accounts-signup")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Look into your inbox").wait_for()
    assert_accessible(page)
    screenshot(page, "accounts-code")
    page.get_by_label("Code from the letter").fill("WRON-GONE")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Incorrect code").first.wait_for()
    (letter,) = letters_to("olga@northwind.example")
    page.get_by_label("Code from the letter").fill(code_in(letter))
    page.get_by_role("button", name="Confirm").click()

    page.get_by_role("heading", name="Create your organisation").wait_for()
    assert page.get_by_label("Its time zone").input_value() == "Europe/London"
    assert_accessible(page)
    page.get_by_label("Name of the organisation").fill("Northwind")
    screenshot(page, "accounts-organisation-create")
    page.get_by_role("button", name="Create the organisation").click()
    page.wait_for_url("**/o/northwind/")

    page.goto("/o/northwind/people/invite/")
    assert_accessible(page)
    page.get_by_label("E-mail address").fill("adam@northwind.example")
    page.get_by_label("Given name").fill("Adam")
    page.get_by_label("Family name").fill("Ruiz")
    page.get_by_label("Programme admin").check()
    screenshot(page, "accounts-invite")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("An invitation is on its way to adam@northwind.example").wait_for()
    assert_accessible(page)
    screenshot(page, "accounts-member")

    northwind = Organisation.objects.get()
    (letter,) = letters_to("adam@northwind.example", northwind)
    adam = visitor(color_scheme="dark", width=360)
    adam.goto(link_in(letter))
    adam.get_by_text("Olga Osei invites Adam Ruiz to its mentoring.").wait_for()
    assert_accessible(adam)
    screenshot(adam, "accounts-accept-dark-360")
    adam.get_by_role("link", name="Set up your login").click()
    assert adam.get_by_label("E-mail address").input_value() == "adam@northwind.example"
    adam.get_by_label("Your name").fill("Adam Ruiz")
    adam.get_by_label("Password").fill("another long secret")
    adam.get_by_role("button", name="Continue").click()
    # The letter with the link has shown that the address is Adam's, so no code is asked for.
    adam.get_by_role("button", name="Join Northwind as Adam Ruiz").click()
    adam.wait_for_url("**/o/northwind/")
    assert letters_to("adam@northwind.example") == []
    with inside(northwind):
        member = Member.objects.get(email="adam@northwind.example")
        assert (member.user.email, member.is_admin, member.is_owner) == ("adam@northwind.example", True, False)
    assert Access.objects.filter(user=member.user, organisation=northwind).exists()

    adam.goto(link_in(letter))
    adam.wait_for_load_state()
    adam.goto("/o/northwind/people/")
    adam.get_by_role("heading", name="People").wait_for()
    assert_accessible(adam)
    screenshot(adam, "accounts-people-dark-360")
