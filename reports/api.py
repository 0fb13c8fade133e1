"""The REST API's report on who stays: the newest one, as published."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mentoring.api.views import OrganisationViewSet

from . import snapshots
from .models import Download, Snapshot


class PurposeSerializer(serializers.Serializer):
    """What the figures are taken away for."""

    purpose = serializers.CharField(max_length=200)


class SnapshotSerializer(serializers.ModelSerializer):
    """A report of one month. It never changes."""

    month = serializers.DateField(help_text="The first day of the month at whose end the figures stand.")
    published = serializers.JSONField(
        help_text="Whole percents; counts to the nearest five; null and “hidden” stand for what would tell of a few people."
    )

    class Meta:
        model = Snapshot
        fields = ["id", "month", "key", "version", "made_at", "published"]
        read_only_fields = fields


class RetentionViewSet(OrganisationViewSet):
    """How long participants stay, beside colleagues like them."""

    serializer_class = SnapshotSerializer
    needs = {"show": "reports.view"}
    tag = "Reports"

    def get_queryset(self) -> Any:
        return Snapshot.objects.none()

    @extend_schema(
        summary="Who stays",
        parameters=[OpenApiParameter("purpose", str, required=True, description="What for; it is written down.")],
        responses={200: SnapshotSerializer, 400: OpenApiTypes.OBJECT},
    )
    def show(self, request: Request, org: str) -> Response:
        """The newest report on everybody, exactly as the page shows it. Each call is written down with its purpose."""
        asked = PurposeSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        snapshot = snapshots.latest_snapshot()
        if snapshot is None:
            raise Http404
        snapshots.log_download(
            snapshot, format=Download.Format.API, purpose=asked.validated_data["purpose"], by=self.member
        )
        return Response(self.get_serializer(snapshot).data)
