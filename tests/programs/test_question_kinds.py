"""Ranking, skills and free hours as answers, questions that depend on others, versions, and who reads what."""

from types import SimpleNamespace

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.services import skills_named
from programs import answers, services
from programs.models import Answer, Enrolment, Program, Question
from programs.services.questions import answers_seen
from tests.people import inside, make_member
from tests.programs.scheme import make_pair, make_program, sign_up

MENTEE = {"role": "mentee", "skills": "Python", "goal": "Lead a team", "preference": ""}
QUESTION = {
    "text": "Why now?",
    "help_text": "",
    "kind": "text",
    "audience": "both",
    "options": "",
    "visible_to": "admins",
}
TOPICS = ["Pay", "People", "Tools"]


@pytest.fixture
def admin(sign_in, alice):
    return sign_in(alice)


@pytest.fixture
def ask(org, alice, program):
    def make(text, **fields):
        with inside(org):
            return services.add_question(program, by=alice, text=text, **fields)

    return make


def kept(org, member):
    with inside(org):
        return {each.question.text: each.value for each in Answer.objects.filter(enrolment__member=member)}


def field(question, at=None):
    return f"question_{question.pk}" + ("" if at is None else f"_{at}")


# Kinds.


def test_a_ranking_a_skill_and_hours_are_kept_and_shown_again(sign_in, url, org, bob, program, ask):
    with inside(org):
        skills_named(["Public Speaking"])
    order = ask("What first?", kind="ranking", options=TOPICS, required=True)
    known = ask("What do you know?", kind="skills")
    hours = ask("When do you read mail?", kind="hours")
    client = sign_in(bob)
    data = MENTEE | {
        field(order, 0): "3", field(order, 1): "1", field(order, 2): "2",
        field(known, 0): " public  speaking ", f"{field(known, 0)}_level": "2",
        field(hours): ["0-480", "0-600", "4-960"],
    }  # fmt: skip
    assert client.post(url("join", program.pk), data).status_code == 302
    assert kept(org, bob) == {
        "What first?": ["People", "Tools", "Pay"],
        "What do you know?": [["Public Speaking", 2]],
        "When do you read mail?": [[0, 480, 720], [4, 960, 1080]],
    }
    page = client.get(url("join", program.pk)).content.decode()
    assert page.index('data-option="People"') < page.index('data-option="Tools"') < page.index('data-option="Pay"')
    assert 'value="Public Speaking"' in page
    assert f'name="{field(hours)}" value="4-960"' in page
    # Sent once more as it is, it stays as it is.
    assert client.post(url("join", program.pk), data).status_code == 302
    assert kept(org, bob)["What first?"] == ["People", "Tools", "Pay"]


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        (["", "", ""], "Put them in order: give each a place."),
        (["1", "2", ""], "“Tools” has no place yet. Give each a place, or none."),
        (["1", "2", "2"], "“People” and “Tools” are both number 2. Give each a place of its own."),
        (["1", "2", "9"], "Choose the places from the lists."),
    ],
)
def test_a_bad_order_is_said_and_stays_as_it_was_typed(sign_in, url, org, bob, program, ask, places, sentence):
    order = ask("What first?", kind="ranking", options=TOPICS, required=True)
    data = MENTEE | {field(order, at): place for at, place in enumerate(places)}
    answer = sign_in(bob).post(url("join", program.pk), data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert page.count("selected>1</option>") == places.count("1")
    assert kept(org, bob) == {}


@pytest.mark.parametrize(
    ("skill", "level", "sentence"),
    [
        ("", "", "Name at least one skill."),
        ("Dowsing", "2", "“Dowsing” is not among the skills of your organisation."),
        ("Python", "", "Say how well, beside “Python”."),
        ("Python", "4", "Say how well, beside “Python”."),
    ],
)
def test_bad_skills_are_said(sign_in, url, org, bob, program, ask, skill, level, sentence):
    with inside(org):
        skills_named(["Python"])
    known = ask("What do you know?", kind="skills", required=True)
    data = MENTEE | {field(known, 0): skill, f"{field(known, 0)}_level": level}
    answer = sign_in(bob).post(url("join", program.pk), data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not skill or f'value="{skill}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("ranking", ["Tools", "Pay", "People"], True),
        ("ranking", ["Tools", "Pay"], False),
        ("ranking", ["Tools", "Pay", "Pay"], False),
        ("ranking", ["Tools", "Pay", 3], False),
        ("skills", [["Python", 3]], True),
        ("skills", [["Python", 3], ["python", 1]], False),
        ("skills", [["Python", True]], False),
        ("skills", ["Python"], False),
        ("hours", [[0, 480, 600]], True),
        ("hours", [[7, 480, 600]], False),
        ("hours", [[0, 600, 480]], False),
        ("scale", 5, True),
        ("scale", True, False),
        ("choices", ["Pay"], True),
        ("choices", "Pay", False),
    ],
)
def test_what_is_an_answer(kind, value, fits):
    assert answers.suits(SimpleNamespace(kind=kind, options=TOPICS), value) is fits


