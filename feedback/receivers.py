"""What this app does when something happens in the apps below."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Member
from programs.models import Mentorship, Program
from programs.signals import mentorship_ended, mentorship_started, program_launched, program_resumed
from sessions.models import Session
from sessions.signals import attendance_added, session_held

from . import services
from .models import Survey
from .surveying import building, sending


@receiver(attendance_added)
@receiver(session_held)
def ask_how_it_was(session: Session, **kwargs: Any) -> None:
    services.ask_for_pulse(session)


@receiver(mentorship_started)
def ask_at_the_start(mentorship: Mentorship, **kwargs: Any) -> None:
    sending.send_for(mentorship, moment=Survey.Moment.START)


@receiver(mentorship_ended)
def ask_at_the_end(mentorship: Mentorship, **kwargs: Any) -> None:
    sending.send_for(mentorship, moment=Survey.Moment.END)


@receiver(program_launched)
def prepare_surveys(program: Program, by: Member, **kwargs: Any) -> None:
    # One that is brought over with an earlier launch has begun without us: its people aren't asked unawares.
    if program.launched_at is not None and program.launched_at > timezone.now() - timedelta(days=1):
        building.prepare(program, by=by)


@receiver(program_resumed)
def ask_what_was_not_asked(program: Program, rested: timedelta, **kwargs: Any) -> None:
    sending.send_late(program, rested=rested)
