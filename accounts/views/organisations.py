"""Where people come in, and the organisations they may enter."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import services
from ..forms import OrganisationForm, add_errors
from ..models import Organisation


@require_safe
def landing(request):
    """What this is, for strangers; the shortest way in for everybody else."""
    if not request.user.is_authenticated:
        return render(request, "accounts/landing.html")
    mine = list(Organisation.objects.filter(accesses__user=request.user)[:2])
    if not mine:
        return redirect("accounts:organisation_create")
    return redirect("reports:home", org=mine[0].slug) if len(mine) == 1 else redirect("accounts:organisations")


@login_required
@require_safe
def organisation_list(request):
    return render(request, "accounts/organisation_list.html")


@login_required
@require_http_methods(["GET", "POST"])
def organisation_create(request):
    form = OrganisationForm(request.POST or None)
    if form.is_valid():
        try:
            organisation = services.create_organisation(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s is ready.") % {"name": organisation.name})
            return redirect("reports:home", org=organisation.slug)
    is_first = not Organisation.objects.filter(accesses__user=request.user).exists()
    context = {"form": form, "is_first": is_first}
    return render(request, "accounts/organisation_create.html", context, status=422 if form.errors else 200)