def test_answers_in_words():
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    def words(kind, value):
        return answers.in_words(SimpleNamespace(kind=kind, options=TOPICS), value, days=days)

    assert words("ranking", ["Tools", "Pay", "People"]) == ["1. Tools", "2. Pay", "3. People"]
    assert words("skills", [["Python", 3], ["Go", 1]]) == ["Python (deep)", "Go (some)"]
    assert words("hours", [[0, 480, 600], [4, 960, 1080]]) == ["Mon 08:00–10:00", "Fri 16:00–18:00"]
    assert words("scale", 4) == ["4 of 5"]
    # Options have changed since.
    assert words("ranking", ["Tools", "Pay"]) == ["Tools, Pay"]


def test_a_hint_is_text_whatever_is_in_it(sign_in, url, bob, program, ask):
    ask("Why?", help_text="<b>bold</b>")
    page = sign_in(bob).get(url("join", program.pk) + "?role=mentee").content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>bold</b>" not in page


# Conditions.


@pytest.fixture
def chain(ask):
    """Led before? If so, how many? If many, how was it?"""
    led = ask("Led before?", kind="choice", options=["Yes", "No"])
    many = ask("How many?", kind="scale", required=True, shown_if=led, shown_if_values=["Yes"])
    how = ask("How was it?", required=True, shown_if=many, shown_if_values=["4", "5"])
    return led, many, how


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, {}),
        ({"led": "No"}, {"Led before?": "No"}),
        # What was sent to a question that isn't asked is not kept, and what follows from it is not asked either.
        ({"led": "No", "many": "5", "how": "Hard"}, {"Led before?": "No"}),
        ({"led": "Yes", "many": "2"}, {"Led before?": "Yes", "How many?": 2}),
        ({"led": "Yes", "many": "5", "how": "Hard"}, {"Led before?": "Yes", "How many?": 5, "How was it?": "Hard"}),
    ],
)
def test_only_what_is_asked_is_required_and_kept(sign_in, url, org, bob, program, chain, given, said):
    names = dict(zip(("led", "many", "how"), chain, strict=True))
    data = MENTEE | {field(names[name]): value for name, value in given.items()}
    assert sign_in(bob).post(url("join", program.pk), data).status_code == 302
    assert kept(org, bob) == said


@pytest.mark.parametrize("given", [{"led": "Yes"}, {"led": "Yes", "many": "5"}])
def test_what_is_asked_after_an_answer_is_required(sign_in, url, org, bob, program, chain, given):
    names = dict(zip(("led", "many", "how"), chain, strict=True))
    data = MENTEE | {field(names[name]): value for name, value in given.items()}
    answer = sign_in(bob).post(url("join", program.pk), data)
    assert answer.status_code == 422
    assert answer.content.decode().count("This field is required.") >= 1
    assert "Only if you answered “Yes” to “Led before?”." in answer.content.decode()


def test_an_answer_taken_back_takes_what_followed_along(sign_in, url, org, bob, program, chain):
    led, many, how = chain
    client = sign_in(bob)
    client.post(url("join", program.pk), MENTEE | {field(led): "Yes", field(many): "5", field(how): "Hard"})
    client.post(url("join", program.pk), MENTEE | {field(led): "No", field(many): "5", field(how): "Hard"})
    assert kept(org, bob) == {"Led before?": "No"}


def test_the_service_keeps_no_more_than_is_asked(org, bob, program, chain):
    led, many, how = chain
    sign_up(program, bob, answers={led.pk: "No", many.pk: 5, how.pk: "Hard"})
    assert kept(org, bob) == {"Led before?": "No"}


