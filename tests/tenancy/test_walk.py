"""A walk over every address and every kind of job as a member of another organisation.

It is walked twice, each time with one net taken away: as a database role that row security doesn't bind, and with the
ORM's filter off. Each step has a positive control: the same request where the objects are one's own gets an answer. An
address or a job without an entry here fails the suite.
"""

from __future__ import annotations

import contextlib
from typing import Any

import django_scopes
import pytest
from celery import current_app
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mentoring.jobs import registry
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress
from mentoring.tenancy.scope import organisation_scope
from tests.conftest import connect_as
from tests.people import inside
from tests.tenancy.cast import Cast, make_cast

# Address → what its arguments name in the cast; "=" before a value that is no object.
WALK: dict[str, dict[str, str]] = {
    "accounts:settings": {},
    "accounts:logo": {},
    "accounts:api_key_create": {},
    "accounts:api_key_revoke": {"pk": "api_key"},
    "accounts:profile": {},
    "accounts:member_list": {},
    "accounts:member_create": {},
    "accounts:member_detail": {"pk": "member"},
    "accounts:member_edit": {"pk": "member"},
    "accounts:member_leave": {"pk": "member"},
    "accounts:member_rehire": {"pk": "left"},
    "accounts:member_erase": {"pk": "left"},
    "accounts:member_roles": {"pk": "member"},
    "accounts:member_invite": {"pk": "member"},
    "accounts:invitation_create": {},
    "accounts:import_upload": {},
    "accounts:import_columns": {"pk": "upload"},
    "accounts:import_preview": {"pk": "import"},
    "accounts:import_confirm": {"pk": "import"},
    "accounts:import_refused_csv": {"pk": "import"},
    "accounts:import_cancel": {"pk": "import"},
    "accounts:import_result": {"pk": "import"},
    "programs:list": {},
    "programs:start": {},
    "programs:detail": {"pk": "program"},
    "programs:wizard": {"pk": "draft", "step": "=who"},
    "programs:discard": {"pk": "draft"},
    "programs:edit": {"pk": "program"},
    "programs:copy": {"pk": "program"},
    "programs:template_create": {"pk": "program"},
    "programs:template": {"pk": "template"},
    "programs:template_remove": {"pk": "template"},
    "programs:nominate": {"pk": "shadow_board"},
    "programs:plan": {"pk": "program"},
    "programs:readiness": {"pk": "program"},
    "programs:eligibility": {"pk": "program"},
    "programs:supply": {"pk": "program"},
    "programs:pause": {"pk": "program"},
    "programs:objective_create": {"pk": "program"},
    "programs:objective": {"pk": "objective"},
    "programs:objective_move": {"pk": "objective"},
    "programs:objective_remove": {"pk": "objective"},
    "programs:objective_review": {"pk": "objective"},
    "programs:stage_create": {"pk": "program"},
    "programs:stage": {"pk": "stage"},
    "programs:stage_move": {"pk": "stage"},
    "programs:stage_begin": {"pk": "stage"},
    "programs:stage_remove": {"pk": "stage"},
    "programs:enrolment_add": {"pk": "program"},
    "programs:approvals": {},
    "programs:approval": {"pk": "applied"},
    "programs:sign_up": {"pk": "program"},
    "programs:close": {"pk": "program"},
    "programs:join": {"pk": "program"},
    "programs:leave": {"pk": "program"},
    "programs:enrolments": {"pk": "program"},
    "programs:approve": {"pk": "program"},
    "programs:enrolment": {"pk": "enrolment"},
    "programs:enrolment_decline": {"pk": "applied"},
    "programs:enrolment_remove": {"pk": "enrolment"},
    "programs:questions": {"pk": "program"},
    "programs:question_create": {"pk": "program"},
    "programs:question_preview": {"pk": "program"},
    "programs:question_answers": {"pk": "program"},
    "programs:question_edit": {"pk": "question"},
    "programs:question_move": {"pk": "question"},
    "programs:question_retire": {"pk": "question"},
    "programs:invite": {"pk": "program"},
    "programs:import_sign_ups": {"pk": "program"},
    "programs:sheet": {"pk": "sheet"},
    "programs:sheet_columns": {"pk": "sheet"},
    "programs:sheet_refused": {"pk": "sheet"},
    "programs:mentorship": {"pk": "mentorship"},
    "programs:respond": {"pk": "offered"},
    "programs:mentorship_again": {"pk": "mentorship"},
    "programs:mentorship_end": {"pk": "mentorship"},
    "programs:mentorship_change": {"pk": "mentorship"},
    "programs:mentorship_complete": {"pk": "mentorship"},
    "programs:timeline": {"pk": "mentorship"},
    "programs:timeline_csv": {"pk": "mentorship"},
    "programs:mentorship_pause": {"pk": "mentorship"},
    "programs:mentorship_extend": {"pk": "mentorship"},
    "programs:mentorship_lessons": {"pk": "completed"},
    "programs:mentorship_keep": {"pk": "mentorship"},
    "programs:closing": {"pk": "completed"},
    "programs:mentor_next": {"pk": "completed"},
    "programs:certificate": {"pk": "certificate"},
    "programs:certificate_withdraw": {"pk": "certificate"},
    "programs:recognition": {},
    "programs:goals": {"pk": "mentorship"},
    "programs:goal_create": {"pk": "mentorship"},
    "programs:goal": {"pk": "goal"},
    "programs:goal_edit": {"pk": "goal"},
    "programs:goal_progress": {"pk": "goal"},
    "programs:milestone_add": {"pk": "goal"},
    "programs:goal_close": {"pk": "goal"},
    "programs:milestone": {"pk": "milestone"},
    "programs:agreement": {"pk": "mentorship"},
    "programs:agreement_edit": {"pk": "mentorship"},
    "programs:announcements": {"pk": "program"},
    "programs:announcement_create": {"pk": "program"},
    "programs:messages": {"pk": "mentorship"},
    "programs:message_file": {"pk": "message_file"},
    "programs:resources": {"pk": "program"},
    "programs:resource_create": {"pk": "program"},
    "programs:prepare": {"pk": "program"},
    "programs:resource": {"pk": "resource"},
    "programs:resource_file": {"pk": "resource"},
    "programs:resource_edit": {"pk": "resource"},
    "programs:resource_move": {"pk": "resource"},
    "programs:resource_remove": {"pk": "resource"},
    "matching:board": {"pk": "program"},
    "matching:groups": {"pk": "circle"},
    "matching:groups_publish": {"pk": "circle"},
    "matching:group_make": {"pk": "circle"},
    "matching:group_add": {"pk": "circle"},
    "matching:group_change": {"pk": "circle", "group": "suggested"},
    "matching:group_people": {"pk": "circle", "mentorship": "running"},
    "matching:run": {"pk": "program"},
    "matching:unmatched": {"pk": "program"},
    "matching:idle": {"pk": "program"},
    "matching:criteria": {"pk": "program"},
    "matching:criteria_try": {"pk": "program"},
    "matching:criteria_versions": {"pk": "program"},
    "matching:criteria_version": {"pk": "program", "number": "=1"},
    "matching:criteria_restore": {"pk": "program", "number": "=1"},
    "matching:pair_rules": {"pk": "program"},
    "matching:pair_rule_remove": {"pk": "program", "rule": "pair_rule"},
    "matching:publish": {"pk": "program"},
    "matching:swap": {"pk": "program"},
    "matching:candidates": {"pk": "program", "mentee": "enrolment"},
    "matching:place": {"pk": "program", "mentee": "enrolment"},
    "matching:lock": {"pk": "program", "proposal": "proposal"},
    "matching:discard": {"pk": "program", "proposal": "proposal"},
    "matching:split": {"pk": "program", "proposal": "proposal"},
    "matching:lanes": {"pk": "program"},
    "matching:move": {"pk": "program", "mentee": "enrolment"},
    "matching:undo": {"pk": "program", "change": "change"},
    "matching:mentors": {"pk": "choosing"},
    "matching:mentor": {"pk": "choosing", "mentor": "asked"},
    "matching:requests": {"pk": "choosing"},
    "matching:wishes": {"pk": "choosing"},
    "matching:request": {"pk": "request"},
    "sessions:list": {},
    "sessions:week": {},
    "sessions:month": {},
    "sessions:history_csv": {},
    "sessions:history_ics": {},
    "sessions:availability": {},
    "sessions:days": {},
    "sessions:day_remove": {"pk": "day"},
    "sessions:time_off_remove": {"pk": "time_off"},
    "sessions:holidays": {},
    "sessions:holiday_remove": {"pk": "holiday"},
    "sessions:policy": {"pk": "program"},
    "sessions:calendar": {},
    "sessions:calendar_add": {},
    "sessions:calendar_link": {},
    "sessions:calendar_feed": {"kind": "=full"},
    "sessions:calendar_remove": {"pk": "calendar"},
    "sessions:calendar_connect": {"provider": "=google"},
    "sessions:calendar_connected": {"provider": "=google"},
    "sessions:board": {"pk": "board"},
    "sessions:board_brief": {"pk": "board_meeting"},
    "sessions:reminders": {},
    "sessions:groups": {},
    "sessions:group_open": {"pk": "program"},
    "sessions:group": {"pk": "group"},
    "sessions:group_join": {"pk": "group"},
    "sessions:group_leave": {"pk": "group"},
    "sessions:group_seats": {"pk": "group"},
    "sessions:book": {"pk": "mentorship"},
    "sessions:record": {"pk": "mentorship"},
    "sessions:detail": {"pk": "upcoming"},
    "sessions:move": {"pk": "upcoming"},
    "sessions:cancel": {"pk": "upcoming"},
    "sessions:answer": {"pk": "upcoming"},
    "sessions:log": {"pk": "past"},
    "sessions:draft": {"pk": "past"},
    "sessions:agenda": {"pk": "upcoming"},
    "sessions:agendas": {"pk": "program"},
    "sessions:actions": {"pk": "mentorship"},
    "sessions:action": {"pk": "action"},
    "sessions:ics": {"pk": "upcoming"},
    "sessions:journal": {"pk": "mentorship"},
    "sessions:journal_entry": {"pk": "journal_entry"},
    "feedback:pulse": {"pk": "held"},
    "feedback:surveys": {"pk": "program"},
    "feedback:survey_copy": {"pk": "program"},
    "feedback:survey_create": {"pk": "program"},
    "feedback:program_gains": {"pk": "program"},
    "feedback:survey": {"pk": "survey"},
    "feedback:survey_edit": {"pk": "survey"},
    "feedback:survey_open": {"pk": "survey"},
    "feedback:survey_hold": {"pk": "survey"},
    "feedback:survey_close": {"pk": "survey_open"},
    "feedback:survey_remove": {"pk": "survey"},
    "feedback:survey_preview": {"pk": "survey"},
    "feedback:survey_question_create": {"pk": "survey"},
    "feedback:results": {"pk": "survey_open"},
    "feedback:results_csv": {"pk": "survey_open"},
    "feedback:survey_question": {"pk": "survey_question"},
    "feedback:survey_question_move": {"pk": "survey_question"},
    "feedback:survey_question_remove": {"pk": "survey_question"},
    "feedback:survey_answer": {"pk": "invited"},
    "feedback:gains": {},
    "feedback:relationships": {"pk": "program"},
    "feedback:help": {"pk": "unattended"},
    "feedback:concerns": {},
    "feedback:concern": {"pk": "concern"},
    "feedback:concern_hand_over": {"pk": "concern"},
    "feedback:concern_raise": {"pk": "program"},
    "feedback:concern_about": {"pk": "mentorship"},
    "reports:home": {},
    "reports:overview": {},
    "reports:participation": {},
    "reports:participation_csv": {},
    "reports:retention": {},
    "reports:retention_download": {"pk": "snapshot"},
    "reports:retention_cancel": {"pk": "report_job"},
    "reports:access": {},
    "reports:access_download": {"pk": "access"},
    "reports:downloads": {},
    "reports:data_quality": {},
    "reports:program_health": {"pk": "program"},
    "reports:program_compare": {},
    "reports:program_health_file": {"kind": "=csv"},
    "reports:matching_fairness": {"pk": "program"},
    "reports:matching_calibration": {"pk": "program"},
    "outbox:told": {},
    "outbox:told_open": {"pk": "told"},
    "outbox:list": {},
    "outbox:retry": {"pk": "letter"},
    "jobs:detail": {"pk": "job"},
    "jobs:cancel": {"pk": "job"},
    "api:retention": {},
    "api:organisation": {},
    "api:member-list": {},
    "api:member-me": {},
    "api:member-detail": {"pk": "member"},
    "api:member-invite": {"pk": "member"},
    "api:member-leave": {"pk": "member"},
    "api:member-rehire": {"pk": "left"},
    "api:program-list": {},
    "api:program-detail": {"pk": "program"},
    "api:program-launch": {"pk": "draft"},
    "api:program-close": {"pk": "program"},
    "api:program-close-sign-up": {"pk": "program"},
    "api:program-reopen-sign-up": {"pk": "program"},
    "api:enrolment-list": {},
    "api:enrolment-detail": {"pk": "enrolment"},
    "api:enrolment-approve": {"pk": "applied"},
    "api:enrolment-decline": {"pk": "applied"},
    "api:enrolment-withdraw": {"pk": "enrolment"},
    "api:mentorship-list": {},
    "api:mentorship-detail": {"pk": "mentorship"},
    "api:mentorship-accept": {"pk": "offered"},
    "api:mentorship-decline": {"pk": "offered"},
    "api:mentorship-end": {"pk": "mentorship"},
    "api:mentorship-complete": {"pk": "mentorship"},
    "api:session-list": {},
    "api:session-slots": {},
    "api:group-session-list": {},
    "api:group-session-detail": {"pk": "group"},
    "api:group-session-join": {"pk": "group"},
    "api:group-session-leave": {"pk": "group"},
    "api:session-detail": {"pk": "upcoming"},
    "api:session-answer-to": {"pk": "upcoming"},
    "api:session-cancel": {"pk": "upcoming"},
    "api:session-log": {"pk": "past"},
    "api:session-move": {"pk": "upcoming"},
    "api:session-slots-to-move-to": {"pk": "upcoming"},
}

