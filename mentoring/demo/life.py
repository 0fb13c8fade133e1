"""What people do in their mentorships: agree, set goals, write to each other, read, answer, look back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model, OuterRef, Subquery
from django.utils import timezone

from accounts.models import Member
from feedback import concerns, helping
from feedback.models import Concern, ConcernEntry, Survey, SurveyInvitation, SurveyQuestion
from feedback.surveying import answering, building
from mentoring.jobs.models import Job
from programs import emails
from programs.models import (
    Agreement,
    AgreementAcceptance,
    Certificate,
    ChatMessage,
    ClosingReview,
    Enrolment,
    Goal,
    Mentorship,
    MentorshipEvent,
    Objective,
    Participant,
    Program,
    Resource,
    Role,
    Stage,
)
from programs.services import (
    add_question,
    agreements,
    announcements,
    ask_for_change,
    chat,
    closing,
    end_mentorship,
    goals,
    lifelines,
    planning,
    resources,
    staging,
)
from programs.services.agreements import Terms
from programs.services.closing import LookBack
from programs.services.goals import Wanted
from sessions.models import JournalEntry, Session
from sessions.services import actions, journal, write_notes

from . import words

if TYPE_CHECKING:
    from .northwind import Northwind


def build(demo: Northwind) -> None:
    """After all else, with dice of its own, so that what was there before stays as it is."""
    demo.random = random.Random(5)  # noqa: S311  (a demo, not a secret)
    program = Program.objects.get(name="Grow together")
    plan(demo, program)
    reading(demo, program)
    running = list(Mentorship.objects.filter(program=program).active().order_by("pk"))
    own = next(each for each in running if all(part.enrolment.member.user_id for part in parts(each).values()))
    the_pair(demo, own)
    for number, mentorship in enumerate([each for each in running if each.pk != own.pk][:30]):
        others(demo, mentorship, number)
    for survey in building.copy_from_format(program, by=demo.admin):
        if survey.moment == Survey.Moment.MIDDLE:
            building.open_survey(survey, by=demo.admin)
    asked_today(demo)
    asked_at_the_start(demo)
    for name in ("Leadership pairs 2025", "Digital reverse mentoring"):
        looked_back(demo, Program.objects.get(name=name))
    earlier_guide(demo, parts(own)[Role.MENTEE].enrolment.member)
    worries(demo, own)
    stages(demo)
    ended = Mentorship.objects.filter(pk=OuterRef("mentorship_id")).values("ended_at")
    Certificate.objects.update(issued_at=Subquery(ended[:1]))
    # Of what the mentor has read by now, no letter waits.
    for part in parts(own).values():
        if part.role == Role.MENTOR:
            chat.mark_read(own, by=part.enrolment.member)


# What the admin prepared


def plan(demo: Northwind, program: Program) -> None:
    """Checked, with a sponsor and somebody to tell in confidence; three objectives; two questions of its own."""
    planning.answer_readiness(
        program,
        answers={"sponsor": "yes", "time": "yes", "people": "yes", "budget": "partly", "safeguarding": "yes"},
        sponsor=demo.owner,
        safeguarding_contact=Member.objects.get(email="hr@northwind.example"),
        by=demo.admin,
    )
    for text, measure, baseline, target in words.OBJECTIVES:
        planning.add_objective(
            program, text=text, measure=measure, baseline=baseline, target=target,
            own_measure=words.OWN_MEASURE if measure == Objective.Measure.OWN else "", by=demo.admin,
        )  # fmt: skip
    change = add_question(program, by=demo.admin, text="Are you about to change your job?", kind="choice",
                          options=["Yes, soon", "Perhaps", "No"], audience="mentee", visible_to="match")  # fmt: skip
    add_question(program, by=demo.admin, text="Into which kind of work?", kind="text", audience="mentee",
                 visible_to="match", shown_if=change, shown_if_values=["Yes, soon", "Perhaps"])  # fmt: skip


def stages(demo: Northwind) -> None:
    """As the nights since each launch would have left them."""
    staging.begin_due_stages(on=demo.today)
    for stage in Stage.objects.filter(begun_at__isnull=False, starts_on__lt=demo.today):
        put_at(stage, begun_at=demo.at(stage.starts_on))
    for stage in Stage.objects.filter(ended_at__date=demo.today):
        after = Stage.objects.filter(program=stage.program_id, begun_at__gt=stage.begun_at).order_by("begun_at").first()
        if after is not None and after.begun_at is not None:
            put_at(stage, ended_at=after.begun_at)


def reading(demo: Northwind, program: Program) -> None:
    """A guide for each role came with the launch; a link, a text and a file beside it, and who has read what."""
    for fields in words.RESOURCES:
        content = fields.get("content")
        upload = SimpleUploadedFile(fields["file"], content.encode()) if content else None
        given = {name: value for name, value in fields.items() if name not in ("content", "file")}
        resources.add_resource(program, upload=upload, by=demo.admin, **given)
    there = list(Resource.objects.filter(program=program, removed_at__isnull=True))
    for enrolment in Enrolment.objects.filter(program=program).active().select_related("member").order_by("pk")[:24]:
        for resource in there:
            if resource.role in ("", enrolment.role) and demo.random.random() < 0.55:
                resources.mark_read(resource, by=enrolment.member)
    for days, (title, body, role) in zip((33, 6), words.ANNOUNCEMENTS, strict=True):
        sent = announcements.announce(program, title=title, body=body, role=role, by=demo.admin)
        # Its job would write to hundreds whom nobody can sign in as.
        Job.objects.get(kind="programs.announce", subject=f"announcement:{sent.pk}").finish(Job.Status.DONE)
        for member in announcements.readers(program, role).filter(user__isnull=False):
            emails.announced(sent, to=member)
        put_at(sent, sent_at=ago(demo, days))


# Mentorships


def the_pair(demo: Northwind, mentorship: Mentorship) -> None:
    """Those one can sign in as: everything that two people can do in five weeks."""
    pair = parts(mentorship)
    mentor, mentee = pair[Role.MENTOR].enrolment.member, pair[Role.MENTEE].enrolment.member
    agreed(demo, mentorship, mentee, mentor, days=33)
    terms = agreements.standings_of(mentorship)[0].agreement
    second = agreements.write_agreement(
        mentorship,
        Terms(terms.aims, words.RHYTHM_LATER, terms.confidentiality, terms.ending),
        after=1,
        by=mentor,
    )
    agreements.accept_agreement(mentorship, version=2, by=mentee)
    put_at(second, written_at=ago(demo, 12))
    AgreementAcceptance.objects.filter(agreement=second).update(accepted_at=ago(demo, 11))
    for text, measure, why, baseline, target, unit, due, steps in words.GOALS_OF_THE_PAIR:
        goal = goals.add_goal(
            mentorship,
            Wanted(text=text, measure=measure, why=why, baseline=baseline, target=target, unit=unit,
                   due_on=demo.today + timedelta(days=due)),
            owner=mentee, milestones=steps, by=mentee,
        )  # fmt: skip
        put_at(goal, made_at=ago(demo, 31))
        for days, value, note in words.PROGRESS.get(text, ()):
            put_at(goals.note_progress(goal, value=value, note=note, by=mentee), at=ago(demo, days))
        for number, step in enumerate(goal.milestones.all()[:2]):
            put_at(goals.tick_milestone(step, done=True, by=mentee), done_at=ago(demo, 20 - 9 * number))
    done = Goal.objects.get(mentorship=mentorship, text=words.GOALS_OF_THE_PAIR[-1][0])
    goals.close_goal(done, status=Goal.Status.REACHED, score=9, by=mentee)
    put_at(done, closed_at=ago(demo, 4))
    for days, by, text in words.JOURNAL:
        entry = journal.write_entry(mentorship, text=text, by=mentee if by == "mentee" else mentor)
        JournalEntry.objects.filter(pk=entry.pk).update(written_at=ago(demo, days))
    for number, (days, by, text, file) in enumerate(words.MESSAGES):
        files = [SimpleUploadedFile(file, words.NOTES_FILE.encode())] if file else []
        sent = chat.send_message(
            mentorship, text=text, uploads=files, token=UUID(int=number + 1), by=mentee if by == "mentee" else mentor
        )
        ChatMessage.objects.filter(pk=sent.pk).update(sent_at=ago(demo, days, hour=12 + number % 5))
    last = Session.objects.filter(mentorship=mentorship, status=Session.Status.HELD).order_by("-starts_at").first()
    if last is not None:
        write_notes(last, private_note=words.PRIVATE_NOTE, shared_note=words.SHARED_NOTE, by=mentee)
    for text, mine, due, is_done in words.ACTIONS:
        item = actions.add_action(
            mentorship, text=text, owner=mentee if mine else mentor, due_on=demo.today + timedelta(days=due), by=mentee,
            session=last,
        )  # fmt: skip
        if is_done:
            actions.tick_action(item, done=True, by=item.owner)


def others(demo: Northwind, mentorship: Mentorship, number: int) -> None:
    """Most agree and set a goal; some haven't yet, one pauses, one goes on longer, one asks for somebody else."""
    pair = parts(mentorship)
    mentor, mentee = pair[Role.MENTOR].enrolment.member, pair[Role.MENTEE].enrolment.member
    if number % 5 != 4:
        agreed(demo, mentorship, mentee, mentor, days=30, answered=number % 5 != 3)
    if number % 4 != 3:
        goal = a_goal(demo, mentorship, mentee, made_on=demo.today - timedelta(days=28))
        if number % 2:
            put_at(goals.note_progress(goal, value=Decimal(2), note="", by=mentee), at=ago(demo, 9))
    if number == 5:
        lifelines.pause(mentorship, until=demo.today + timedelta(days=24), by=mentee)
    elif number == 8:
        lifelines.extend(mentorship, to=demo.today + timedelta(days=200), by=mentor)
    elif number == 11:
        ask_for_change(pair[Role.MENTEE], reason=words.CHANGE, by=mentee)
    elif number == 14:
        end_mentorship(mentorship, reason=words.ENDED, by=mentee)
        lifelines.add_lessons(mentorship, text=words.LESSONS, by=mentee)
    elif number == 17:
        helping.nudge(mentorship, note=words.NUDGE, by=demo.admin)
    elif number == 20:
        # Its last days have come, so both are asked to look back.
        lifelines.extend(mentorship, to=demo.today + timedelta(days=4), by=mentor)
    MentorshipEvent.objects.filter(mentorship=mentorship).update(at=ago(demo, 3))


