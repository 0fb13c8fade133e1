"""Programmes, who takes part in them, and the mentorships that grow from them."""

from .enrolments import Enrolment, EnrolmentQuerySet, EnrolmentSkill, SignUpSheet
from .mentorships import Mentorship, MentorshipQuerySet, Participant
from .questions import Answer, Question
from .roles import Role
from .schemes import Program, ProgramQuerySet

__all__ = [
    "Answer",
    "Enrolment",
    "EnrolmentQuerySet",
    "EnrolmentSkill",
    "Mentorship",
    "MentorshipQuerySet",
    "Participant",
    "Program",
    "ProgramQuerySet",
    "Question",
    "Role",
    "SignUpSheet",
]
