"""Names of pages that other apps are going to have, so that the frame of these pages can link to them."""

from django.http import HttpResponse
from django.urls import NoReverseMatch, include, path, reverse

from mentoring import urls

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


def page(request, org):
    return HttpResponse("<!doctype html><html lang=en><title>Home</title><main><h1>Home</h1></main></html>")


def missing(name):
    try:
        reverse(name, kwargs={"org": "x"}, urlconf=urls)
    except NoReverseMatch:
        return True
    return False


NAMES = {"reports": ["home", "overview"], "programs": ["list"], "sessions": ["list"]}
urlpatterns = [
    path(
        "o/<slug:org>/",
        include(([path("" if n == "home" else f"{app}-{n}/", page, name=n) for n in names], app)),
    )
    for app, names in NAMES.items()
    if any(missing(f"{app}:{n}") for n in names)
] + urls.urlpatterns
