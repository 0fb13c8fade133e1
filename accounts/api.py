"""The REST API's organisations and members."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from mentoring.api.fields import RowField
from mentoring.api.views import OrganisationViewSet
from mentoring.tenancy.clock import today

from . import services
from .models import Member, Organisation
from .validators import validate_time_zone

# To drf-spectacular a requirement, to its types a name.
SESSION_ONLY: Any = [{"session": []}]


class OrganisationSerializer(serializers.ModelSerializer):
    """An organisation; its slug is its name in addresses."""

    class Meta:
        model = Organisation
        fields = ["id", "slug", "name", "time_zone", "created_at"]
        read_only_fields = ["id", "slug", "created_at"]


class PersonSerializer(serializers.ModelSerializer):
    """A member as others meet them."""

    name = serializers.CharField(read_only=True)

    class Meta:
        model = Member
        fields = ["id", "name"]
        read_only_fields = fields


class MemberSerializer(serializers.ModelSerializer):
    """A person of the organisation, with or without a login."""

    name = serializers.CharField(read_only=True)
    email = serializers.CharField(help_text="Empty when none is known.")
    manager = serializers.IntegerField(source="manager_id", allow_null=True, help_text="The id of another member.")
    languages = serializers.ListField(child=serializers.CharField())
    has_login = serializers.SerializerMethodField()

    class Meta:
        model = Member
        fields = [
            "id", "name", "given_name", "family_name", "email", "employee_number", "department", "job_title", "level",
            "site", "time_zone", "manager", "languages", "hired_on", "left_on", "is_owner", "is_admin", "is_hr",
            "has_login", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_has_login(self, member: Member) -> bool:
        return member.user_id is not None


class MemberChangeSerializer(serializers.Serializer):
    """What is recorded about a person by those who manage people."""

    given_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    family_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True, help_text="Invitations and reminders go there.")
    employee_number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    department = serializers.CharField(max_length=100, required=False, allow_blank=True)
    job_title = serializers.CharField(max_length=150, required=False, allow_blank=True)
    level = serializers.IntegerField(
        min_value=1, max_value=20, required=False, allow_null=True, help_text="From 1, the most junior, to 20."
    )
    site = serializers.CharField(max_length=100, required=False, allow_blank=True)
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text="Such as Europe/London; without it, that of the organisation."
    )
    languages = serializers.ListField(child=serializers.CharField(max_length=40), max_length=12, required=False)
    manager = RowField(
        lambda by: Member.objects.all(), required=False, allow_null=True, help_text="The id of another member."
    )

    def validate_time_zone(self, value: str) -> str:
        try:
            validate_time_zone(value)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("given_name", "family_name", "email", "employee_number")
        if not any(attrs.get(name, getattr(self.instance, name, "")) for name in names):
            raise serializers.ValidationError(
                {"given_name": ["Write a name, an e-mail address or a number, so that people know who this is."]}
            )
        return attrs


class MemberCreateSerializer(MemberChangeSerializer):
    """A new person of the organisation."""

    hired_on = serializers.DateField(
        required=False, allow_null=True, help_text="The first day. Without it no report on retention counts the person."
    )


class LeavingSerializer(serializers.Serializer):
    """The end of an employment."""

    last_day = serializers.DateField(help_text="Their login stops working here when this day is over.")
    reason = serializers.CharField(max_length=100, required=False, allow_blank=True)


class RehireSerializer(serializers.Serializer):
    """The beginning of another employment."""

    started_on = serializers.DateField(help_text="The first day of the new employment.")


class MemberFilter(django_filters.FilterSet):
    STATUSES = [("current", "works here"), ("left", "has left")]
    ROLES = [("owner", "owner"), ("admin", "programme admin"), ("hr", "HR analyst")]

    q = django_filters.CharFilter(
        method="with_words", max_length=100, help_text="Words of the name, the e-mail address or the employee number."
    )
    email = django_filters.CharFilter(method="with_email", max_length=254, help_text="This e-mail address.")
    employee_number = django_filters.CharFilter(max_length=40, help_text="This employee number.")
    department = django_filters.CharFilter(max_length=100, help_text="This department.")
    site = django_filters.CharFilter(max_length=100, help_text="This site.")
    status = django_filters.ChoiceFilter(method="with_status", choices=STATUSES, help_text="Whether they work here.")
    role = django_filters.ChoiceFilter(method="with_role", choices=ROLES, help_text="What they may do here.")

    def with_words(self, members: Any, name: str, value: str) -> Any:
        return members.matching_text(value)

    def with_email(self, members: Any, name: str, value: str) -> Any:
        return members.filter(email=value.lower())

    def with_status(self, members: Any, name: str, value: str) -> Any:
        return members.current() if value == "current" else members.filter(left_on__lt=today())

    def with_role(self, members: Any, name: str, value: str) -> Any:
        return members.filter(**{f"is_{value}": True})


@extend_schema_view(list=extend_schema(summary="List your organisations", auth=SESSION_ONLY))
class OrganisationListViewSet(mixins.ListModelMixin, GenericViewSet):
    """The organisations that whoever is signed in is a member of. A key belongs to one: see `/api/v1/o/{org}/`."""

    serializer_class = OrganisationSerializer
    tag = "Organisations"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Organisation.objects.none()
        return Organisation.objects.filter(accesses__user=self.request.user.pk)


class OneOrganisationViewSet(OrganisationViewSet):
    serializer_class = OrganisationSerializer
    needs = {"change": "organisation.manage"}
    tag = "Organisations"

    @extend_schema(summary="Show an organisation", operation_id="organisation_retrieve")
    def show(self, request: Request, org: str) -> Response:
        """The organisation in the address."""
        return Response(self.get_serializer(self.organisation).data)

    @extend_schema(summary="Change an organisation", operation_id="organisation_partial_update")
    def change(self, request: Request, org: str) -> Response:
        """Rename the organisation or move it to another time zone; its address stays."""
        organisation = self.organisation
        asked = self.asked(OrganisationSerializer, instance=organisation, partial=True)
        values = {name: asked.get(name, getattr(organisation, name)) for name in ("name", "time_zone")}
        services.change_organisation(organisation, **values, by=self.member)
        return self.show(request, org)


@extend_schema_view(
    list=extend_schema(summary="List members"),
    retrieve=extend_schema(summary="Show a member"),
)
class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OrganisationViewSet):
    """The people of the organisation."""

    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    needs = {
        "list": "people.view",
        "retrieve": "people.view",
        "create": "people.manage",
        "partial_update": "people.manage",
        "leave": "people.manage",
        "rehire": "people.manage",
        "invite": "people.manage",
    }
    tag = "Members"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Member.objects.none()
        return Member.objects.all()

    @extend_schema(summary="Show yourself", filters=False)
    @action(detail=False, pagination_class=None)
    def me(self, request: Request, org: str) -> Response:
        """The member who asks: whoever is signed in, or whoever made the key."""
        return self.answer(self.member.pk)

    @extend_schema(summary="Add a member", request=MemberCreateSerializer, responses={201: MemberSerializer})
    def create(self, request: Request, org: str) -> Response:
        """Add a person to the organisation. Nobody is written to; `invite` does that."""
        asked = self.asked(MemberCreateSerializer)
        member = services.add_member(by=self.member, **{"given_name": "", "family_name": "", **asked})
        return self.answer(member.pk, status=201)

    @extend_schema(summary="Change a member", request=MemberChangeSerializer)
    def partial_update(self, request: Request, org: str, pk: int) -> Response:
        """Correct what is recorded about a person; what isn't sent stays as it is."""
        member = self.get_object()
        asked = self.asked(MemberChangeSerializer, instance=member, partial=True)
        services.edit_member(member, by=self.member, **asked)
        return self.answer(member.pk)

    @extend_schema(summary="Record that a member leaves", request=LeavingSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, org: str, pk: int) -> Response:
        """Record the last day of employment. Access ends after that day, at once when it has passed."""
        member = self.get_object()
        services.mark_left(member, **self.asked(LeavingSerializer), by=self.member)
        return self.answer(member.pk)

    @extend_schema(summary="Record that a member is back", request=RehireSerializer)
    @action(detail=True, methods=["post"])
    def rehire(self, request: Request, org: str, pk: int) -> Response:
        """Begin another employment of somebody who left."""
        member = self.get_object()
        services.rehire(member, **self.asked(RehireSerializer), by=self.member)
        return self.answer(member.pk)

    @extend_schema(summary="Invite a member", request=None)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, org: str, pk: int) -> Response:
        """Write a member a letter that lets them set up a login. Only the letter holds the link."""
        member = self.get_object()
        services.invite_member(member, by=self.member)
        return self.answer(member.pk)
