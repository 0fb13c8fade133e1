"""Pages of the platform itself: what went wrong, and every component in every state."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_http_methods

from .api.errors import problem


def error(request: HttpRequest, template: str, status: int) -> HttpResponse:
    if request.path.startswith("/api/v1/"):
        return problem(status)
    # No context processors: they ask the database, which may be what is broken.
    theme = SimpleNamespace(COOKIES=request.COOKIES)
    return HttpResponse(render_to_string(template, {"request": theme}), status=status)


@requires_csrf_token
def bad_request(request, exception=None):
    return error(request, "400.html", 400)


@requires_csrf_token
def permission_denied(request, exception=None):
    return error(request, "403.html", 403)


def csrf_failure(request, reason=""):
    return error(request, "403_csrf.html", 403)


@requires_csrf_token
def page_not_found(request, exception=None):
    return error(request, "404.html", 404)


@requires_csrf_token
def server_error(request):
    return error(request, "500.html", 500)


class StyleguideForm(forms.Form):
    """One field of each kind, with what can go wrong in it."""

    visible_to = {"notes": "you and your mentee", "phone": "only you"}

    name = forms.CharField(label="Name of the programme", help_text="People see it on the sign-up page.")
    email = forms.EmailField(label="Contact e-mail")
    phone = forms.CharField(label="Phone", required=False, help_text="Used for reminders, never shown to others.")
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    hours = forms.IntegerField(label="Hours a month", min_value=1, max_value=40, initial=4)
    site = forms.ChoiceField(label="Site", choices=[("", "Choose a site"), ("ber", "Berlin"), ("lon", "London")])
    kind = forms.ChoiceField(
        label="Format",
        choices=[("traditional", "Traditional one-to-one"), ("reverse", "Reverse"), ("onboarding", "Onboarding")],
        widget=forms.RadioSelect,
        initial="traditional",
    )
    languages = forms.MultipleChoiceField(
        label="Languages",
        choices=[("en", "English"), ("de", "German"), ("fr", "French")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    notes = forms.CharField(label="Notes", widget=forms.Textarea, required=False)
    export = forms.FileField(label="HR export", required=False, help_text="CSV, up to 20 MB.")
    agree = forms.BooleanField(label="I have read the mentoring agreement", help_text="Both sides accept it.")


WRONG = {"email": "ada@", "hours": "90", "site": "paris", "kind": "x", "languages": ["en"], "notes": "Bring the plan."}


@require_http_methods(["GET", "POST"])
def styleguide(request):
    """Show every component in every state: ?state=errors, ?state=messages, ?state=running&since=<seconds>."""
    state = request.GET.get("state", "")
    now = timezone.now()
    if request.method == "POST" and "cancel" in request.GET:
        messages.info(request, "The job was cancelled.")
        return redirect("styleguide")
    form = StyleguideForm(request.POST or (WRONG if state == "errors" else None), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, f"The programme {form.cleaned_data['name']} is open.")
        return redirect("styleguide")
    if state == "messages":
        messages.success(request, "The programme is open. Sign-ups can begin.")
        messages.warning(request, "Two mentors have no free hours this month.")
        messages.error(request, "Two people could not be invited.")
    # A job of twelve seconds that began then.
    since = request.GET.get("since", "")
    seconds = now.timestamp() - int(since) if since.isdigit() else 4
    scored = min(1200, int(100 * max(0, seconds)))
    context = {
        "form": form,
        "nav": [
            {"label": "Home", "url": "/styleguide/", "icon": "house", "current": True},
            {"label": "Programmes", "url": "#", "icon": "sprout", "current": False},
            {"label": "Matching", "url": "#", "icon": "heart-handshake", "current": False, "count": 3},
            {"label": "Sessions", "url": "#", "icon": "calendar", "current": False},
            {"label": "People", "url": "#", "icon": "users", "current": False, "heading": "Organisation"},
            {"label": "Reports", "url": "#", "icon": "chart-line", "current": False},
            {"label": "Settings", "url": "#", "icon": "settings", "current": False},
        ],
        "organisation": SimpleNamespace(name="Harbour & Lane", slug="harbour"),
        "organisations": [
            SimpleNamespace(name="Harbour & Lane", slug="harbour"),
            SimpleNamespace(name="Northwind Trust", slug="northwind"),
        ],
        "member": SimpleNamespace(name="Ada Okafor"),
        "tones": ["neutral", "primary", "accent", "info", "success", "warning", "danger"],
        "variants": ["primary", "secondary", "outline", "ghost", "link", "accent", "danger", "danger-outline"],
        "icons": (settings.BASE_DIR / "static/src/icons.txt").read_text().split(),
        "soon": now + timedelta(days=3, hours=2),
        "past": now - timedelta(minutes=25),
        "steps": [
            {"label": "Objective", "url": "#", "state": "done"},
            {"label": "Format", "url": "#", "state": "done"},
            {"label": "Who", "state": "current"},
            {"label": "Matching", "state": ""},
            {"label": "Check answers", "state": ""},
        ],
        "tabs": [
            {"label": "Overview", "url": "#", "current": True},
            {"label": "People", "url": "#", "count": 48},
            {"label": "Sign-up page", "url": "#"},
        ],
        "trail": [{"label": "Programmes", "url": "#"}, {"label": "Women in engineering", "url": "#"}],
        "facts": [
            {"label": "Format", "value": "Traditional one-to-one"},
            {"label": "Runs", "value": "1 February to 31 October 2027"},
            {"label": "Contact", "value": "Ada Okafor"},
        ],
        "actions": [
            {"label": "Edit", "url": "#", "icon": "pencil"},
            {"label": "Copy", "url": "#", "icon": "copy"},
            {"label": "Close the programme", "url": "#", "icon": "archive", "tone": "danger"},
        ],
        "people": [
            {"name": "Ada Okafor", "team": "Platform", "sessions": 12, "state": "Active", "tone": "success"},
            {"name": "Björn Lindqvist", "team": "Finance", "sessions": 3, "state": "Waiting", "tone": "warning"},
            {
                "name": "Chioma Eze-Wolanski",
                "team": "Customer care",
                "sessions": 0,
                "state": "Paused",
                "tone": "neutral",
            },
        ],
        "page": Paginator(range(312), 25).page(2),
        "job": {"state": "running" if scored < 1200 else "done", "done": scored} if state == "running" else None,
        "now": now,
    }
    return render(request, "styleguide.html", context, status=422 if form.errors else 200)
