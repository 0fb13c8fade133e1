"""What this app does when something happens in the apps below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from sessions.models import Session
from sessions.signals import session_held

from . import services


@receiver(session_held)
def ask_how_it_was(session: Session, **kwargs: Any) -> None:
    services.ask_for_pulse(session)
