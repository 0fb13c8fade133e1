"""What most formats have in common: parts, stages, agendas and surveys to start from."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .base import Agenda, Ask, Guide, Part, Step

MENTOR_GUIDE = Guide(
    title=_("Being a mentor"),
    intro=_(
        "Your mentee brings the questions; you bring your experience, your attention and an honest word. You need no "
        "answers ready, and nobody expects you to solve anything for them."
    ),
    sections=(
        (
            _("Before you first meet"),
            (
                _("Read what they wrote about their goal, and think of two or three moments of your own that fit."),
                _("Offer times, so that booking takes a minute."),
                _("Decide how much time you really have, and say so."),
            ),
        ),
        (
            _("When you meet"),
            (
                _("Ask before you tell: what have you tried, what would be a good outcome, what holds you back?"),
                _("Tell what went wrong for you too. It helps more than success does."),
                _("End with one next step that the mentee chooses, and note it down."),
            ),
        ),
        (
            _("When it gets difficult"),
            (
                _(
                    "What is said stays between you, unless somebody may come to harm: then name the safeguarding contact."
                ),
                _("If it does not fit, say so early. Ending without blame is part of the programme."),
            ),
        ),
    ),
)
MENTEE_GUIDE = Guide(
    title=_("Getting the most out of a mentor"),
    intro=_("These meetings are yours. The clearer you are about what you want, the more your mentor can do for you."),
    sections=(
        (
            _("Before you first meet"),
            (
                _("Write down what should be different at the end, in one sentence."),
                _("Think of what you would like your mentor to know about you."),
            ),
        ),
        (
            _("When you meet"),
            (
                _("Bring one real question, and put it on the agenda a day before."),
                _("Say what helped and what did not; your mentor can’t see it otherwise."),
                _("Do what you said you would, or say why you did not. Both are worth talking about."),
            ),
        ),
        (
            _("When it gets difficult"),
            (
                _("Move a meeting rather than miss it."),
                _("If you two don’t get on, ask for another match. Nobody has to give a reason in public."),
            ),
        ),
    ),
)

MENTOR = Part(
    name=_("mentor"),
    plural=_("mentors"),
    sign_up=_("Sign up as a mentor"),
    summary=_("You have experience to share. You say how many mentees you can take."),
    skills=_("What can you help with?"),
    goal=_("What would you like to get out of it?"),
    capacity=_("How many mentees can you take at once?"),
    guide=MENTOR_GUIDE,
)
MENTEE = Part(
    name=_("mentee"),
    plural=_("mentees"),
    sign_up=_("Sign up as a mentee"),
    summary=_("You have something to learn, and somebody with more experience helps you with it."),
    skills=_("What would you like to learn?"),
    skills_help=_("The most important first, with commas between them."),
    goal=_("What is your goal?"),
    ranked=True,
    guide=MENTEE_GUIDE,
)
PEER = Part(
    name=_("peer"),
    plural=_("peers"),
    sign_up=_("Sign up"),
    summary=_("You give and take in turns with somebody at the same stage."),
    skills=_("What would you like to talk about with somebody in the same place?"),
    goal=_("What would you like to come out of it?"),
)

STAGES = (
    Step("recruiting", _("Recruiting"), None),
    Step("matching", _("Matching"), None),
    Step("meeting", _("Meeting"), 0.0),
    Step("review", _("Middle review"), 0.5),
    Step("closing", _("Closing"), 0.9),
)
# Without a common calendar there is no middle and no end that is everybody's.
ROLLING_STAGES = (Step("recruiting", _("Recruiting"), None), Step("meeting", _("Matching and meeting"), 0.0))
EVENT_STAGES = (
    Step("recruiting", _("Recruiting"), None),
    Step("matching", _("Making the timetable"), None),
    Step("meeting", _("The event"), 0.0),
    Step("closing", _("Following up"), 1.0),
)

AGENDAS = {
    "first": Agenda(
        (
            _("Getting to know each other: how we came here"),
            _("What the mentee would like to reach"),
            _("What each of us expects of the other"),
            _("How often, where and how we meet"),
            _("What stays between us"),
        ),
        _(
            "What would you like to be different in six months? What should the other person know about you, and what "
            "would make these meetings worth your time?"
        ),
    ),
    "usual": Agenda(
        (
            _("What has happened since we last met"),
            _("What each of us promised to do"),
            _("Today’s question"),
            _("Next steps: who does what by when"),
        ),
        _("What has changed since you last met? What is the one question that you would like to talk about?"),
    ),
    "review": Agenda(
        (
            _("The goals we set: what has been reached, what has not"),
            _("Are they still the right goals?"),
            _("What helps in our meetings, what we would do differently"),
            _("What we want to do in the time that is left"),
        ),
        _(
            "Look at the goals from your first meeting. What have you reached, what is in the way, and would you choose "
            "the same goals today?"
        ),
    ),
    "closing": Agenda(
        (
            _("What has been reached, and what we learned"),
            _("What was most useful"),
            _("What comes next, without these meetings"),
            _("Whether and how we stay in touch"),
        ),
        _("What will you take with you? What would you like to thank the other person for?"),
    ),
}

SURVEYS = {
    "start": (
        Ask(_("How clear is it to you what you want to reach?"), required=True),
        Ask(_("How sure are you today of the skills you signed up with?"), "skills"),
        Ask(_("How well prepared do you feel for the first meeting?")),
        Ask(_("What do you hope for?"), "text"),
    ),
    "middle": (
        Ask(_("How useful are your meetings?"), required=True),
        Ask(_("How well do you get on with each other?")),
        Ask(_("How far have you come with what you wanted to reach?")),
        Ask(_("What would make it better?"), "text"),
    ),
    "end": (
        Ask(_("How satisfied are you with the mentoring?"), required=True),
        Ask(_("How far did you get with what you wanted to reach?")),
        Ask(_("How sure are you now of the skills you signed up with?"), "skills"),
        Ask(_("How likely are you to recommend this programme to a colleague?"), "nps", required=True),
        Ask(_("What should the next programme keep, and what should it change?"), "text"),
    ),
}
