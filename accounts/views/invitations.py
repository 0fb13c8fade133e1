"""Inviting people, and the page that an invitation leads to."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from .. import services
from ..adapter import remember_invitation
from ..forms import InvitationForm, add_errors
from ..models import Invitation, Member, Organisation, User
from ..rules import allowed


@require_http_methods(["GET", "POST"])
@allowed("people.manage")
def invitation_create(request, org):
    form = InvitationForm(request.POST or None, by=request.member)
    if form.is_valid():
        try:
            member = services.invite_colleague(**form.cleaned_data, by=request.member)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": member.email})
            return redirect("accounts:member_detail", org=org, pk=member.pk)
    return render(request, "accounts/invitation_create.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@allowed("people.manage")
def member_invite(request, org, pk):
    member = get_object_or_404(Member, pk=pk)
    try:
        services.invite_member(member, by=request.member)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": member.email})
    return redirect("accounts:member_detail", org=org, pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request, slug, token):
    """Show who invites whom; a signed-in visitor joins with a click, others sign up or in and come back."""
    user = request.user if request.user.is_authenticated else None
    organisation = Organisation.objects.filter(slug=slug).first()
    invitation = services.find_invitation(organisation, token) if organisation else None
    if invitation is None:
        # A wrong organisation and a wrong token look the same.
        return render(request, "accounts/invitation_refused.html", {"reason": "unknown"}, status=404)
    context = {"invitation": invitation, "invited": invitation.member, "inviting": organisation}
    reason = services.why_refused(invitation, user=user)
    if reason:
        return render(request, "accounts/invitation_refused.html", {**context, "reason": reason}, status=410)
    if user is None:
        return _ask_to_sign_in(request, context)
    if invitation.member.user_id == user.pk:
        # The letter stays in the inbox, and its link goes on leading to what it was about.
        return redirect(_next_page(invitation, invitation.member))
    if request.method == "GET":
        return render(request, "accounts/invitation_accept.html", context)
    try:
        member = services.accept_invitation(organisation, token, user=user)
    except services.InvitationRefused as refused:
        return render(request, "accounts/invitation_refused.html", {**context, "reason": refused.reason}, status=410)
    messages.success(request, _("Welcome to %(name)s.") % {"name": organisation.name})
    return redirect(_next_page(invitation, member))


def _ask_to_sign_in(request, context):
    invitation = context["invitation"]
    remember_invitation(request, invitation.organisation.slug, request.resolver_match.kwargs["token"])
    back = urlencode({"next": request.path})
    context |= {
        # Whoever holds the token reads that mailbox, so this tells them nothing about anybody else.
        "has_login": User.objects.filter(email=invitation.sent_to).exists(),
        "login_url": f"{reverse('account_login')}?{back}",
        "signup_url": f"{reverse('account_signup')}?{back}&{urlencode({'email': invitation.sent_to})}",
    }
    return render(request, "accounts/invitation_accept.html", context)


def _next_page(invitation: Invitation, member: Member) -> str:
    slug = invitation.organisation.slug
    inside = invitation.next_path.startswith(f"/o/{slug}/")
    return invitation.next_path if inside else reverse("reports:home", kwargs={"org": slug})
