"""Programmes, who takes part in them, and the mentorships that grow from them."""

from .enrolments import Enrolment, EnrolmentQuerySet, EnrolmentSkill, SignUpSheet
from .mentorships import (
    Agreement,
    AgreementAcceptance,
    Certificate,
    CertificateCode,
    ClosingReview,
    Goal,
    GoalProgress,
    Mentorship,
    MentorshipEvent,
    MentorshipQuerySet,
    Milestone,
    Participant,
)
from .questions import Answer, Question
from .resources import Announcement, Resource, ResourceRead
from .roles import Role
from .schemes import Objective, Program, ProgramQuerySet, ProgramTemplate, Stage
from .talking import ChatAttachment, ChatMessage, ChatRead, LastEdit, SentForm

__all__ = [
    "Agreement",
    "AgreementAcceptance",
    "Announcement",
    "Answer",
    "Certificate",
    "CertificateCode",
    "ChatAttachment",
    "ChatMessage",
    "ChatRead",
    "ClosingReview",
    "Enrolment",
    "EnrolmentQuerySet",
    "EnrolmentSkill",
    "Goal",
    "GoalProgress",
    "LastEdit",
    "Mentorship",
    "MentorshipEvent",
    "MentorshipQuerySet",
    "Milestone",
    "Objective",
    "Participant",
    "Program",
    "ProgramQuerySet",
    "ProgramTemplate",
    "Question",
    "Resource",
    "ResourceRead",
    "Role",
    "SentForm",
    "SignUpSheet",
    "Stage",
]
