"""Programmes, enrolments and mentorships through the API."""

import pytest

import programs.services
from programs.models import Enrolment, Mentorship, Participant, Question
from tests.api.conftest import make_program
from tests.people import inside


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


# Programmes


def test_drafts_are_for_those_who_manage_programmes(cast, signed_in, with_key):
    assert ids(with_key(cast.olga).get("programs/")) == [cast.program.pk, cast.draft.pk]
    assert ids(signed_in(cast.nina).get("programs/")) == [cast.program.pk]
    assert signed_in(cast.nina).get(f"programs/{cast.draft.pk}/").status_code == 404
    assert ids(signed_in(cast.adam).get("programs/", status="draft", format="reverse")) == [cast.draft.pk]


def test_a_programme_as_the_api_shows_it(cast, signed_in):
    with inside(cast.northwind):
        programs.services.add_question(
            cast.program,
            by=cast.adam,
            text="Why?",
            kind=Question.Kind.CHOICE,
            options=["Curious", "Told to"],
            required=True,
        )
    shown = signed_in(cast.nina).get(f"programs/{cast.program.pk}/").json()
    question = shown["questions"].pop()
    assert question.pop("id") > 0
    assert question == {
        "text": "Why?", "help_text": "", "kind": "choice", "options": ["Curious", "Told to"], "audience": "both",
        "required": True, "visible_to": "admins", "shown_if": None, "shown_if_values": [], "version": 1,
    }  # fmt: skip
    assert shown == {
        "id": cast.program.pk, "name": "Growing together", "format": "traditional", "objective": "", "description": "",
        "status": "open", "starts_on": None, "ends_on": None, "needs_approval": True, "mentee_places": None,
        "default_capacity": 2, "session_length": "P0DT01H00M00S", "rhythm": "P14DT00H00M00S",
        "created_at": "2026-11-22T12:00:00Z", "launched_at": "2026-11-22T12:00:00Z", "closed_at": None, "questions": [],
    }  # fmt: skip


def test_the_life_of_a_programme(cast, with_key):
    admin = with_key(cast.olga)
    nameless = admin.post(f"programs/{cast.draft.pk}/launch/")
    assert (nameless.status_code, nameless.json()) == (
        409,
        {"code": "program_problem", "detail": "Give the programme a name before you launch it."},
    )
    with inside(cast.northwind):
        programs.services.save_draft(cast.draft, by=cast.adam, name="Reverse")
    path = f"programs/{cast.draft.pk}"
    verbs = ("launch", "close-sign-up", "reopen-sign-up", "close")
    assert [admin.post(f"{path}/{verb}/").json()["status"] for verb in verbs] == ["open", "running", "open", "closed"]
    assert admin.post(f"{path}/reopen-sign-up/").json()["detail"] == "This programme is closed."


@pytest.mark.parametrize("verb", ["launch", "close-sign-up", "reopen-sign-up", "close"])
def test_only_those_who_manage_programmes_steer_them(cast, signed_in, verb):
    for member in (cast.nina, cast.hana):
        assert signed_in(member).post(f"programs/{cast.program.pk}/{verb}/").status_code == 403
    with inside(cast.northwind):
        cast.program.refresh_from_db()
    assert cast.program.status == "open"


# Enrolments


def test_enrolments_are_ones_own_or_everybodys(cast, signed_in, with_key):
    assert ids(with_key(cast.olga).get("enrolments/")) == [cast.mentor.pk, cast.mentee.pk]
    assert ids(signed_in(cast.tom).get("enrolments/")) == [cast.mentee.pk]
    assert ids(signed_in(cast.hana).get("enrolments/")) == []
    assert signed_in(cast.tom).get(f"enrolments/{cast.mentor.pk}/").status_code == 404
    admin = signed_in(cast.adam)
    assert ids(admin.get("enrolments/", role="mentor", status="active", program=cast.program.pk)) == [cast.mentor.pk]
    assert ids(admin.get("enrolments/", member=cast.tom.pk)) == [cast.mentee.pk]
    assert ids(admin.get("enrolments/", program=cast.draft.pk)) == []
    assert admin.get("enrolments/", program="1e99").status_code == 400