# What a form at the address has to send for its objects to be looked for at all.
SENT = {"matching:place": {"mentor": "mentor"}, "matching:group_people": {"enrolment": "in_circle"}}

# Addresses outside every organisation, and why they show nothing of one.
OPEN = {
    "accounts:landing": "no tenant data",
    "accounts:account": "one's own login",
    "accounts:organisations": "only those that the user may enter",
    "accounts:organisation_create": "makes a new one",
    "accounts:invitation_accept": "by a secret token; tests/accounts/test_invitation_accept.py",
    "calendar_connected": "leads back to where the session says",
    "calendar_feed": "by a secret token; tests/sessions/test_feeds.py",
    "session_answer": "by a signed address; tests/sessions/test_session_answer.py",
    "mail_report": "by a secret, and says only whether it was of use; tests/outbox/test_mail_report.py",
    "certificate": "by an unguessable code; tests/programs/test_certificates.py",
    "unsubscribe": "by a signed address; tests/sessions/test_reminders.py",
    "api:organisation-list": "only those that the user may enter",
    "api_schema": "no tenant data",
    "api_docs": "no tenant data",
    "healthz": "no tenant data",
    "readyz": "no tenant data",
    "styleguide": "development only",
    "devmail:list": "development only",
    "devmail:detail": "development only",
    "devmail:html": "development only",
    "devmail:attachment": "development only",
}
# These answer that the proposal has gone meanwhile, as it does when a run replaced it; nothing else happens.
GONE = ("matching:lock", "matching:discard", "matching:split")
# Sign-in, second factors and one's own addresses.
LIBRARY = ("account_", "mfa_")

