"""What to look at before a programme is launched: a question each, and advice by the answer. It never stops anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

YES, PARTLY, NO = "yes", "partly", "no"
TONES = {YES: "success", PARTLY: "warning", NO: "danger", "": "neutral"}


@dataclass(frozen=True)
class Check:
    """One thing to look at. `answers` and `advice` go by yes, partly and no; nothing is advised where all is well."""

    key: str
    name: Any
    question: Any
    why: Any
    answers: Mapping[str, Any]
    advice: Mapping[str, Any]
    icon: str
    # The field of a programme that names the person, where there is one.
    person: str = ""
    # What it means that nobody is named, where that is more than an open question.
    unnamed: Any = ""


@dataclass(frozen=True)
class Finding:
    """What was answered to a check, and what we advise."""

    check: Check
    answer: str
    person: Any = None

    @property
    def tone(self) -> str:
        return TONES[self.answer]

    @property
    def is_well(self) -> bool:
        return self.answer == YES

    @property
    def label(self) -> Any:
        return self.check.answers.get(self.answer, _("Not looked at yet"))

    @property
    def advice(self) -> Any:
        if self.check.person and self.answer == YES and self.person is None:
            return _("Say who it is, so that the platform knows too.")
        if not self.answer and self.person is None and self.check.unnamed:
            return self.check.unnamed
        return self.check.advice.get(self.answer, "") if self.answer else self.check.why


CHECKS: tuple[Check, ...] = (
    Check(
        key="sponsor",
        name=_("Sponsor"),
        question=_("Does somebody senior stand behind it?"),
        why=_("Mentors give working time. They do it when somebody whose word counts has said that it is wanted."),
        answers={
            YES: _("Yes, and they say so in public"),
            PARTLY: _("Somebody agrees, but quietly"),
            NO: _("Nobody yet"),
        },
        advice={
            PARTLY: _(
                "Ask them to open the first meeting, or to sign the invitation. Two sentences from them do more than ten "
                "of yours."
            ),
            NO: _(
                "Find one before you invite people. Begin with whoever loses most when people leave; bring one figure and "
                "the programme on one page."
            ),
        },
        icon="star",
        person="sponsor",
    ),
    Check(
        key="time",
        name=_("Time"),
        question=_("Do people get working time for it?"),
        why=_("A pair that meets every two weeks needs about three hours a month each, with preparation."),
        answers={
            YES: _("Yes, managers know and agree"),
            PARTLY: _("It is tolerated"),
            NO: _("It comes on top of everything"),
        },
        advice={
            PARTLY: _(
                "Write to managers before people sign up: how much time, until when, what comes of it. Let managers "
                "approve each sign-up if you like."
            ),
            NO: _(
                "Make it smaller: a meeting a month, or half an hour. A small programme that is kept beats a large one."
            ),
        },
        icon="clock",
    ),
    Check(
        key="people",
        name=_("People"),
        question=_("Are there likely enough mentors?"),
        why=_("Usually one in ten of those who could be a mentor says yes when they are asked by name."),
        answers={YES: _("Yes, enough have said so"), PARTLY: _("Probably"), NO: _("We don’t know, or too few")},
        advice={
            PARTLY: _(
                "Ask twenty people by name before you launch, and limit the places for mentees to what they offer."
            ),
            NO: _(
                "Recruit mentors first and open sign-up for mentees later; or choose circles, where one mentor leads five "
                "or six, or peers, who need none."
            ),
        },
        icon="users",
    ),
    Check(
        key="budget",
        name=_("Budget"),
        question=_("Is there money for it?"),
        why=_(
            "Mostly for your own hours: reckon with a day a week in the first two months, and half a day after that."
        ),
        answers={
            YES: _("Yes, for people and for events"),
            PARTLY: _("For the hours, not for more"),
            NO: _("None, and no hours set aside"),
        },
        advice={
            PARTLY: _("That is enough to begin. A first meeting in a room that is there already costs nothing."),
            NO: _(
                "Get your own hours agreed in writing, even few. Programmes die of nobody having time to look after them."
            ),
        },
        icon="briefcase",
    ),
    Check(
        key="safeguarding",
        name=_("Safeguarding contact"),
        question=_("Is there somebody to turn to when something is wrong?"),
        why=_("Concerns go to this person in confidence, and not to the programme admins."),
        answers={YES: _("Yes, and they know what to do"), PARTLY: _("Somebody, but unprepared"), NO: _("Nobody yet")},
        advice={
            PARTLY: _(
                "Talk through two cases with them: somebody feels harassed, somebody is unwell. Who is called, and what "
                "stays in confidence?"
            ),
            NO: _(
                "Ask somebody in HR, in occupational health or in the works council who runs no part of the programme. "
                "Until then a concern goes to an owner of the organisation, and many would rather tell nobody."
            ),
        },
        icon="shield",
        person="safeguarding_contact",
        unnamed=_(
            "Name somebody before people sign up. Until then a concern goes to an owner of the organisation, and many "
            "would rather tell nobody."
        ),
    ),
    Check(
        key="communication",
        name=_("Communication"),
        question=_("Do people know what is coming?"),
        why=_("People sign up for what a colleague tells them about. A letter alone brings a few."),
        answers={
            YES: _("Yes, there is a plan and a first date"),
            PARTLY: _("There is a letter"),
            NO: _("Not thought of yet"),
        },
        advice={
            PARTLY: _("Add one meeting in which a former mentor and a former mentee tell how it was."),
            NO: _(
                "Set down three dates: when managers hear of it, when everybody does, and when you remind them. Then launch."
            ),
        },
        icon="message-square",
    ),
)


def findings(answers: Mapping[str, str], people: Mapping[str, Any]) -> list[Finding]:
    """Every check with what was answered; `people` by the names of their fields."""
    found = []
    for check in CHECKS:
        answer = answers.get(check.key, "")
        found.append(Finding(check, answer if answer in check.answers else "", people.get(check.person)))
    return found