def test_an_enrolment_as_the_api_shows_it(cast, signed_in):
    assert signed_in(cast.ines).get(f"enrolments/{cast.mentor.pk}/").json() == {
        "id": cast.mentor.pk, "program": cast.program.pk, "member": {"id": cast.ines.pk, "name": "Ines Adler"},
        "role": "mentor", "status": "active", "skills": ["Python", "Negotiation"], "capacity": 1, "hours_per_month": None,
        "languages": [], "free_hours": [[1, 540, 720], [3, 840, 900]], "goal": "", "preference": "", "note": "",
        "answers": [], "applied_at": "2026-11-22T12:00:00Z", "joined_at": "2026-11-22T12:00:00Z", "ended_at": None,
        "decision_reason": "",
    }  # fmt: skip


def test_signing_oneself_up_answering_what_is_asked(cast, signed_in):
    with inside(cast.northwind):
        why = programs.services.add_question(
            cast.program, by=cast.adam, text="Why?", kind=Question.Kind.CHOICE, options=["Curious"], required=True
        )
        scale = programs.services.add_question(cast.program, by=cast.adam, text="How much?", kind=Question.Kind.SCALE)
    nina = signed_in(cast.nina)
    body = {
        "program": cast.program.pk,
        "role": "mentee",
        "skills": ["Chess", "chess", "Go"],
        "free_hours": [[0, 540, 600]],
    }
    missing = nina.post("enrolments/", body)
    assert (missing.status_code, missing.json()["errors"]) == (
        400,
        {f"answers.{why.pk}": ["This question must be answered."]},
    )
    wrong = nina.post(
        "enrolments/", {**body, "answers": [{"question": why.pk, "value": "No"}, {"question": scale.pk, "value": 6}]}
    )
    assert wrong.json()["errors"] == {
        f"answers.{why.pk}": ["This is not an answer to a question of this kind."],
        f"answers.{scale.pk}": ["This is not an answer to a question of this kind."],
    }
    answers = [{"question": why.pk, "value": "Curious"}, {"question": scale.pk, "value": 5}]
    done = nina.post("enrolments/", {**body, "answers": answers})
    assert done.status_code == 201
    shown = done.json()
    assert (shown["status"], shown["skills"], shown["free_hours"]) == ("applied", ["Chess", "Go"], [[0, 540, 600]])
    assert shown["answers"] == [
        {"question": why.pk, "text": "Why?", "value": "Curious"},
        {"question": scale.pk, "text": "How much?", "value": 5},
    ]
    again = nina.post("enrolments/", {**body, "answers": answers})
    assert (again.status_code, again.json()["code"]) == (409, "already_enrolled")


def test_signing_others_up_is_for_those_who_manage_programmes(cast, signed_in, with_key):
    body = {"program": cast.program.pk, "member": cast.nina.pk, "role": "mentee"}
    assert signed_in(cast.tom).post("enrolments/", body).status_code == 403
    # It is not told whether a number belongs to anybody.
    assert signed_in(cast.tom).post("enrolments/", {**body, "member": 999999}).status_code == 403
    done = with_key(cast.olga).post("enrolments/", body)
    assert (done.status_code, done.json()["status"]) == (201, "active")
    nobody = signed_in(cast.adam).post("enrolments/", {**body, "member": cast.mallory.pk})
    assert (nobody.status_code, nobody.json()["errors"]) == (
        400,
        {"member": [f"There is no member {cast.mallory.pk}."]},
    )


def test_a_draft_takes_no_sign_ups(cast, signed_in):
    body = {"program": cast.draft.pk, "role": "mentee"}
    unseen = signed_in(cast.nina).post("enrolments/", body)
    assert (unseen.status_code, list(unseen.json()["errors"])) == (400, ["program"])
    early = signed_in(cast.adam).post("enrolments/", body)
    assert (early.status_code, early.json()["detail"]) == (409, "This programme has not been launched yet.")


@pytest.mark.parametrize("window", [[7, 0, 60], [0, 600, 540], [0, 0], [0, 0, 1441], ["x", 0, 60]])
def test_hours_must_be_of_a_week(cast, signed_in, window):
    answer = signed_in(cast.nina).post(
        "enrolments/", {"program": cast.program.pk, "role": "mentor", "free_hours": [window]}
    )
    assert answer.status_code == 400
    assert all(path.startswith("free_hours.0") for path in answer.json()["errors"])


