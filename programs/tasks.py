"""Long and nightly work of programmes."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Member
from mentoring.jobs.progress import JobError, Progress
from mentoring.jobs.registry import every_night, job

from . import services
from .models import Announcement, Program, SignUpSheet
from .services import announcements, approving, closing, lifelines, staging


@job("programs.import_sign_ups", title=gettext_lazy("Importing sign-ups"))
def import_sign_ups(progress: Progress, *, sheet_id: int, by_id: int) -> str:
    with progress.writing():
        sheet = SignUpSheet.objects.get(pk=sheet_id)
        try:
            services.apply_sheet(sheet, by=Member.objects.get(pk=by_id), progress=progress)
        except services.ProgramProblem as problem:
            raise JobError(str(problem)) from problem
    return _("The sign-ups are in.")


@job("programs.invite", title=gettext_lazy("Inviting people to sign up"))
def invite(
    progress: Progress, *, program_id: int, by_id: int, member_ids: list[int] | None, new_hires: bool, message: str
) -> str:
    with progress.writing():
        program = Program.objects.get(pk=program_id)
        members = services.to_invite(program, only_new_hires=new_hires)
        if member_ids is not None:
            members = members.filter(pk__in=member_ids)
        try:
            written = services.invite_to_sign_up(
                program, members=members, message=message, by=Member.objects.get(pk=by_id), progress=progress
            )
        except services.ProgramProblem as problem:
            raise JobError(str(problem)) from problem
    return ngettext("%(n)d person was written to.", "%(n)d people were written to.", written) % {"n": written}


@job("programs.announce", title=gettext_lazy("Writing to those who take part"))
def announce(progress: Progress, *, announcement_id: int) -> str:
    with progress.writing():
        written = announcements.write_letters(Announcement.objects.select_related("program").get(pk=announcement_id))
    return ngettext("%(n)d person was written to.", "%(n)d people were written to.", written) % {"n": written}


@every_night("programs.leavers")
def withdraw_leavers() -> None:
    """Those whose employment is over take part no more."""
    services.withdraw_leavers()


@every_night("programs.forget_sheets")
def forget_sheets() -> None:
    """Uploaded sheets are personal data, and nobody's for ever."""
    services.forget_sheets()


@every_night("programs.offers")
def mind_offers() -> None:
    """Offers that nobody answered in time end, and who still has to answer is reminded."""
    services.lapse_offers()
    services.lapse_seats()
    services.remind_of_offers()


@every_night("programs.mentorships")
def mind_mentorships() -> None:
    """Pauses end on their day, and who nears the end is asked to look back."""
    lifelines.resume_due()
    closing.ask_for_reviews()


@every_night("programs.stages")
def begin_stages() -> None:
    """Stages begin on their day."""
    staging.begin_due_stages()


@every_night("programs.approvals")
def remind_approvers() -> None:
    """Managers who have not decided about a sign-up are asked once more."""
    approving.remind_approvers()
