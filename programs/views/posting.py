"""What was sent with a form, be it nothing: an empty one is answered with its errors, not taken for a first look."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