def test_deciding_on_a_sign_up(cast, signed_in):
    applied = signed_in(cast.nina).post("enrolments/", {"program": cast.program.pk, "role": "mentee"}).json()["id"]
    path = f"enrolments/{applied}"
    assert signed_in(cast.nina).post(f"{path}/approve/").status_code == 403
    assert signed_in(cast.tom).post(f"{path}/decline/").status_code == 403
    admin = signed_in(cast.adam)
    assert admin.post(f"{path}/approve/").json()["status"] == "active"
    late = admin.post(f"{path}/decline/", {"reason": "No place"})
    assert (late.status_code, late.json()) == (
        409,
        {"code": "already_settled", "detail": "Nina Novak is no longer waiting for an answer."},
    )
    assert signed_in(cast.tom).post(f"{path}/withdraw/").status_code == 404
    assert signed_in(cast.nina).post(f"{path}/withdraw/").json()["status"] == "withdrawn"


def test_declining_says_why(cast, signed_in):
    applied = signed_in(cast.nina).post("enrolments/", {"program": cast.program.pk, "role": "mentee"}).json()["id"]
    declined = signed_in(cast.adam).post(f"enrolments/{applied}/decline/", {"reason": "Next year, gladly."})
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert signed_in(cast.nina).get(f"enrolments/{applied}/").json()["decision_reason"] == "Next year, gladly."


def test_a_refused_sign_up_leaves_nothing_behind(cast, signed_in):
    before = counts(cast)
    signed_in(cast.tom).post("enrolments/", {"program": cast.program.pk, "role": "mentor", "skills": ["Juggling"]})
    assert counts(cast) == before


def counts(cast):
    from accounts.models import Skill

    with inside(cast.northwind):
        return [model.objects.count() for model in (Enrolment, Mentorship, Participant, Skill)]


# Mentorships


def test_mentorships_are_ones_own_or_all(cast, signed_in, with_key):
    assert ids(with_key(cast.olga).get("mentorships/")) == [cast.mentorship.pk]
    assert ids(signed_in(cast.ines).get("mentorships/")) == [cast.mentorship.pk]
    for member in (cast.nina, cast.hana):
        assert ids(signed_in(member).get("mentorships/")) == []
        assert signed_in(member).get(f"mentorships/{cast.mentorship.pk}/").status_code == 404
    admin = signed_in(cast.adam)
    assert ids(admin.get("mentorships/", member=cast.tom.pk, status="active")) == [cast.mentorship.pk]
    assert ids(admin.get("mentorships/", member=cast.nina.pk)) == []
    assert ids(admin.get("mentorships/", program=cast.draft.pk)) == []


def test_what_admins_and_members_read_of_a_mentorship(cast, signed_in):
    path = f"mentorships/{cast.mentorship.pk}/"
    own = signed_in(cast.tom).get(path).json()
    assert own == {
        "id": cast.mentorship.pk, "program": cast.program.pk, "status": "active",
        "participants": [
            {"member": {"id": cast.ines.pk, "name": "Ines Adler"}, "enrolment": cast.mentor.pk, "role": "mentor",
             "response": "accepted", "responded_at": "2026-11-22T12:00:00Z", "decline_reason": None},
            {"member": {"id": cast.tom.pk, "name": "Tom Brandt"}, "enrolment": cast.mentee.pk, "role": "mentee",
             "response": "accepted", "responded_at": "2026-11-22T12:00:00Z", "decline_reason": None},
        ],
        "score": None, "reasons": ["Ines offers Python."], "offered_at": "2026-11-22T12:00:00Z",
        "started_at": "2026-11-22T12:00:00Z", "ended_at": None, "end_reason": None,
    }  # fmt: skip
    managed = signed_in(cast.adam).get(path).json()
    assert (managed["score"], managed["reasons"], managed["end_reason"]) == (
        0.8,
        ["Ines offers Python.", "Same department."],
        "",
    )


