"""Why a proposal can't be changed as asked; the message is a sentence for whoever asked."""

from django.utils.translation import gettext as _

from programs.services import ProgramProblem

from ..scoring import RULED_OUT, Rule


class MatchingProblem(ProgramProblem):
    """What was asked of the proposals can't be done. Nothing was changed."""


class ProposalChanged(MatchingProblem):
    """Somebody else, or a run, has changed the proposal since it was looked at."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The proposals have changed since you opened that page, so nothing was done. Here they are as they are now."
            )
        )


class Forbidden(MatchingProblem):
    """A rule of the programme forbids the pair."""

    def __init__(self, rule: Rule, *, mentee: str, mentor: str) -> None:
        ruled_out = _("%(mentor)s and %(mentee)s were ruled out for each other.")
        sentence = {
            Rule.SAME_PERSON: _("Nobody can be their own mentor."),
            Rule.REPORTING_LINE: _("%(mentor)s and %(mentee)s are in one reporting line."),
            Rule.SAME_TEAM: _("%(mentor)s and %(mentee)s have the same manager."),
            Rule.EARLIER_PAIR: _("%(mentor)s and %(mentee)s were paired, or offered to each other, before."),
            Rule.LANGUAGE: _("%(mentor)s and %(mentee)s have no language in common."),
            Rule.SITE: _("%(mentor)s and %(mentee)s work at different locations."),
            Rule.ZONE: _("%(mentor)s and %(mentee)s are further apart in time zones than this programme allows."),
            Rule.LEVEL_TOO_LOW: _("The level of %(mentor)s is too low beside that of %(mentee)s for this programme."),
            Rule.LEVEL_TOO_HIGH: _("The level of %(mentor)s is too high beside that of %(mentee)s for this programme."),
            Rule.NOT_ELIGIBLE: _("%(mentor)s has not been here long enough to mentor in this programme."),
        }.get(rule, ruled_out)
        super().__init__(sentence % {"mentor": mentor, "mentee": mentee})
        self.rule = RULED_OUT[0] if rule in RULED_OUT else rule


class CannotUndo(MatchingProblem):
    """What a change left behind isn't there any more, so that it can't be taken back."""
