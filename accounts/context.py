"""What every page's frame shows: where the reader is, as whom, and where else they may go."""

from typing import Any

from django.http import HttpRequest

from .models import Organisation


def organisation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"organisation": None, "member": None, "organisations": []}
    current = getattr(request, "organisation", None)
    found = getattr(request, "organisations", None)
    return {
        "organisation": current,
        "member": request.member if current else None,  # type: ignore[attr-defined]  # set by the gate
        "organisations": Organisation.objects.filter(accesses__user=user) if found is None else found,
    }