@pytest.fixture
def offered(cast):
    """Nina is offered Ines in another programme; Ines has one place in it."""
    with inside(cast.northwind):
        program = make_program(cast.adam, "Second")
        mentor = programs.services.enrol(program, cast.ines, role="mentor", by=cast.adam, skills=["Go"], capacity=1)
        mentee = programs.services.enrol(program, cast.nina, role="mentee", by=cast.adam, skills=["Go"])
        other = programs.services.enrol(program, cast.tom, role="mentee", by=cast.adam, skills=["Go"])
        mentorship = programs.services.offer_mentorship(program, mentor=mentor, mentee=mentee, by=cast.adam)
    return mentorship, mentor, other


def test_offering_counts_the_mentors_places(cast, signed_in, offered):
    mentorship, mentor, other = offered
    body = {"mentor": mentor.pk, "mentee": other.pk}
    assert signed_in(cast.tom).post("mentorships/", body).status_code == 403
    full = signed_in(cast.adam).post("mentorships/", body)
    assert (full.status_code, full.json()) == (
        409,
        {"code": "mentor_full", "detail": "Ines Adler has no place left for another mentee."},
    )
    assert signed_in(cast.adam).post(f"mentorships/{mentorship.pk}/end/").json()["status"] == "ended"
    done = signed_in(cast.adam).post("mentorships/", body)
    assert (done.status_code, done.json()["status"]) == (201, "offered")
    mixed = signed_in(cast.adam).post("mentorships/", {"mentor": cast.mentor.pk, "mentee": other.pk})
    assert mixed.status_code == 409


def test_both_say_yes(cast, signed_in, offered):
    mentorship, _mentor, _other = offered
    path = f"mentorships/{mentorship.pk}"
    assert signed_in(cast.tom).post(f"{path}/accept/").status_code == 404
    assert signed_in(cast.adam).post(f"{path}/accept/").status_code == 403
    assert signed_in(cast.nina).post(f"{path}/accept/").json()["status"] == "offered"
    assert signed_in(cast.ines).post(f"{path}/accept/").json()["status"] == "active"
    late = signed_in(cast.ines).post(f"{path}/decline/")
    assert (late.status_code, late.json()["code"]) == (409, "already_settled")
    assert signed_in(cast.nina).post(f"{path}/complete/").json()["status"] == "completed"


def test_saying_no_keeps_the_reason_to_the_admins(cast, signed_in, offered):
    mentorship, _mentor, _other = offered
    declined = signed_in(cast.ines).post(f"mentorships/{mentorship.pk}/decline/", {"reason": "We share a flat."})
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    for member, reason in ((cast.nina, None), (cast.ines, None), (cast.adam, "We share a flat.")):
        shown = signed_in(member).get(f"mentorships/{mentorship.pk}/").json()
        assert shown["participants"][0]["decline_reason"] == reason


def test_an_admin_in_the_pair_reads_no_more_than_any_other(cast, signed_in):
    with inside(cast.northwind):
        adams = programs.services.enrol(cast.program, cast.adam, role="mentor", by=cast.adam, skills=["Python"])
        ninas = programs.services.enrol(cast.program, cast.nina, role="mentee", by=cast.adam, skills=["Python"])
        pair = programs.services.offer_mentorship(cast.program, mentor=adams, mentee=ninas, score=0.4, by=cast.adam)
    signed_in(cast.nina).post(f"mentorships/{pair.pk}/decline/", {"reason": "Anybody but Adam."})
    for member, reason, score in ((cast.adam, None, None), (cast.olga, "Anybody but Adam.", 0.4)):
        shown = signed_in(member).get(f"mentorships/{pair.pk}/").json()
        assert [each["decline_reason"] for each in shown["participants"]] == ["" if reason else None, reason]
        assert shown["score"] == score


def test_ending_early(cast, signed_in):
    path = f"mentorships/{cast.mentorship.pk}"
    assert signed_in(cast.nina).post(f"{path}/end/", {"reason": "x"}).status_code == 404
    ended = signed_in(cast.tom).post(f"{path}/end/", {"reason": "New job."})
    assert (ended.status_code, ended.json()["status"], ended.json()["end_reason"]) == (200, "ended", None)
    assert signed_in(cast.adam).get(f"{path}/").json()["end_reason"] == "New job."
    # Ending cancels what was booked.
    assert signed_in(cast.tom).get(f"sessions/{cast.session.pk}/").json()["status"] == "cancelled"
