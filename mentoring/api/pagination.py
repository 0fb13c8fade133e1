"""Pages of a list, each with the address of the next."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request


class ById(pagination.CursorPagination):
    """Oldest first. Rows that come or go meanwhile shift nothing: the cursor names the last row seen."""

    ordering = "id"
    page_size = 50
    page_size_query_param = "page_size"
    page_size_query_description = "Rows per page, 200 at most."
    max_page_size = 200
    cursor_query_description = "Where the page begins; take it from `next` or `previous`."

    def decode_cursor(self, request: Request) -> Any:
        refused = ValidationError({"cursor": ["This is not a cursor that a list has given."]})
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise refused from error
        if cursor and cursor.position is not None and not re.fullmatch(r"[0-9]{1,18}", str(cursor.position)):
            raise refused
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"].update(minimum=1, maximum=self.max_page_size, default=self.page_size)
        return parameters
