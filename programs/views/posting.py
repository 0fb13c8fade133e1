"""What was sent with a form, be it nothing: an empty one is answered with its errors, not taken for a first look."""

from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def read_again(sent: QueryDict, version: int) -> QueryDict:
    """What was typed, now as a change of the version that stands there."""
    data = sent.copy()
    data["version"] = str(version)
    return data
