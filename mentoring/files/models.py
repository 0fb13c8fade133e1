"""Uploaded files. They are rows, so that they stand or fall with the fact they belong to, and no other organisation sees one."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from mentoring.tenancy.models import TenantModel


class StoredFile(TenantModel):
    """A file as it is handed out again: pictures drawn anew, everything else as it came."""

    name = models.CharField(max_length=200)
    # What its content says it is, not its name.
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    stored_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
