"""What people of the demo write."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

OBJECTIVES = (
    ("Pairs meet about every other week", "sessions", Decimal(0), Decimal(10)),
    ("Two of three goals are reached", "goals", Decimal(0), Decimal(66)),
    ("More vacancies for team leads are filled from inside", "own", Decimal(41), Decimal(55)),
)
OWN_MEASURE = "Share of team-lead vacancies filled from inside, in per cent"

RESOURCES: tuple[dict[str, Any], ...] = (
    {
        "title": "Confidentiality in one page",
        "kind": "text",
        "summary": "What stays between the two of you, and the one exception.",
        "body": "What is said in a session stays between you.\n\n## The exception\n- Somebody may come to harm.\n- Then tell"
        " the safeguarding contact, and say so first.\n\n## Good to know\n- Programme admins see whether you met, never what"
        " you wrote.\n- Your manager sees neither.",
        "minutes": 2,
        "required": True,
    },
    {
        "title": "Questions that open a conversation",
        "kind": "file",
        "summary": "Forty questions, sorted by what you want to find out.",
        "file": "forty-questions.txt",
        "content": "What would you do if you could not fail?\nWhat did you learn last week?\nWho should know about this?\n",
        "minutes": 5,
        "role": "mentor",
    },
    {
        "title": "How to write a goal that you can measure",
        "kind": "link",
        "summary": "Specific, with a number and a day: a worked example.",
        "url": "https://learning.northwind.example/goals",
        "minutes": 6,
        "role": "mentee",
        "required": True,
    },
    {
        "title": "A first meeting, watched",
        "kind": "video",
        "summary": "Eight minutes of two colleagues who meet for the first time.",
        "url": "https://learning.northwind.example/first-meeting",
        "minutes": 8,
    },
)
ANNOUNCEMENTS = (
    (
        "Welcome to Grow together",
        "Welcome, everybody.\n\nBook your first meeting this week, even if it is only for half an hour. Your guide and four"
        " short things to read are under “Resources”.\n\nPriya Shah",
        "",
    ),
    (
        "Mentors’ lunch on Thursday",
        "Come and compare notes with other mentors: Thursday at 12:30 in the canteen, first floor. No slides.",
        "mentor",
    ),
)

AIMS = (
    "Prepare for a first line-management job, with one real situation in each meeting.",
    "Get to know how decisions are made here, and whom to ask.",
    "Speak up in meetings with people two levels above, and enjoy it.",
    "Choose between the two careers that are open to me, with facts.",
)
RHYTHM_LATER = "Every second Thursday, 45 minutes, in person if we are both in; the mentee books."
# Text, measure, unit, target.
GOALS = (
    ("Lead a small project from start to end", "Milestones of the project that are done", "milestones", 6),
    ("Present to the management team", "Presentations held, with written feedback", "talks", 4),
    ("Know ten people outside my department", "People I have had a coffee with", "people", 10),
    ("Give feedback every week", "Weeks in which I gave somebody feedback", "weeks", 20),
)
# Text, measure, why, today, target, unit, due in days, milestones.
GOALS_OF_THE_PAIR: tuple[tuple[str, str, str, Decimal | None, Decimal | None, str, int, tuple[str, ...]], ...] = (
    (
        "Present to the management team without notes",
        "Talks of ten minutes or more that I held without a script",
        "My project needs their yes in spring, and I want to be the one who asks for it.",
        Decimal(0),
        Decimal(5),
        "talks",
        90,
        ("Watch two talks and write down what worked", "Rehearse in front of the team", "Five minutes in the monthly meeting",
         "Ten minutes for the management team"),
    ),
    (
        "Lead my first team meeting",
        "Every item ends with a name and a day",
        "I take over the team in January while Dana is away.",
        None,
        None,
        "",
        45,
        ("Sit in on a meeting of my mentor’s", "Write an agenda that fits in 30 minutes", "Chair one item",
         "Chair a whole meeting"),
    ),
    (
        "Know whom to ask in finance and in legal",
        "People in each department whom I have met",
        "",
        Decimal(0),
        Decimal(4),
        "people",
        20,
        ("Coffee with finance", "Coffee with legal"),
    ),
)  # fmt: skip
# Goal → days ago, value, note.
PROGRESS: dict[str, tuple[tuple[int, Decimal | None, str], ...]] = {
    "Present to the management team without notes": (
        (24, Decimal(1), "Team stand-up, four minutes over."),
        (12, Decimal(2), "Monthly meeting. Nobody looked at a telephone."),
        (3, Decimal(3), "Third one, and the first with questions."),
    ),
    "Lead my first team meeting": ((10, None, "Chaired the item on holidays: two names, two days."),),
    "Know whom to ask in finance and in legal": ((21, Decimal(2), ""), (5, Decimal(4), "Met both, twice.")),
}
JOURNAL = (
    (
        33,
        "mentee",
        "First meeting. I talked more than I thought I would. Next time: one question, written down before.",
    ),
    (19, "mentee", "Said no to a task for the first time. It was fine. Why did I wait so long?"),
    (5, "mentee", "Three talks behind me. The knees still shake, the voice does not."),
    (18, "mentor", "I gave advice too early again. Ask two more questions first."),
)
# Days ago, who, text, file.
MESSAGES = (
    (34, "mentor", "Nice to meet you on paper. When suits you for a first talk?", ""),
    (34, "mentee", "Thursday afternoons are quiet here. I booked 14:00.", ""),
    (18, "mentee", "My notes of today, with the three things I promised.", "notes.txt"),
    (18, "mentor", "Thank you. Number two is harder than it looks: start there.", ""),
    (2, "mentor", "Good luck tomorrow! Breathe out before the first sentence.", ""),
)
NOTES_FILE = (
    "1. Ask Dana for ten minutes in the monthly meeting\n2. Rehearse without the slides\n3. Coffee with legal\n"
)
PRIVATE_NOTE = "Ask next time how she dealt with the reorganisation. Don’t mention the open post yet."
SHARED_NOTE = "We looked at the recording of my talk. Slower, fewer numbers, one story."
# Text, the mentee's own, due in days, done.
ACTIONS = (
    ("Ask Dana for ten minutes in the monthly meeting", True, -3, True),
    ("Rehearse the first three sentences aloud", True, 4, False),
    ("Write to the head of finance and introduce us", False, 6, False),
)

CHANGE = "We get on well, but our fields are too far apart to help each other."
ENDED = "My job changes in December, and I have no time for it."
LESSONS = "Somebody in the same time zone would have made it easier. The two talks we had were worth it."
NUDGE = "The winter is short: a half hour before Christmas is better than none."
MENTEE_LOOKS_BACK: dict[str, Any] = {
    "went_well": "I always knew when we would meet next, and came with a question.",
    "otherwise": "I would set the goal in the first week, not in the fourth.",
    "thanks": "Thank you for never looking at your watch.",
    "would_mentor": True,
}
MENTOR_LOOKS_BACK: dict[str, Any] = {
    "went_well": "Honest questions from the start.",
    "otherwise": "Meet in person once more at the beginning.",
    "thanks": "I have learnt as much as you have.",
    "would_mentor": None,
}

BRIEF = {
    "brief": "Of those who leave in their first year, half do so within ninety days. What would have kept you?",
    "recommendation": "A guide from day one, a first week without meetings about tools, and lunch with somebody from another"
    " department every week of the first month.",
    "response": "Guides: yes, from January. Lunches: we try it in London first, and tell you in March how it went.",
}

SURVEY_INTRO = "We want to know early what gets in the way, while it can still be changed."
SURVEY_QUESTIONS: tuple[dict[str, Any], ...] = (
    {"text": "How easy is it to find somebody who fits?", "kind": "scale", "required": True},
    {"text": "How well do you know what you want to ask for?", "kind": "scale"},
    {"text": "How likely are you to recommend this programme to a colleague?", "kind": "nps"},
    {
        "text": "What holds you back?",
        "kind": "choice",
        "options": ["Nothing", "My workload", "I don’t like to ask", "I don’t know whom to choose"],
    },
    {"text": "What would make it better?", "kind": "text"},
)
FREE_TEXT = (
    "A list of questions to begin with would help.",
    "More time. Half an hour is over quickly.",
    "Nothing to add: I look forward to each meeting.",
    "It would be good to meet other mentees once.",
    "Please send reminders a day before, not on the day.",
    "The guide was short and to the point.",
    "My manager should know that I use working time for it.",
    "I was afraid that it would be awkward. It was not.",
    "Somebody from another site would have been even better.",
    "Keep it as it is.",
    "A joint start, with all pairs in one room.",
    "Fewer letters.",
    "Goals in numbers felt odd at first, and then they helped.",
    "I would like to go on for another half-year.",
)

CONCERN = (
    "My mentor’s manager asked me at lunch what the two of us talk about. I did not answer. I don’t think that my mentor"
    " knows, and I would like it to stop."
)
CONCERN_ANSWER = (
    "Thank you for telling me. You did right. I will speak with the manager about confidentiality in general, without any"
    " name. Shall we talk on Tuesday, before I do?"
)
FRESH_CONCERN = (
    "I was asked to work on my mentor’s own project during our sessions. I don’t want to, and don’t know how to say so."
)
