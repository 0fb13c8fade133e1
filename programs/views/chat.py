"""The messages of a mentorship: for the people in it, and for nobody else."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mentoring.files.checking import FileProblem
from mentoring.files.models import StoredFile
from mentoring.files.serving import attachment

from ..forms.chat import MessageForm
from ..models import ChatAttachment
from ..services import chat as services
from ..services.problems import ProgramProblem
from .finding import find_own

PER_PAGE = 50


@never_cache
@require_http_methods(["GET", "POST"])
def message_list(request, org, pk):
    """The conversation, the latest at the end; a post adds to it. The page asks again for what is new by itself."""
    mentorship, context = find_own(request, pk)
    form = MessageForm(request.POST, request.FILES) if request.method == "POST" else MessageForm.fresh()
    if form.is_bound and form.is_valid():
        try:
            services.send_message(
                mentorship,
                text=form.cleaned_data["text"],
                uploads=form.cleaned_data["attached"],
                token=form.cleaned_data["token"],
                by=request.member,
            )
        except FileProblem as problem:
            form.add_error("attached", str(problem))
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect(reverse("programs:messages", args=[org, pk]) + "#write")
    seen = services.read_until(request.member, mentorship)
    page = Paginator(services.messages_of(mentorship), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)[::-1]
    for each in shown:
        each.is_own = each.author_id == request.member.pk
        each.is_new = not each.is_own and (seen is None or each.sent_at > seen)
    if page.number == 1 and any(each.is_new for each in shown):
        services.mark_read(mentorship, by=request.member)
    context |= {
        "form": form,
        "page": page,
        "shown": shown,
        "may_write": services.may_write(mentorship),
        "until": services.writes_until(mentorship),
    }
    return render(request, "programs/message_list.html", context, status=422 if form.errors else 200)


@require_safe
def message_file(request, org, pk):
    """A file that came with a message."""
    found = get_object_or_404(ChatAttachment.objects.select_related("message"), pk=pk)
    try:
        find_own(request, found.message.mentorship_id)
    except Http404:
        raise Http404 from None
    return attachment(StoredFile.objects.get(pk=found.file_id))
