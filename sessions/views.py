def _later(request, **kwargs):
    raise NotImplementedError


session_list = availability = session_book = session_record = session_detail = session_move = session_cancel = (
    session_log
) = session_ics = _later