def test_a_question_depends_only_on_an_earlier_one_so_there_are_no_circles(admin, url, org, alice, chain):
    led, many, how = chain
    # The form offers earlier questions only …
    page = admin.get(url("question_edit", led.pk)).content.decode()
    assert "Ask only those who answered" not in page
    assert f'value="{led.pk}:Yes"' in admin.get(url("question_edit", how.pk)).content.decode()
    # … and nothing else gets through.
    forged = QUESTION | {"kind": "choice", "options": "Yes\nNo", "text": "Led before?", "condition": [f"{how.pk}:4"]}
    admin.post(url("question_edit", led.pk), forged)
    with inside(org):
        assert Question.objects.get(pk=led.pk).shown_if_id is None
        for question in (led, many, how):
            with pytest.raises(services.QuestionProblem, match="only on one that is asked before it"):
                services.change_question(many, by=alice, shown_if=question if question != led else how)


def test_what_decides_stays_before_what_depends_on_it(admin, url, org, chain):
    led, many, how = chain
    page = admin.post(url("question_move", many.pk), {"up": "1"}, follow=True).content.decode()
    assert "“How many?” is asked only after an answer to “Led before?”, so it has to come after it." in page
    page = admin.post(url("question_move", led.pk), {"to": "2"}, follow=True).content.decode()
    assert "so it has to come after it" in page
    page = admin.post(url("question_retire", led.pk), follow=True).content.decode()
    assert "“How many?” is asked only after an answer to this one. Change that question first." in page
    with inside(org):
        assert [each.pk for each in Question.objects.asked()] == [led.pk, many.pk, how.pk]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"options": "Perhaps\nNo"}, "“How many?” is asked only of those who answer “Yes” to “Led before?”"),
        ({"kind": "text", "options": ""}, "which is no answer to it."),
        ({"audience": "mentor"}, "“How many?” is asked of people who are not asked “Led before?”"),
    ],
)
def test_what_others_depend_on_is_not_changed_away(admin, url, org, chain, data, sentence):
    base = QUESTION | {"text": "Led before?", "kind": "choice", "options": "Yes\nNo"}
    answer = admin.post(url("question_edit", chain[0].pk), base | data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with inside(org):
        assert Question.objects.get(pk=chain[0].pk).options == ["Yes", "No"]


def test_dragging_puts_a_question_at_a_place(admin, url, org, ask):
    questions = [ask(text) for text in ("One", "Two", "Three")]
    for to, texts in (("0", ["Three", "One", "Two"]), ("9", ["Three", "One", "Two"]), ("x", ["One", "Three", "Two"])):
        admin.post(url("question_move", questions[2].pk), {"to": to})
        with inside(org):
            assert [each.text for each in Question.objects.asked()] == texts


# Versions.


def test_a_new_version_takes_the_place_of_an_answered_question(admin, url, org, alice, bob, program, ask):
    first = ask("What first?", kind="ranking", options=TOPICS, visible_to="admins")
    follow = ask("Led?", kind="choice", options=["Yes", "No"])
    child = ask("How many?", kind="scale", shown_if=follow, shown_if_values=["Yes"])
    sign_up(program, bob, answers={first.pk: ["Tools", "Pay", "People"], follow.pk: "Yes"})
    with inside(org):
        stored = Program.objects.get(pk=program.pk)
        stored.criteria = {
            **stored.criteria,
            "questions": [
                {"question": first.pk, "compare": "close", "weight": 3},
                {"question": follow.pk, "compare": "equal", "weight": 2},
            ],
        }
        stored.save()
    page = admin.get(url("question_edit", first.pk)).content.decode()
    assert "Whatever you change becomes version 2" in page
    assert "It counts in matching." in page
    assert "“How many?”" in admin.get(url("question_edit", follow.pk)).content.decode()
    data = {"kind": "ranking", "options": "\n".join(TOPICS), "text": "Which first?", "visible_to": "match"}
    assert admin.post(url("question_edit", first.pk), QUESTION | data).status_code == 302
    data = {"text": "Led a team?", "kind": "choice", "options": "Yes\nNo"}
    assert admin.post(url("question_edit", follow.pk), QUESTION | data).status_code == 302
    with inside(org):
        new, other = Question.objects.get(text="Which first?"), Question.objects.get(text="Led a team?")
        assert (new.version, new.earlier, new.replaces_id, new.position) == (2, [first.pk], first.pk, 0)
        assert Question.objects.get(pk=first.pk).retired_at is not None
        assert Question.objects.get(pk=child.pk).shown_if_id == other.pk
        assert Program.objects.get(pk=program.pk).criteria["questions"] == [
            {"question": new.pk, "compare": "close", "weight": 3},
            {"question": other.pk, "compare": "equal", "weight": 2},
        ]
        assert Answer.objects.get(question=first).value == ["Tools", "Pay", "People"]
    page = admin.get(url("questions", program.pk)).content.decode()
    assert "2 earlier questions; their answers are kept with the sign-ups" in page
    assert "version 2" in page


def test_the_earlier_answer_is_offered_where_it_still_fits(sign_in, url, org, alice, bob, program, ask):
    first = ask("What first?", kind="choice", options=["Pay", "Tools"])
    sign_up(program, bob, answers={first.pk: "Tools"})
    with inside(org):
        second = services.change_question(first, by=alice, options=["Pay", "Tools", "People"])
    page = sign_in(bob).get(url("join", program.pk)).content.decode()
    assert f'name="question_{second.pk}" value="Tools"' in page
    assert page.count("checked") == 1
    with inside(org):
        services.change_question(second, by=alice, options=["Pay", "People"])
    assert "checked" not in sign_in(bob).get(url("join", program.pk)).content.decode()


def test_what_can_no_longer_be_compared_counts_no_more(org, alice, bob, program, ask):
    question = ask("Where?", kind="choice", options=["Here", "There"])
    sign_up(program, bob, answers={question.pk: "Here"})
    with inside(org):
        stored = Program.objects.get(pk=program.pk)
        stored.criteria = {
            **stored.criteria, "questions": [{"question": question.pk, "compare": "equal", "weight": 3}],
        }  # fmt: skip
        stored.save()
        services.change_question(question, by=alice, kind="hours", options=[])
        assert Program.objects.get(pk=program.pk).criteria["questions"] == []


def test_two_who_change_the_same_question(admin, sign_in, url, org, program, ask):
    question = ask("One")
    seen = admin.get(url("question_edit", question.pk)).context["form"].initial["seen"]
    mine = QUESTION | {"text": "Mine", "seen": seen}
    carol = sign_in(make_member(org, "Carol", is_admin=True))
    assert carol.post(url("question_edit", question.pk), QUESTION | {"text": "Hers", "seen": seen}).status_code == 302
    answer = admin.post(url("question_edit", question.pk), mine)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Somebody else has changed this question meanwhile." in page
    assert 'value="Mine"' in page
    again = mine | {"seen": answer.context["form"].data["seen"]}
    assert admin.post(url("question_edit", question.pk), again).status_code == 302
    with inside(org):
        assert Question.objects.get(pk=question.pk).text == "Mine"


# Who reads what.


@pytest.fixture
def said(org, alice, program, ask):
    """Theo, whom Maya mentors, has answered three questions, each for other readers."""
    questions = [ask(f"For {who}?", visible_to=who, audience="mentee") for who in ("admins", "match", "everybody")]
    mentorship = make_pair(program, alice)
    with inside(org):
        people = Enrolment.objects.select_related("member__user").filter(program=program)
        theo, maya = people.get(role="mentee"), people.get(role="mentor")
        for question in questions:
            Answer.objects.create(enrolment=theo, question=question, value=f"secret of {question.visible_to}")
    return mentorship, theo, maya, questions


SECRETS = ["secret of admins", "secret of match", "secret of everybody"]


def secrets(answer):
    page = answer.content.decode()
    return [each for each in SECRETS if each in page]


def test_the_field_says_who_reads_it(sign_in, url, bob, program, said):
    page = sign_in(bob).get(url("join", program.pk) + "?role=mentee").content.decode()
    assert "programme admins, and whoever you are matched with" in page
    assert "everybody in the programme" in page


def test_each_reads_what_is_for_them(sign_in, url, org, alice, bob, program, said):
    mentorship, theo, maya, _questions = said
    assert secrets(sign_in(alice).get(url("enrolment", theo.pk))) == SECRETS
    mentor = sign_in(maya.member)
    assert secrets(mentor.get(url("respond", mentorship.pk))) == SECRETS[1:]
    with inside(org):
        services.accept(mentorship.participants.get(enrolment=maya), by=maya.member)
        services.accept(mentorship.participants.get(enrolment=theo), by=theo.member)
    assert secrets(mentor.get(url("mentorship", mentorship.pk))) == SECRETS[1:]
    assert secrets(mentor.get(url("question_answers", program.pk))) == SECRETS[2:]
    for page in ("detail", "join", "timeline_csv", "timeline"):
        pk = mentorship.pk if page.startswith("timeline") else program.pk
        assert secrets(mentor.get(url(page, pk), follow=True)) == []
    # Somebody who takes part and is nobody's match; a colleague who doesn't; and one's own answers.
    carol = make_member(org, "Carol")
    with inside(org):
        services.enrol(Program.objects.get(pk=program.pk), carol, role="mentee", by=alice, skills=["Go"])
    other = sign_in(carol)
    assert secrets(other.get(url("question_answers", program.pk))) == SECRETS[2:]
    assert other.get(url("mentorship", mentorship.pk)).status_code == 404
    assert other.get(url("enrolment", theo.pk)).status_code == 403
    assert sign_in(bob).get(url("question_answers", program.pk)).status_code == 403
    assert "What people say about themselves" in other.get(url("detail", program.pk)).content.decode()


def test_a_mentor_learns_nothing_from_the_api(org, program, said):
    mentorship, theo, maya, _questions = said
    client = APIClient()
    client.force_login(maya.member.user)
    for path, status in (
        ("enrolments/", 200), (f"enrolments/{theo.pk}/", 404), ("mentorships/", 200),
        (f"mentorships/{mentorship.pk}/", 200), (f"programs/{program.pk}/", 200),
    ):  # fmt: skip
        answer = client.get(reverse("api:program-list", args=["northwind"]).replace("programs/", path))
        assert answer.status_code == status
        assert secrets(answer) == []


def test_a_wider_version_opens_no_old_answer_and_a_narrower_one_closes_it(org, alice, program, said):
    _mentorship, theo, _maya, (admins, match, everybody) = said
    with inside(org):
        services.change_question(admins, by=alice, visible_to="everybody")
        services.change_question(everybody, by=alice, visible_to="match")
        newer = services.change_question(match, by=alice, text="For your match?")

        def seen(of):
            return [each.value for each in answers_seen([theo], of=of).get(theo.pk, [])]

        assert seen(["everybody"]) == []
        assert seen(["everybody", "match"]) == ["secret of match", "secret of everybody"]
        # Of two versions the newer that was answered shows.
        Answer.objects.create(enrolment=theo, question=newer, value="newer")
        assert sorted(seen(["everybody", "match"])) == ["newer", "secret of everybody"]


# The builder for other formats, and the preview.


def test_where_all_are_alike_there_is_nobody_else_to_ask(admin, url, org, alice):
    program = make_program(alice, format="peer")
    page = admin.get(url("question_create", program.pk)).content.decode()
    assert 'name="audience"' not in page
    assert admin.post(url("question_create", program.pk), QUESTION).status_code == 302
    with inside(org):
        assert Question.objects.get().audience == "both"
    assert "Why now?" in admin.get(url("question_preview", program.pk)).content.decode()
    assert "asked of everybody" in admin.get(url("questions", program.pk)).content.decode()


def test_the_preview_shows_each_role_its_questions_and_keeps_nothing(admin, url, org, program, ask):
    ask("Only mentors?", audience="mentor")
    ask("Only mentees?", audience="mentee")
    mentor = admin.get(url("question_preview", program.pk) + "?role=mentor").content.decode()
    mentee = admin.get(url("question_preview", program.pk) + "?role=mentee").content.decode()
    assert ("Only mentors?" in mentor, "Only mentees?" in mentor) == (True, False)
    assert ("Only mentors?" in mentee, "Only mentees?" in mentee) == (False, True)
    assert admin.post(url("question_preview", program.pk), MENTEE).status_code == 405
    assert admin.get(url("question_preview", program.pk) + "?role=cook").status_code == 200
    with inside(org):
        assert not Enrolment.objects.exists()
