"""The REST API's programmes, enrolments and mentorships."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import PersonSerializer
from accounts.models import Member, Skill
from accounts.rules import allows
from accounts.services import skill_key
from mentoring.api.fields import LengthField, RowField
from mentoring.api.filters import IdFilter
from mentoring.api.views import OrganisationViewSet

from . import answers as answering
from . import services
from .formats import FORMATS
from .models import Answer, Enrolment, EnrolmentSkill, Mentorship, Participant, Program, Question, Role
from .wording import for_members, sentence

LARGEST_SMALL_INTEGER = 32767
# What JSON may hold and PostgreSQL may not: null bytes and halves of characters.
NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
FORMAT_CHOICES = [(key, str(each.name)) for key, each in FORMATS.items()]


def visible_programs(member: Member) -> Any:
    """Drafts are for those who manage programmes."""
    return Program.objects.all() if allows(member, "programs.manage") else Program.objects.launched()


def visible_enrolments(member: Member) -> Any:
    if allows(member, "programs.manage"):
        return Enrolment.objects.all()
    return Enrolment.objects.filter(member=member)


def visible_mentorships(member: Member) -> Any:
    if allows(member, "programs.manage"):
        return Mentorship.objects.all()
    return Mentorship.objects.involving(member)


# Programmes


class QuestionSerializer(serializers.ModelSerializer):
    """A question of the sign-up page."""

    options = serializers.ListField(child=serializers.CharField(), help_text="What to choose from, or to put in order.")
    shown_if = serializers.IntegerField(
        source="shown_if_id", allow_null=True, help_text="The id of the question whose answer decides about this one."
    )
    shown_if_values = serializers.ListField(
        child=serializers.CharField(), help_text="Asked only of those who gave one of these answers to it."
    )

    class Meta:
        model = Question
        fields = [
            "id", "text", "help_text", "kind", "options", "audience", "required", "visible_to", "shown_if",
            "shown_if_values", "version",
        ]  # fmt: skip
        read_only_fields = fields


class ProgramSerializer(serializers.ModelSerializer):
    """A mentoring scheme."""

    session_length = LengthField()
    rhythm = LengthField(help_text="The usual time between two sessions.")

    class Meta:
        model = Program
        fields = [
            "id", "name", "format", "objective", "description", "status", "starts_on", "ends_on", "needs_approval",
            "mentee_places", "default_capacity", "session_length", "rhythm", "created_at", "launched_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProgramWithQuestionsSerializer(ProgramSerializer):
    """A mentoring scheme with what its sign-up page asks beyond skills, languages and capacity."""

    questions = QuestionSerializer(many=True, source="asked")

    class Meta(ProgramSerializer.Meta):
        fields = [*ProgramSerializer.Meta.fields, "questions"]
        read_only_fields = fields


class ProgramFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Program.Status.choices, help_text="In this state.")
    format = django_filters.ChoiceFilter(choices=FORMAT_CHOICES, help_text="Of this format.")


@extend_schema_view(
    list=extend_schema(summary="List programmes"),
    retrieve=extend_schema(summary="Show a programme and what its sign-up page asks"),
)
class ProgramViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """The programmes of the organisation. Drafts are shown to those who manage programmes."""

    filterset_class = ProgramFilter
    needs = {
        "launch": "programs.manage",
        "close_sign_up": "programs.manage",
        "reopen_sign_up": "programs.manage",
        "close": "programs.manage",
    }
    refusals = (services.ProgramProblem,)
    tag = "Programmes"

    def get_serializer_class(self) -> Any:
        return ProgramSerializer if self.action == "list" else ProgramWithQuestionsSerializer

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Program.objects.none()
        programs = visible_programs(self.member)
        if self.action == "list":
            return programs
        asked = Question.objects.filter(retired_at__isnull=True)
        return programs.prefetch_related(Prefetch("questions", asked, to_attr="asked"))

    @extend_schema(summary="Launch a programme", request=None)
    @action(detail=True, methods=["post"])
    def launch(self, request: Request, org: str, pk: int) -> Response:
        """Open a draft for sign-up. Launching it twice launches it once."""
        program = self.get_object()
        services.launch(program, by=self.member)
        return self.answer(program.pk)

    @extend_schema(summary="Close sign-up", request=None)
    @action(detail=True, methods=["post"], url_path="close-sign-up")
    def close_sign_up(self, request: Request, org: str, pk: int) -> Response:
        """Let nobody else sign up; all the rest goes on."""
        program = self.get_object()
        services.close_sign_up(program, by=self.member)
        return self.answer(program.pk)

    @extend_schema(summary="Reopen sign-up", request=None)
    @action(detail=True, methods=["post"], url_path="reopen-sign-up")
    def reopen_sign_up(self, request: Request, org: str, pk: int) -> Response:
        """Let people sign up again."""
        program = self.get_object()
        services.reopen_sign_up(program, by=self.member)
        return self.answer(program.pk)

    @extend_schema(summary="Close a programme", request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, org: str, pk: int) -> Response:
        """Close a programme for good: mentorships are completed, offers and waiting sign-ups end, everybody is told."""
        program = self.get_object()
        services.close_program(program, by=self.member)
        return self.answer(program.pk)


# Enrolments


class HoursField(serializers.ListField):
    """A window of each week: weekday (0 is Monday), first minute of the day, last minute of the day."""

    child = serializers.IntegerField(min_value=0, max_value=1440)
    default_error_messages = {
        "window": "Write weekday (0 to 6), first minute and a later last minute, such as [0, 540, 720]."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=3, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        window = super().run_validation(data)
        weekday, start, end = window
        if weekday > 6 or not start < end:
            self.fail("window")
        return window


class AnswerSerializer(serializers.ModelSerializer):
    """What somebody answered to a question."""

    question = serializers.IntegerField(source="question_id", help_text="The id of the question.")
    text = serializers.CharField(source="question.text", help_text="The question as it was asked.")
    value = serializers.JSONField(help_text="Text, a number or a list, depending on the kind of the question.")

    class Meta:
        model = Answer
        fields = ["question", "text", "value"]
        read_only_fields = fields


class EnrolmentSerializer(serializers.ModelSerializer):
    """A member's place in a programme, as mentor or as mentee."""

    program = serializers.IntegerField(source="program_id", help_text="The id of the programme.")
    member = PersonSerializer()
    skills = serializers.SerializerMethodField(
        help_text="What a mentor offers, or a mentee wants to learn, the most important first."
    )
    languages = serializers.ListField(child=serializers.CharField())
    free_hours = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Windows of each week: weekday (0 is Monday), first and last minute, in the member’s own time zone.",
    )
    answers = AnswerSerializer(many=True)

    class Meta:
        model = Enrolment
        fields = [
            "id", "program", "member", "role", "status", "skills", "capacity", "hours_per_month", "languages",
            "free_hours", "goal", "preference", "note", "answers", "applied_at", "joined_at", "ended_at",
            "decision_reason",
        ]  # fmt: skip
        read_only_fields = fields

    def get_skills(self, enrolment: Enrolment) -> list[str]:
        return [each.skill.name for each in enrolment.skills.all()]


