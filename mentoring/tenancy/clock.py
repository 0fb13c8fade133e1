"""The calendar of the organisation in scope: by it a last day is over, a programme has ended, somebody is new."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from .scope import whole_organisation


def today() -> date:
    """The date where the organisation in scope is; outside a scope, the server's."""
    organisation = whole_organisation()
    return timezone.localdate(timezone=organisation.zone) if organisation else timezone.localdate()