def agreed(
    demo: Northwind, mentorship: Mentorship, mentee: Member, mentor: Member, *, days: int, answered: bool = True
) -> None:
    usual = agreements.proposed_terms(mentorship)
    written = agreements.write_agreement(
        mentorship,
        Terms(demo.random.choice(words.AIMS), usual.rhythm, usual.confidentiality, usual.ending),
        after=0,
        by=mentee,
    )
    if answered:
        agreements.accept_agreement(mentorship, version=1, by=mentor)
    Agreement.objects.filter(pk=written.pk).update(written_at=ago(demo, days))
    AgreementAcceptance.objects.filter(agreement=written).update(accepted_at=ago(demo, days - 1))


def a_goal(demo: Northwind, mentorship: Mentorship, mentee: Member, *, made_on: date) -> Goal:
    """One goal in numbers, from nothing to its target."""
    text, measure, unit, target = words.GOALS[mentorship.pk % len(words.GOALS)]
    wanted = Wanted(
        text=text, measure=measure, unit=unit, baseline=Decimal(0), target=Decimal(target),
        due_on=made_on + timedelta(days=150),
    )  # fmt: skip
    goal = goals.add_goal(mentorship, wanted, owner=mentee, by=mentee)
    put_at(goal, made_at=demo.at(made_on))
    return goal


