"""The agreement of a mentorship: reading, accepting and writing it anew, and its earlier versions."""

from dataclasses import asdict

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..forms.along import AgreementForm
from ..services import agreements as services
from ..services.problems import ChangedMeanwhile, ProgramProblem
from .finding import find_own
from .posting import posted, read_again


@never_cache
@require_http_methods(["GET", "POST"])
def agreement(request, org, pk):
    """Show the agreement with all its versions; a post accepts the version that was read."""
    mentorship, context = find_own(request, pk)
    if request.method == "POST":
        version = request.POST.get("version", "")
        try:
            services.accept_agreement(
                mentorship, version=int(version) if version.isdecimal() and len(version) < 6 else 0, by=request.member
            )
        except ProgramProblem as problem:
            messages.warning(request, str(problem))
        else:
            messages.success(request, _("You have accepted the agreement."))
        return redirect("programs:agreement", org=org, pk=pk)
    versions = services.standings_of(mentorship)
    latest = versions[0] if versions else None
    context |= {
        "latest": latest,
        "earlier": versions[1:],
        "to_accept": latest is not None and any(member.pk == request.member.pk for member in latest.missing),
    }
    return render(request, "programs/agreement.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def agreement_edit(request, org, pk):
    """Write the first version, or a new one."""
    mentorship, context = find_own(request, pk)
    if not context["is_active"]:
        messages.warning(request, _("This mentorship is not active, so the agreement stays as it is."))
        return redirect("programs:agreement", org=org, pk=pk)
    versions = services.standings_of(mentorship)
    latest = versions[0].agreement if versions else None
    if latest:
        names = ("aims", "rhythm", "confidentiality", "ending", "version")
        initial = {name: getattr(latest, name) for name in names}
    else:
        initial = asdict(services.proposed_terms(mentorship)) | {"version": 0}
    form, status = AgreementForm(posted(request), initial=initial), 200
    if form.is_valid():
        terms = services.Terms(**{name: form.cleaned_data[name].strip() for name in initial if name != "version"})
        try:
            services.write_agreement(mentorship, terms, after=form.cleaned_data["version"], by=request.member)
        except ChangedMeanwhile as problem:
            form.data = read_again(form.data, latest.version if latest else 0)
            form.add_error(None, str(problem))
            context["now"], status = latest, 409
        except ProgramProblem as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The agreement is written. It holds once everybody has accepted it."))
            return redirect("programs:agreement", org=org, pk=pk)
    if form.errors and status == 200:
        status = 422
    context |= {"form": form, "latest": latest}
    return render(request, "programs/agreement_form.html", context, status=status)
