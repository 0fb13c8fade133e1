"""The browser fixtures notice what they are there to notice."""

import pytest

from tests.browser import assert_accessible, sign_in
from tests.people import make_member, make_organisation


def test_a_signed_in_visitor_is_known(page, live_server):
    alice = make_member(make_organisation())
    page.goto("/accounts/login/")
    assert "/accounts/login/" in page.url
    sign_in(page, alice.user)
    page.goto("/accounts/password/change/")
    assert page.url.endswith("/accounts/password/change/")


def test_a_page_with_faults_is_not_accessible(page):
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'><input></main>")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><div style='width:3000px'>wide</div></main>")
    with pytest.raises(AssertionError, match="px wide on a screen of 1280"):
        assert_accessible(page)
