"""What this app does when something happens in the apps below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from programs.models import Mentorship
from programs.signals import mentorship_ended, mentorship_started
from sessions.models import Session
from sessions.signals import session_held

from . import services
from .models import Survey
from .surveying import sending


@receiver(session_held)
def ask_how_it_was(session: Session, **kwargs: Any) -> None:
    services.ask_for_pulse(session)


@receiver(mentorship_started)
def ask_at_the_start(mentorship: Mentorship, **kwargs: Any) -> None:
    sending.send_for(mentorship, moment=Survey.Moment.START)


@receiver(mentorship_ended)
def ask_at_the_end(mentorship: Mentorship, **kwargs: Any) -> None:
    sending.send_for(mentorship, moment=Survey.Moment.END)