# Kind of job → its parameters in the cast.
JOBS: dict[str, dict[str, str]] = {
    "accounts.plan_import": {"people_import_id": "upload"},
    "accounts.apply_import": {"people_import_id": "import"},
    "programs.import_sign_ups": {"sheet_id": "sheet", "by_id": "owner"},
    "programs.announce": {"announcement_id": "announcement"},
    "programs.invite": {
        "program_id": "program",
        "member_ids": "member",
        "by_id": "owner",
        "new_hires": "=",
        "message": "=",
    },
    "matching.run": {"program_id": "program"},
    "matching.refresh": {"program_id": "program", "enrolment_ids": "enrolment"},
    "reports.snapshot": {
        "month": "=2026-09-01",
        "key": "=period=all&exposure=place&population=all&programs=",
        "by_id": "owner",
    },
    "matching.publish": {"program_id": "program", "proposal_ids": "proposal", "member_id": "owner"},
}

# Tasks that Celery knows, and how each keeps to one organisation.
TASKS = {
    "mentoring.jobs.tasks.run_job": "runs in the scope of the organisation that it is sent",
    "mentoring.jobs.tasks.help_job": "runs in the scope of the organisation that it is sent",
    "mentoring.jobs.tasks.rescue_jobs": "reads pointers without content",
    "mentoring.jobs.tasks.start_nightly_jobs": "opens each organisation's scope in turn",
    "sessions.tasks.read_calendars": "opens each organisation's scope in turn",
    "sessions.tasks.read_calendar": "runs in the scope of the organisation that it is sent",
}


