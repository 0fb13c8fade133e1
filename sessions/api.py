"""The REST API's sessions. Notes are not in it: they stay between those who wrote and those who may read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import django_filters
from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, mixins, serializers
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import PersonSerializer
from accounts.models import Member
from accounts.rules import allows
from mentoring.api.errors import Conflict, ProblemSerializer
from mentoring.api.fields import LengthField, RowField
from mentoring.api.filters import LARGEST_ID, IdFilter, TimeFilter
from mentoring.api.views import OrganisationViewSet
from programs.api import ReasonSerializer, visible_mentorships

from . import services
from .models import Attendance, Session
from .services import groups

MINUTE = timedelta(minutes=1)


def visible_sessions(member: Member) -> Any:
    """Own sessions; those who manage programmes see when and whether the others took place, not what they were about."""
    return Session.objects.all() if allows(member, "programs.manage") else Session.objects.involving(member)


class SlotSerializer(serializers.Serializer):
    """A time at which everybody is free."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class SlotProblemSerializer(ProblemSerializer):
    """Why a session was not booked, moved, cancelled or logged."""

    alternatives = SlotSerializer(
        many=True, required=False, help_text="Free times close to the one that was wanted, should that be taken."
    )


class AttendanceSerializer(serializers.ModelSerializer):
    """A member's place in a session, and what they said of it afterwards."""

    member = PersonSerializer()
    answer = serializers.SerializerMethodField(
        help_text="What they answered to the invitation to the session as it is now; empty without an answer."
    )
    report = serializers.ChoiceField(choices=Attendance.Report.choices, allow_blank=True, allow_null=True)

    @extend_schema_field(
        {"type": "string", "enum": ["", *Attendance.Answer.values, None], "nullable": True, "readOnly": True}
    )
    def get_answer(self, attendance: Attendance) -> str:
        return attendance.answer_to(attendance.session)

    class Meta:
        model = Attendance
        fields = ["member", "answer", "report"]
        read_only_fields = fields


class SessionSerializer(serializers.ModelSerializer):
    """One meeting of a mentorship. What it was about is for those who take part; others find null there."""

    CONFIDENTIAL = ("topic", "place", "cancel_reason")

    mentorship = serializers.IntegerField(
        source="mentorship_id", allow_null=True, help_text="The id of the mentorship; null for a group session."
    )
    program = serializers.IntegerField(source="scheme.pk", help_text="The id of the programme.")
    seats = serializers.IntegerField(
        allow_null=True, help_text="How many may join a group session, besides who leads it; null for a mentorship’s."
    )
    time_zone = serializers.CharField(source="zone_name", help_text="The zone in which the time was meant.")
    length = LengthField(allow_null=True, help_text="How long it took, once everybody has confirmed that it was held.")
    confirmation = serializers.ChoiceField(
        choices=Session.Confirmation.choices,
        allow_blank=True,
        help_text="How it is known that it was held; “one”: one has said so, and the others nothing for a week.",
    )
    attendances = AttendanceSerializer(many=True)
    topic = serializers.CharField(allow_null=True)
    place = serializers.CharField(allow_null=True)
    cancel_reason = serializers.CharField(allow_null=True)

    class Meta:
        model = Session
        fields = [
            "id", "mentorship", "program", "seats", "status", "confirmation", "starts_at", "ends_at", "time_zone", "length", "attendances", "topic",
            "place", "cancel_reason", "booked_at",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, session: Session) -> dict[str, Any]:
        shown = super().to_representation(session)
        member = self.context["request"].member
        if member.pk not in {attendance.member_id for attendance in session.attendances.all()}:
            shown.update(dict.fromkeys(self.CONFIDENTIAL))
            for attendance in shown["attendances"]:
                attendance["answer"] = attendance["report"] = None
        return shown


class BookingSerializer(serializers.Serializer):
    """A session to book."""

    mentorship = RowField(visible_mentorships, help_text="The id of an active mentorship in which you take part.")
    starts_at = serializers.DateTimeField(help_text="The beginning of one of its free slots.")
    length = LengthField(
        required=False, help_text="One of those that the programme allows; without it, its usual length."
    )
    place = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="Where, or the meeting link."
    )
    topic = serializers.CharField(max_length=200, required=False, allow_blank=True)


class MoveSerializer(serializers.Serializer):
    """Where to move a session."""

    starts_at = serializers.DateTimeField(help_text="The beginning of another free slot.")


class AnswerSerializer(serializers.Serializer):
    """Whether you come, or whether a session that somebody wished for suits you."""

    answer = serializers.ChoiceField(choices=Attendance.Answer.choices)
    reason = serializers.CharField(
        max_length=300, required=False, allow_blank=True, help_text="Why a wish does not suit; for those who wished."
    )