def a_goal_of_the_past(demo: Northwind, mentorship: Mentorship, mentee: Member, *, started_on: date) -> None:
    """Set in the second week and moved on until its end; called while the mentorship still runs."""
    dice = random.Random(mentorship.pk)  # noqa: S311  (as above)
    if dice.random() < 0.3:
        return
    goal = a_goal(demo, mentorship, mentee, made_on=started_on + timedelta(days=10))
    reached = 0.0
    for month in (1, 3, 5):
        reached += dice.uniform(0, 0.5)
        value = Decimal(round(float(goal.target or 0) * min(1.0, reached)))
        moved = goals.note_progress(goal, value=value, note="", by=mentee)
        put_at(moved, at=demo.at(started_on + timedelta(days=30 * month)))
    status = Goal.Status.REACHED if reached >= 1 else Goal.Status.PARTLY
    goals.close_goal(goal, status=status, score=min(10, round(10 * reached)), by=mentee)
    put_at(goal, closed_at=demo.at(started_on + timedelta(days=155)))


def earlier_guide(demo: Northwind, mentee: Member) -> None:
    """The mentee one can sign in as was guided in their first weeks, and so has a certificate."""
    program = Program.objects.get(name="Welcome guides")
    began_on = demo.today - timedelta(days=400)
    guides = Enrolment.objects.filter(program=program, role=Role.MENTOR).active().exclude(member=mentee)
    guide = next(each.member for each in guides.select_related("member").order_by("pk") if each.member_id != mentee.pk)
    demo.mentorship(program, guide, mentee, started_on=began_on, sessions_wanted=3, days=90)
    own = Mentorship.objects.filter(program=program).involving(mentee).order_by("pk").last()
    if own is None or own.status != Mentorship.Status.COMPLETED:
        return
    for by, said in ((mentee, words.MENTEE_LOOKS_BACK), (guide, words.MENTOR_LOOKS_BACK)):
        review = closing.write_review(own, LookBack(**said), by=by)
        ClosingReview.objects.filter(pk=review.pk).update(written_at=demo.at(began_on + timedelta(days=90)))