def routes(resolver: Any = None, prefix: str = "", names: tuple[str, ...] = ()):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route, (*names, entry.namespace) if entry.namespace else names)
        elif isinstance(entry, URLPattern):
            yield ":".join((*names, entry.name or route)), route


def test_every_address_has_an_entry():
    inside_one = {name for name, route in routes() if "<slug:org>" in route}
    outside = {name for name, route in routes() if "<slug:org>" not in route}
    assert inside_one == set(WALK)
    assert {name for name in outside if not name.startswith(LIBRARY)} == set(OPEN)


def test_every_job_and_task_has_an_entry():
    assert {kind for kind in registry.kinds() if not kind.startswith("tests.")} == set(JOBS)
    assert {name for name in current_app.tasks if not name.startswith(("celery.", "tests."))} == set(TASKS)


@contextlib.contextmanager
def without_row_security():
    connect_as("DATABASE_OWNER_URL")
    try:
        yield
    finally:
        connect_as("DATABASE_URL")


@contextlib.contextmanager
def without_orm_filter():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_scopes, "scope", lambda **_dimensions: django_scopes.scopes_disabled())
        yield


NETS = {"without row security": without_row_security, "without the ORM's filter": without_orm_filter}


@pytest.fixture
def north(transactional_db) -> Cast:
    return make_cast("northwind", "Aurelian")


