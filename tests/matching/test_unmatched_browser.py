"""Who is left over, as an admin sees it in a real browser."""

import threading

from playwright.sync_api import expect

from matching import services
from matching.models import MatchRun
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment
from tests.browser import assert_accessible, screenshot, sign_in
from tests.matching.cast import load_sample
from tests.people import inside, make_member, make_organisation


def matched(org, program):
    def run():
        from django.db import connection

        with organisation_scope(org):
            services.run_matching(program.pk, NoProgress())
        connection.close()

    # Beside Playwright's loop, in which Django refuses to query.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_an_admin_sees_who_is_left_over_and_what_would_help(visitor):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = load_sample(org)
    with inside(org):
        program.criteria["rules"]["min_level_gap"] = 2
        program.save()
        # Juniors whom nobody may have, beside mentors of whom there are too few.
        for enrolment in Enrolment.objects.mentors().select_related("member")[:4]:
            enrolment.member.level = 2
            enrolment.member.save()
    matched(org, program)
    with inside(org):
        best = max(MatchRun.objects.get().relaxations, key=lambda each: each["placed"])
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")):
        page = visitor(width=width, color_scheme=scheme)
        sign_in(page, alice.user)
        page.goto(f"/o/{org.slug}/programmes/{program.pk}/matching/unmatched/")
        first = page.get_by_role("region", name="What would place more people").get_by_role("row").nth(1)
        expect(first).to_contain_text(str(best["placed"]))
        assert_accessible(page)
        screenshot(page, f"unmatched-{width}-{scheme}")
        page.get_by_role("link", name="Mentors with free places").click()
        expect(page.get_by_text("places are free")).to_be_visible()
        assert_accessible(page)
        screenshot(page, f"idle-{width}-{scheme}")