class LogSerializer(serializers.Serializer):
    """What you say of a session: whether it was held, and how long."""

    report = serializers.ChoiceField(choices=Attendance.Report.choices)
    length = LengthField(
        min_value=MINUTE,
        max_value=services.LONGEST,
        required=False,
        help_text="Without it, the length that was planned.",
    )


class SessionFilter(django_filters.FilterSet):
    mentorship = IdFilter(help_text="Of this mentorship.")
    program = IdFilter(method="of_program", help_text="Of this programme.")
    status = django_filters.ChoiceFilter(choices=Session.Status.choices, help_text="In this state.")
    starts_from = TimeFilter(field_name="starts_at", lookup_expr="gte", help_text="That start at this time or later.")
    starts_before = TimeFilter(field_name="starts_at", lookup_expr="lt", help_text="That start before this time.")

    def of_program(self, sessions: Any, name: str, value: int) -> Any:
        return sessions.filter(Q(mentorship__program=value) | Q(program=value))


class GroupSessionFilter(django_filters.FilterSet):
    program = IdFilter(help_text="Of this programme.")
    status = django_filters.ChoiceFilter(choices=Session.Status.choices, help_text="In this state.")
    starts_from = TimeFilter(field_name="starts_at", lookup_expr="gte", help_text="That start at this time or later.")
    starts_before = TimeFilter(field_name="starts_at", lookup_expr="lt", help_text="That start before this time.")


class SlotQuerySerializer(serializers.Serializer):
    """Whose free slots, and how far ahead."""

    mentorship = serializers.IntegerField(
        min_value=1, max_value=LARGEST_ID, help_text="The id of a mentorship in which you take part."
    )
    days = serializers.IntegerField(
        min_value=1, max_value=365, required=False, help_text="How many days ahead, within the programme’s own limit."
    )
    length = LengthField(
        min_value=MINUTE,
        max_value=services.LONGEST,
        required=False,
        help_text="One of those that the programme allows; without it, its usual length.",
    )


REPEATABLE = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Of your choice, up to 200 characters. For a day the same request with the same key gets the same answer, "
    "and nothing happens twice; another request with it is refused with 422.",
)


class KeyUsed(exceptions.APIException):
    """A key that came with another request."""

    status_code = 422
    default_code = "key_used"


def repeatable(act: Callable[..., Response]) -> Callable[..., Response]:
    """An action that may be asked for once more with the same Idempotency-Key."""

    @wraps(act)
    def once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return act(self, request, *args, **kwargs)
        if not 0 < len(key) <= 200:
            raise serializers.ValidationError({"Idempotency-Key": ["It takes from 1 to 200 characters."]})

        def answer() -> tuple[int, Any]:
            response = act(self, request, *args, **kwargs)
            return response.status_code, json.loads(JSONRenderer().render(response.data))

        asked = json.dumps([request.method, request.path, request.data], sort_keys=True, default=str)
        try:
            status, data = services.answer_once(key, asked=asked, by=self.member, act=answer)
        except services.KeyUsed as used:
            raise KeyUsed(str(used)) from used
        return Response(data, status=status)

    return once