@pytest.fixture
def south(north) -> Cast:
    return make_cast("southwind", "Borealis")


def kwargs_of(name: str, cast: Cast, **foreign: Cast) -> dict[str, Any]:
    return {
        key: value[1:] if value.startswith("=") else foreign.get(key, cast).ids[value]
        for key, value in WALK[name].items()
    }


def ask(client: Client, url: str, **sent: Any) -> dict[str, tuple[int, str]]:
    """What GET, POST and, where the API takes it, PATCH are answered; nothing of it stays."""
    answers = {}
    for method in ("get", "post", "patch") if "/api/" in url else ("get", "post"):
        more: dict[str, Any] = {"data": sent} if method == "post" else {}
        if method == "patch":
            more = {"data": sent, "content_type": "application/json"}
        with transaction.atomic():
            response = getattr(client, method)(url, **more, headers={"accept": "*/*"})
            answers[method] = response.status_code, response.content.decode("utf-8", "replace")
            transaction.set_rollback(True)
    return answers


@pytest.mark.parametrize("net", NETS)
def test_a_stranger_sees_nothing(net, north, south):
    client = Client()
    client.force_login(south.user)
    leaks = []
    with NETS[net]():
        for name, arguments in WALK.items():
            # The other organisation's address, and one's own with the other's objects in it, one at a time.
            tries = [reverse(name, kwargs={"org": "northwind", **kwargs_of(name, north)})]
            tries += [
                reverse(name, kwargs={"org": "southwind", **kwargs_of(name, south, **{key: north})})
                for key, value in arguments.items()
                if not value.startswith("=")
            ]
            sent = {key: north.ids[value] for key, value in SENT.get(name, {}).items()}
            for url in tries:
                for method, (status, content) in ask(client, url, **sent).items():
                    is_nothing = status in (404, 405) or (name in GONE and status == 302)
                    if not is_nothing or north.mark in content:
                        leaks.append(f"{method} {url} ({name}): {status}")
            # What names no object may answer, but with one's own rows only.
            if not arguments:
                for method, (_status, content) in ask(client, reverse(name, kwargs={"org": "southwind"})).items():
                    if north.mark in content:
                        leaks.append(f"{method} {name} shows another organisation's rows")
    assert not leaks, "\n".join(leaks)


