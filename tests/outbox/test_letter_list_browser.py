"""An owner finds the letters that could not be sent, and whose come back."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mentoring.outbox.models import BouncedAddress, Dispatch
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_letters_that_could_not_be_sent(visitor, organisation, letter, width, scheme):
    olga = make_member(organisation, "Olga", is_owner=True)
    nobody = make_member(organisation, "Priyanka", login=False, email="priyanka.venkataraghavan@northwind.example")
    reason = "550 5.1.1 <priyanka.venkataraghavan@northwind.example>: Recipient address rejected: User unknown in table"
    letter(kind="session_booked", recipient=nobody.email, status="failed", outcome=reason)
    letter(kind="invitation", recipient="sam@northwind.example", status="failed", outcome="452 4.3.1 Full", attempts=20)
    letter(
        kind="reminder_1h", recipient=nobody.email, status="failed", outcome=f"Letters to this address come back: {reason}",
        due_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    Dispatch.objects.all().delete()
    with inside(organisation):
        BouncedAddress.objects.create(address=nobody.email, reason=reason)
    page = visitor(width=width, color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, olga.user)
    page.goto("/o/northwind/people/")
    assert_accessible(page)
    screenshot(page, f"people-{width}-{scheme}")
    page.get_by_role("link", name="Priyanka").first.click()
    expect(page.get_by_text("come back")).to_be_visible()
    assert_accessible(page)
    screenshot(page, f"person-{width}-{scheme}")
    page.goto("/o/northwind/people/")
    page.get_by_role("link", name="See why").click()
    assert_accessible(page)
    screenshot(page, f"letters-{width}-{scheme}")
    page.get_by_role("button", name="Try again sam@northwind.example, invitation to join").click()
    expect(page.get_by_text("The letter to sam@northwind.example is on its way.")).to_be_visible()
    screenshot(page, f"letters-again-{width}-{scheme}")
