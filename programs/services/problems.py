"""Why something can't be done now; the message is a sentence for whoever asked."""


class ProgramProblem(Exception):
    """What was asked of a programme can't be done. Nothing was changed."""


class NotEligible(ProgramProblem):
    """This member can't take part in this programme in this role, or not now."""


class AlreadyEnrolled(ProgramProblem):
    """This member has signed up for this programme already."""


class MentorFull(ProgramProblem):
    """The mentor has as many mentees as they offered to take."""


class AlreadyMatched(ProgramProblem):
    """The mentee has a mentor in this programme, or an offer of one."""


class AlreadySettled(ProgramProblem):
    """Somebody has answered or ended this already."""


class ChangedMeanwhile(ProgramProblem):
    """Somebody else has changed it since it was read."""
