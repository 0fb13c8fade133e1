"""What an owner decides for the organisation, and what everybody decides for themselves."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentoring.files.checking import FileProblem

from .. import services
from ..forms import ApiKeyForm, LogoForm, OrganisationForm, ProfileForm, add_errors
from ..models import ApiKey, Branding, Member
from ..rules import allowed, require


@require_http_methods(["GET", "POST"])
@allowed("organisation.manage")
def settings(request, org):
    form = OrganisationForm(request.POST or None, organisation=request.organisation)
    if form.is_valid():
        services.change_organisation(request.organisation, **form.cleaned_data, by=request.member)
        messages.success(request, _("Saved."))
        return redirect("accounts:settings", org=org)
    return _settings_page(request, form=form, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def logo(request, org):
    """The logo itself, for everybody here; a post from an owner puts another in its place, or none with `remove=1`."""
    if request.method == "GET":
        branding = Branding.objects.select_related("logo").first()
        if branding is None or branding.logo is None:
            raise Http404
        response = HttpResponse(bytes(branding.logo.content), content_type=branding.logo.content_type)
        response["Content-Disposition"] = 'attachment; filename="logo.png"'
        return response
    require(request.member, "organisation.manage")
    if request.POST.get("remove"):
        services.set_logo(None, by=request.member)
        messages.success(request, _("The logo is removed."))
        return redirect("accounts:settings", org=org)
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.set_logo(form.cleaned_data["logo"], by=request.member)
        except FileProblem as problem:
            form.add_error("logo", str(problem))
        else:
            messages.success(request, _("The logo is saved."))
            return redirect("accounts:settings", org=org)
    return _settings_page(request, logo_form=form, status=422)


@never_cache
@require_POST
@allowed("organisation.manage")
def api_key_create(request, org):
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, key_form=form, status=422)
    key, secret = services.create_api_key(**form.cleaned_data, by=request.member)
    # Not kept anywhere, not even in the session: this answer is the only place where it stands.
    return render(request, "accounts/api_key_created.html", {"key": key, "secret": secret})


@require_POST
@allowed("organisation.manage")
def api_key_revoke(request, org, pk):
    key = get_object_or_404(ApiKey, pk=pk)
    services.revoke_api_key(key, by=request.member)
    messages.success(request, _("The key “%(name)s” opens nothing any more.") % {"name": key.name})
    return redirect("accounts:settings", org=org)


def _settings_page(request, *, form=None, key_form=None, logo_form=None, status=200):
    context = {
        "logo_form": logo_form or LogoForm(),
        "has_logo": Branding.objects.filter(logo__isnull=False).exists(),
        "form": form or OrganisationForm(organisation=request.organisation),
        "key_form": key_form or ApiKeyForm(auto_id="key_%s"),
        "keys": list(ApiKey.objects.select_related("created_by")),
        "people": list(Member.objects.current().with_role()),
    }
    return render(request, "accounts/settings.html", context, status=status)


@require_http_methods(["GET", "POST"])
def profile(request, org):
    member = Member.objects.select_related("manager").get(pk=request.member.pk)
    form = ProfileForm(request.POST or None, member=member)
    if form.is_valid():
        try:
            services.edit_profile(member, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:profile", org=org)
    return render(request, "accounts/profile.html", {"form": form, "me": member}, status=422 if form.errors else 200)


@login_required
@require_safe
def account(request):
    """How somebody signs in, wherever they are a member."""
    types = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return render(request, "accounts/account.html", {"has_totp": "totp" in types, "has_passkey": "webauthn" in types})