class AnswerGivenSerializer(serializers.Serializer):
    """An answer to a question of the sign-up page."""

    question = serializers.IntegerField(min_value=1, help_text="The id of the question.")
    value = serializers.JSONField(
        help_text="Text; one of the options; a list of options; a whole number from 1 to 5; all options, the first choice "
        "first; [[skill, level from 1 to 3], …]; or [[weekday, first minute, last minute], …], as the question’s kind is."
    )


class SignUpSerializer(serializers.Serializer):
    """Somebody who signs up, or is signed up by a programme admin."""

    program = RowField(visible_programs, help_text="The id of the programme.")
    member = serializers.IntegerField(
        min_value=1, required=False, help_text="The id of the member; without it, you. Others need `programs.manage`."
    )
    role = serializers.ChoiceField(
        choices=Role.choices, help_text="One of those that the programme’s format has: peer where all are alike."
    )
    skills = serializers.ListField(
        child=serializers.CharField(max_length=80),
        max_length=20,
        required=False,
        help_text="What a mentor offers, or a mentee wants to learn, the most important first.",
    )
    languages = serializers.ListField(child=serializers.CharField(max_length=40), max_length=12, required=False)
    free_hours = serializers.ListField(
        child=HoursField(),
        max_length=50,
        required=False,
        help_text="Windows of each week: weekday (0 is Monday), first and last minute, in the member’s own time zone.",
    )
    capacity = serializers.IntegerField(
        min_value=1, max_value=20, required=False, help_text="Whoever mentors: how many at once; else the programme’s."
    )
    tier = serializers.IntegerField(
        min_value=0,
        max_value=7,
        required=False,
        help_text="In a cascade, of somebody without a level: 0 is the top tier.",
    )
    hours_per_month = serializers.IntegerField(
        min_value=0, max_value=LARGEST_SMALL_INTEGER, required=False, allow_null=True
    )
    goal = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    preference = serializers.ChoiceField(choices=Enrolment.Preference.choices, required=False, allow_blank=True)
    note = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="Anything the programme admin should know."
    )
    answers = AnswerGivenSerializer(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Name the member, and take only answers to what this sign-up page asks, each of its own kind."""
        by = self.context["request"].member
        pk = attrs.pop("member", by.pk)
        if pk != by.pk and not allows(by, "programs.manage"):
            raise PermissionDenied
        member = Member.objects.filter(pk=pk).first()
        if member is None:
            raise serializers.ValidationError({"member": [f"There is no member {pk}."]})
        answers = {each["question"]: each["value"] for each in attrs.pop("answers", [])}
        asked = list(Question.objects.for_role(attrs["role"]).filter(program=attrs["program"]))
        known = _known_skills(asked, answers)
        shown = answering.asked(asked, answers)
        wrong = {}
        for question in asked:
            given = answers.get(question.pk)
            if given in answering.NOTHING:
                if question.required and question.pk in shown and pk == by.pk:
                    wrong[str(question.pk)] = ["This question must be answered."]
            elif not _suits(question, given, known):
                wrong[str(question.pk)] = ["This is not an answer to a question of this kind."]
        for pk_given in answers.keys() - {question.pk for question in asked}:
            wrong[str(pk_given)] = ["This question is not asked here."]
        if wrong:
            raise serializers.ValidationError({"answers": wrong})
        return {**attrs, "member": member, "answers": answers}


def _suits(question: Question, value: Any, known: Collection[str]) -> bool:
    """Whether a value is an answer of the question's kind."""
    return answering.suits(question, value, known=known) and not (isinstance(value, str) and NOT_TEXT.search(value))


def _known_skills(asked: Iterable[Question], answers: Mapping[int, Any]) -> set[str]:
    """Those of the skills named in answers that the organisation knows."""
    named = {
        skill_key(each[0])
        for question in asked
        if question.kind == Question.Kind.SKILLS and isinstance(given := answers.get(question.pk), list)
        for each in given[: answering.MOST_SKILLS]
        if isinstance(each, list) and each and isinstance(each[0], str) and not NOT_TEXT.search(each[0])
    }
    return set(Skill.objects.filter(key__in=named).values_list("key", flat=True)) if named else set()


class ReasonSerializer(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class EnrolmentFilter(django_filters.FilterSet):
    program = IdFilter(help_text="In this programme.")
    member = IdFilter(help_text="Of this member.")
    role = django_filters.ChoiceFilter(choices=Role.choices, help_text="In this role.")
    status = django_filters.ChoiceFilter(choices=Enrolment.Status.choices, help_text="In this state.")


@extend_schema_view(
    list=extend_schema(summary="List enrolments"),
    retrieve=extend_schema(summary="Show an enrolment"),
)
class EnrolmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """Who takes part in which programme: everybody’s for those who manage programmes, else your own."""

    serializer_class = EnrolmentSerializer
    filterset_class = EnrolmentFilter
    needs = {"approve": "programs.manage", "decline": "programs.manage"}
    refusals = (services.ProgramProblem,)
    tag = "Enrolments"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Enrolment.objects.none()
        return (
            visible_enrolments(self.member)
            .select_related("member", "program")
            .prefetch_related(
                Prefetch("skills", EnrolmentSkill.objects.select_related("skill")),
                Prefetch("answers", Answer.objects.select_related("question")),
            )
        )

    @extend_schema(summary="Sign up", request=SignUpSerializer, responses={201: EnrolmentSerializer})
    def create(self, request: Request, org: str) -> Response:
        """Sign yourself up, or somebody else as a programme admin: enrolled, to be approved, or on the waiting list."""
        asked = self.asked(SignUpSerializer)
        program, member = asked.pop("program"), asked.pop("member")
        enrolment = services.enrol(program, member, **asked, by=self.member)
        return self.answer(enrolment.pk, status=201)

    @extend_schema(summary="Approve a sign-up", request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, org: str, pk: int) -> Response:
        """Give a place, or a place on the waiting list."""
        enrolment = self.get_object()
        services.approve(enrolment, by=self.member)
        return self.answer(enrolment.pk)

    @extend_schema(summary="Decline a sign-up", request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, org: str, pk: int) -> Response:
        """Say no to a sign-up; the member reads the reason."""
        enrolment = self.get_object()
        services.decline_enrolment(enrolment, **self.asked(ReasonSerializer), by=self.member)
        return self.answer(enrolment.pk)

    @extend_schema(summary="Withdraw from a programme", request=None)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, org: str, pk: int) -> Response:
        """Leave a programme: open mentorships end without blame, and the waiting list moves up."""
        enrolment = self.get_object()
        services.withdraw(enrolment, by=self.member)
        return self.answer(enrolment.pk)


# Mentorships


def looks_from_outside(member: Member, mentorship: Mentorship) -> bool:
    """Whether somebody who manages programmes takes no part: what the other said is not for an admin in the pair."""
    return allows(member, "programs.manage") and all(
        each.enrolment.member_id != member.pk for each in mentorship.participants.all()
    )


class ParticipantSerializer(serializers.ModelSerializer):
    """One member's part in a mentorship."""

    member = PersonSerializer(source="enrolment.member")
    enrolment = serializers.IntegerField(source="enrolment_id", help_text="The id of their enrolment.")
    decline_reason = serializers.SerializerMethodField(
        help_text="For those who manage programmes and take no part in it, else null."
    )

    class Meta:
        model = Participant
        fields = ["member", "enrolment", "role", "response", "responded_at", "decline_reason"]
        read_only_fields = fields

    def get_decline_reason(self, participant: Participant) -> str | None:
        outside = looks_from_outside(self.context["request"].member, participant.mentorship)
        return participant.decline_reason if outside else None


class MentorshipSerializer(serializers.ModelSerializer):
    """The relationship. It is offered first, and active once everybody in it has accepted."""

    program = serializers.IntegerField(source="program_id", help_text="The id of the programme.")
    participants = ParticipantSerializer(many=True)
    score = serializers.SerializerMethodField(
        help_text="From 0 to 1, for those who manage programmes and take no part in it, else null."
    )
    reasons = serializers.SerializerMethodField(
        help_text="What speaks for the pair; for admins also what speaks against."
    )
    end_reason = serializers.SerializerMethodField(
        help_text="For those who manage programmes and take no part in it, else null."
    )

    class Meta:
        model = Mentorship
        fields = [
            "id", "program", "status", "participants", "score", "reasons", "offered_at", "started_at", "ended_at",
            "end_reason",
        ]  # fmt: skip
        read_only_fields = fields

    def is_managed(self, mentorship: Mentorship) -> bool:
        return looks_from_outside(self.context["request"].member, mentorship)

    def get_score(self, mentorship: Mentorship) -> float | None:
        return mentorship.score if self.is_managed(mentorship) else None

    def get_reasons(self, mentorship: Mentorship) -> list[str]:
        if not self.is_managed(mentorship):
            return for_members(mentorship.reasons)
        return [text for each in mentorship.reasons if (text := sentence(each))]

    def get_end_reason(self, mentorship: Mentorship) -> str | None:
        return mentorship.end_reason if self.is_managed(mentorship) else None


class OfferSerializer(serializers.Serializer):
    """Two enrolled members to offer to each other."""

    mentor = RowField(visible_enrolments, help_text="The id of the mentor’s enrolment.")
    mentee = RowField(visible_enrolments, help_text="The id of the mentee’s enrolment, in the same programme.")


class MentorshipFilter(django_filters.FilterSet):
    program = IdFilter(help_text="In this programme.")
    member = IdFilter(method="with_member", help_text="In which this member takes part.")
    status = django_filters.ChoiceFilter(choices=Mentorship.Status.choices, help_text="In this state.")

    def with_member(self, mentorships: Any, name: str, value: int) -> Any:
        return mentorships.involving(value)


@extend_schema_view(
    list=extend_schema(summary="List mentorships"),
    retrieve=extend_schema(summary="Show a mentorship"),
)
class MentorshipViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """Who mentors whom: all for those who manage programmes, else your own."""

    serializer_class = MentorshipSerializer
    filterset_class = MentorshipFilter
    needs = {"create": "programs.manage"}
    refusals = (services.ProgramProblem,)
    tag = "Mentorships"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Mentorship.objects.none()
        people = Participant.objects.select_related("enrolment__member")
        return visible_mentorships(self.member).prefetch_related(Prefetch("participants", people))

    @extend_schema(summary="Offer a mentorship", request=OfferSerializer, responses={201: MentorshipSerializer})
    def create(self, request: Request, org: str) -> Response:
        """Offer two enrolled members to each other; it takes one of the mentor’s places until somebody says no."""
        asked = self.asked(OfferSerializer)
        mentorship = services.offer_mentorship(asked["mentor"].program, **asked, by=self.member)
        return self.answer(mentorship.pk, status=201)

    @extend_schema(summary="Accept an offer", request=None)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, org: str, pk: int) -> Response:
        """Say yes for yourself. Once everybody has, the mentorship is active."""
        mentorship = self.get_object()
        services.accept(self._own_part(mentorship), by=self.member)
        return self.answer(mentorship.pk)

    @extend_schema(summary="Decline an offer", request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, org: str, pk: int) -> Response:
        """Say no for yourself. The mentor’s place is free again; only programme admins read the reason."""
        mentorship = self.get_object()
        services.decline(self._own_part(mentorship), **self.asked(ReasonSerializer), by=self.member)
        return self.answer(mentorship.pk)

    @extend_schema(summary="End a mentorship early", request=ReasonSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, org: str, pk: int) -> Response:
        """End an offer or a running mentorship without blame; only programme admins read the reason."""
        mentorship = self.get_object()
        services.end_mentorship(mentorship, **self.asked(ReasonSerializer), by=self.member)
        return self.answer(mentorship.pk)

    @extend_schema(summary="Complete a mentorship", request=None)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, org: str, pk: int) -> Response:
        """Bring an active mentorship to its good end."""
        mentorship = self.get_object()
        services.complete_mentorship(mentorship, by=self.member)
        return self.answer(mentorship.pk)

    def _own_part(self, mentorship: Mentorship) -> Participant:
        own = next((each for each in mentorship.participants.all() if each.enrolment.member_id == self.member.pk), None)
        if own is None:
            raise PermissionDenied
        return own