@extend_schema_view(
    list=extend_schema(summary="List sessions"),
    retrieve=extend_schema(summary="Show a session"),
)
class SessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """Your sessions; for those who manage programmes, also when and whether those of others took place."""

    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    refusals = (services.SessionProblem,)
    conflict_serializer = SlotProblemSerializer
    tag = "Sessions"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return visible_sessions(self.member).with_people()

    def conflict(self, refusal: Exception) -> Conflict:
        conflict = super().conflict(refusal)
        if isinstance(refusal, services.SlotTaken):
            conflict.more["alternatives"] = _slots(refusal.alternatives)
        return conflict

    @extend_schema(
        summary="Book a session",
        request=BookingSerializer,
        responses={201: SessionSerializer},
        parameters=[REPEATABLE],
    )
    @repeatable
    def create(self, request: Request, org: str) -> Response:
        """Book one of the mentorship’s free slots; everybody gets an invitation by mail."""
        session = services.book_session(**self.asked(BookingSerializer), by=self.member)
        return self.answer(session.pk, status=201)

    @extend_schema(
        summary="List the free slots of a mentorship",
        parameters=[SlotQuerySerializer],
        responses=SlotSerializer(many=True),
        filters=False,
    )
    @action(detail=False, pagination_class=None, filterset_class=None)
    def slots(self, request: Request, org: str) -> Response:
        """The times at which a session can be booked: in the mentor’s hours, everybody being free."""
        query = SlotQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = dict(query.validated_data)
        mentorship = get_object_or_404(visible_mentorships(self.member), pk=asked.pop("mentorship"))
        free = services.free_slots(mentorship, by=self.member, **asked)
        return Response(_slots(free))

    @extend_schema(
        summary="List the slots to which a session can move",
        operation_id="sessions_slots_to_move_to",
        responses=SlotSerializer(many=True),
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_class=None, url_path="slots")
    def slots_to_move_to(self, request: Request, org: str, pk: int) -> Response:
        """The free times of the same length, for everybody who takes part."""
        return Response(_slots(services.slots_to_move_to(self.get_object(), by=self.member)))

    @extend_schema(summary="Move a session", request=MoveSerializer, parameters=[REPEATABLE])
    @action(detail=True, methods=["post"])
    @repeatable
    def move(self, request: Request, org: str, pk: int) -> Response:
        """Move a session that has not begun to another free slot; everybody gets the new time by mail. What waits for a yes is wished for at that time instead; a mentor who moves it plans it."""
        session = self.get_object()
        services.change_time(session, **self.asked(MoveSerializer), by=self.member)
        return self.answer(session.pk)

    @extend_schema(summary="Cancel a session", request=ReasonSerializer, parameters=[REPEATABLE])
    @action(detail=True, methods=["post"])
    @repeatable
    def cancel(self, request: Request, org: str, pk: int) -> Response:
        """Cancel a session that has not begun; everybody hears of it by mail, and the time is free again. What waits for a yes is taken back, or declined."""
        session = self.get_object()
        services.call_off(session, **self.asked(ReasonSerializer), by=self.member)
        return self.answer(session.pk)

    @extend_schema(summary="Answer an invitation or a wish", request=AnswerSerializer, parameters=[REPEATABLE])
    @action(detail=True, methods=["post"], url_path="answer")
    @repeatable
    def answer_to(self, request: Request, org: str, pk: int) -> Response:
        """Say whether you come to a session as it is now; who declines leaves it standing, and the others hear of it. As the mentor, say yes or no to a session that was wished for."""
        session, asked = self.get_object(), self.asked(AnswerSerializer)
        services.answer(session, **asked, by=self.member)
        return self.answer(session.pk)

    @extend_schema(summary="Log a session", request=LogSerializer)
    @action(detail=True, methods=["post"])
    def log(self, request: Request, org: str, pk: int) -> Response:
        """Say whether a session was held. It counts once everybody who took part has said the same."""
        session = self.get_object()
        asked = {"length": session.ends_at - session.starts_at, **self.asked(LogSerializer)}
        services.log_session(session, **asked, by=self.member)
        return self.answer(session.pk)


class GroupSessionSerializer(serializers.ModelSerializer):
    """A session that people of a programme join. Where it is, is for those who take part; others find null there."""

    program = serializers.IntegerField(source="program_id", help_text="The id of the programme.")
    led_by = PersonSerializer(allow_null=True, help_text="Who leads it.")
    time_zone = serializers.CharField(source="zone_name", help_text="The zone in which the time was meant.")
    seats = serializers.IntegerField(help_text="How many may join, besides who leads it.")
    seats_left = serializers.IntegerField(help_text="How many still can.")
    joined = serializers.SerializerMethodField(help_text="Whether you take part.")
    place = serializers.CharField(allow_null=True)

    class Meta:
        model = Session
        fields = [
            "id", "program", "led_by", "topic", "status", "starts_at", "ends_at", "time_zone", "seats", "seats_left",
            "own_mentees_only", "joined", "place",
        ]  # fmt: skip
        read_only_fields = fields

    def get_joined(self, session: Session) -> bool:
        return self.context["request"].member.pk in {attendance.member_id for attendance in session.attendances.all()}

    def to_representation(self, session: Session) -> dict[str, Any]:
        shown = super().to_representation(session)
        if not shown["joined"]:
            shown["place"] = None
        return shown


@extend_schema_view(
    list=extend_schema(summary="List group sessions"),
    retrieve=extend_schema(summary="Show a group session"),
)
class GroupSessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """Group sessions that are for you to join, or that you lead; for those who manage programmes, all."""

    serializer_class = GroupSessionSerializer
    filterset_class = GroupSessionFilter
    refusals = (services.SessionProblem,)
    tag = "Sessions"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return groups.visible_to(self.member).with_people()

    @extend_schema(summary="Join a group session", request=None, parameters=[REPEATABLE])
    @action(detail=True, methods=["post"])
    @repeatable
    def join(self, request: Request, org: str, pk: int) -> Response:
        """Take a seat; the invitation comes by mail. 409 when it is full, has begun, or you have another session then."""
        session = self.get_object()
        groups.join_group(session, by=self.member)
        return self.answer(session.pk)

    @extend_schema(summary="Leave a group session", request=None, parameters=[REPEATABLE])
    @action(detail=True, methods=["post"])
    @repeatable
    def leave(self, request: Request, org: str, pk: int) -> Response:
        """Give your seat back before it begins."""
        session = self.get_object()
        groups.leave_group(session, by=self.member)
        return self.answer(session.pk)


def _slots(slots: Any) -> Any:
    return SlotSerializer(slots, many=True).data