def test_everybody_sees_their_own(north):
    client = Client()
    client.force_login(north.user)
    unreached = []
    shown = set()
    changed = set()
    for name in WALK:
        sent = {key: north.ids[value] for key, value in SENT.get(name, {}).items()}
        answers = ask(client, reverse(name, kwargs={"org": "northwind", **kwargs_of(name, north)}), **sent)
        if all(status in (404, 405) or status >= 500 for status, _content in answers.values()):
            unreached.append(f"{name}: {[status for status, _content in answers.values()]}")
        if any(north.mark in content for _status, content in answers.values()):
            shown.add(name)
        if answers.get("patch", (405, ""))[0] == 200:
            changed.add(name)
    assert {"api:organisation", "api:member-detail"} <= changed
    assert not unreached, "\n".join(unreached)
    # There is data that could leak: lists and pages do show the mark that strangers must not see.
    assert {
        "accounts:member_list", "accounts:member_detail", "programs:list", "programs:detail", "programs:enrolments",
        "programs:mentorship", "matching:board", "matching:mentors", "matching:mentor", "matching:request", "matching:wishes", "sessions:list", "sessions:detail", "reports:home", "api:member-list",
        "api:enrolment-list", "api:session-list", "accounts:settings", "accounts:import_preview", "programs:sheet",
        "outbox:list",
    } <= shown  # fmt: skip


def test_visitors_are_asked_to_sign_in(north):
    for name in WALK:
        url = reverse(name, kwargs={"org": "northwind", **kwargs_of(name, north)})
        for method, (status, content) in ask(Client(), url).items():
            assert status == (401 if name.startswith("api:") else 302), f"{method} {url}: {status}"
            assert north.mark not in content


def test_a_stranger_and_a_made_up_address_look_the_same(north, south):
    client = Client()
    client.force_login(south.user)
    assert client.get("/o/northwind/").content == client.get("/o/nowhere/").content


def params_of(kind: str, cast: Cast) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in JOBS[kind].items():
        found[name] = value[1:] if value.startswith("=") else cast.ids[value]
        if name.endswith("_ids"):
            found[name] = [found[name]]
    return found


def run_all(cast: Cast, whose: Cast) -> dict[str, str]:
    """Each kind of job, as one organisation with the objects of whom; "found" when it found them."""
    found = {}
    for kind in JOBS:
        try:
            with transaction.atomic():
                with organisation_scope(cast.organisation):
                    registry.handler(kind)(NoProgress(), **params_of(kind, whose))
                transaction.set_rollback(True)
            found[kind] = "found"
        except JobError as error:
            found[kind] = f"JobError: {error}"
        except Exception as error:
            found[kind] = type(error).__name__
    return found


@pytest.mark.parametrize("net", NETS)
def test_a_job_finds_nothing_of_another_organisation(net, north, south):
    with NETS[net]():
        found = run_all(south, whose=north)
        nothing = ("DoesNotExist", "JobError: This programme is no longer there.")
        assert {kind: what for kind, what in found.items() if what not in nothing} == {}
        with organisation_scope(south.organisation):
            for task in ("run_job", "help_job"):
                current_app.tasks[f"mentoring.jobs.tasks.{task}"](
                    organisation_id=south.organisation.pk, job_id=north.ids["job"]
                )
    with inside(north.organisation):
        assert Job.objects.get(pk=north.ids["job"]).status == Job.Status.QUEUED


def test_a_job_finds_its_own(north):
    found = run_all(north, whose=north)
    assert {kind: what for kind, what in found.items() if not what.startswith("found")} == {}
    assert connection.in_atomic_block is False