# Surveys


def asked_today(demo: Northwind) -> None:
    """A question to everybody who chooses a mentor themselves: most mentees have answered, and hardly any mentor."""
    program = Program.objects.get(name="Skills exchange")
    survey = building.create_survey(
        program, name="Two weeks in", intro=words.SURVEY_INTRO, day=demo.today, by=demo.admin
    )
    for fields in words.SURVEY_QUESTIONS:
        building.add_question(survey, by=demo.admin, **fields)
    building.open_survey(survey, by=demo.admin, on=demo.today)
    # Those one can sign in as have it still before them.
    invited = survey.invitations.filter(enrolment__member__user__isnull=True).order_by("pk")
    asked = list(invited.select_related("enrolment__member"))
    answer(demo, [each for each in asked if each.enrolment.role == Role.MENTEE][:22])
    # So few that none of it can be told: it would tell of each.
    answer(demo, [each for each in asked if each.enrolment.role == Role.MENTOR][:3])


def asked_at_the_start(demo: Northwind) -> None:
    """Circles and peers have just begun, so their first survey is under way."""
    for name in ("Circles of the autumn", "Peers of one year"):
        program = Program.objects.get(name=name)
        for survey in building.copy_from_format(program, by=demo.admin):
            if survey.moment == Survey.Moment.START:
                building.open_survey(survey, by=demo.admin)
                asked = survey.invitations.select_related("enrolment__member").order_by("pk")
                answer(demo, [each for each in asked if demo.random.random() < 0.6])


def looked_back(demo: Northwind, program: Program) -> None:
    """What people of a programme that is over said at its start and at its end, and how they looked back."""
    done = Mentorship.objects.filter(program=program, status=Mentorship.Status.COMPLETED).order_by("pk")
    people = list(Participant.objects.met().filter(mentorship__in=done).select_related("enrolment__member"))
    people.sort(key=lambda part: part.pk)
    answering_people = {part.pk for part in people if demo.random.random() < 0.4}
    for survey in building.copy_from_format(program, by=demo.admin):
        if survey.moment == Survey.Moment.MIDDLE:
            building.remove_survey(survey, by=demo.admin)
            continue
        building.open_survey(survey, by=demo.admin)
        asked = SurveyInvitation.objects.bulk_create(
            SurveyInvitation(survey=survey, enrolment=part.enrolment, mentorship=part.mentorship,
                             closes_at=timezone.now() + timedelta(days=1))
            for part in people
        )  # fmt: skip
        is_end = survey.moment == Survey.Moment.END
        chosen = [each for part, each in zip(people, asked, strict=True) if part.pk in answering_people]
        answer(demo, chosen, gain=1 if is_end else 0)
        answering.close_survey(survey, by=demo.admin)
        assert program.starts_on is not None
        assert program.ends_on is not None
        sent = demo.at(program.ends_on if is_end else program.starts_on + timedelta(days=21))
        survey.invitations.update(sent_at=sent, closes_at=sent + timedelta(days=15))
        survey.invitations.filter(answered_at__isnull=False).update(answered_at=sent + timedelta(days=2))
        Survey.objects.filter(pk=survey.pk).update(
            made_at=sent - timedelta(days=40), opened_at=sent, closed_at=sent + timedelta(days=15)
        )
    for number, part in enumerate(people[:20]):
        said = words.MENTEE_LOOKS_BACK if part.role == Role.MENTEE else words.MENTOR_LOOKS_BACK
        review = closing.write_review(
            part.mentorship, LookBack(**said | {"would_mentor": number % 3 != 2}), by=part.enrolment.member
        )
        ClosingReview.objects.filter(pk=review.pk).update(written_at=demo.at(program.ends_on))


