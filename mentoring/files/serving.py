"""Handing a file out again. Whether its reader may have it is for the view that the fact it belongs to has."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from .models import StoredFile


def attachment(file: StoredFile) -> HttpResponse:
    """The file to be saved, never shown in the page, in one piece: the organisation's scope ends with the view."""
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it all the same, it runs nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