def answer(demo: Northwind, invitations: Iterable[SurveyInvitation], *, gain: int = 0) -> None:
    """Each in their name; now and then somebody skips a question or writes a line."""
    questions: dict[int, list[SurveyQuestion]] = {}
    for invitation in invitations:
        asked = questions.setdefault(invitation.survey_id, list(invitation.survey.questions.all()))
        said = {question.pk: _said(demo, question, invitation.enrolment, gain=gain) for question in asked}
        answering.answer_survey(invitation, answers=said, by=invitation.enrolment.member)


def _said(demo: Northwind, question: SurveyQuestion, enrolment: Enrolment, *, gain: int) -> Any:
    kind, dice = question.kind, demo.random
    if kind == SurveyQuestion.Kind.SCALE:
        return min(5, dice.choice([2, 3, 3, 4, 4, 5]) + gain)
    if kind == SurveyQuestion.Kind.RECOMMEND:
        return dice.choice([5, 6, 7, 8, 8, 9, 9, 10, 10])
    if kind == SurveyQuestion.Kind.CHOICE:
        return dice.choice(question.options)
    if kind == SurveyQuestion.Kind.CHOICES:
        return dice.sample(question.options, 2)
    if kind == SurveyQuestion.Kind.SKILLS:
        skills = enrolment.skills.order_by("pk").values_list("skill_id", flat=True)[:3]
        return {str(pk): min(5, dice.choice([2, 2, 3, 3]) + gain * dice.choice([0, 1, 1, 2])) for pk in skills}
    return dice.choice(words.FREE_TEXT) if dice.random() < 0.25 else None


# In confidence


def worries(demo: Northwind, mentorship: Mentorship) -> None:
    """Two concerns, of which only the contact and whoever raised it know."""
    program = mentorship.program
    contact = Member.objects.get(email="hr@northwind.example")
    mentee = parts(mentorship)[Role.MENTEE].enrolment.member
    answered = concerns.raise_concern(program, text=words.CONCERN, to=contact, by=mentee)
    concerns.answer(answered, text=words.CONCERN_ANSWER, by=contact)
    Concern.objects.filter(pk=answered.pk).update(raised_at=ago(demo, 6), acknowledged_at=ago(demo, 5))
    ConcernEntry.objects.filter(concern=answered).update(at=ago(demo, 5))
    somebody = Enrolment.objects.filter(program=program, member__user__isnull=True).active().order_by("pk")[7].member
    fresh = concerns.raise_concern(program, text=words.FRESH_CONCERN, to=contact, by=somebody)
    Concern.objects.filter(pk=fresh.pk).update(raised_at=ago(demo, 1))


# Small helpers


def parts(mentorship: Mentorship) -> dict[str, Participant]:
    found = Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member", "mentorship__program")
    return {part.role: part for part in found}


def ago(demo: Northwind, days: int, *, hour: int = 10) -> datetime:
    return datetime.combine(demo.today - timedelta(days=days), time(hour), demo.admin.zone)


def put_at(row: Model, **moments: datetime) -> None:
    """Services act now; what they wrote is said to be of the day that is told."""
    type(row)._default_manager.filter(pk=row.pk).update(**moments)
