"""One JSON object a line, without personal data: ids and codes, never names, addresses or what people wrote."""

import logging
import re

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, WrappedLogger

# What exceptions quote: addresses, and the values that PostgreSQL names when a constraint refuses them.
ADDRESS = re.compile(r"[^\s\"'<>()=:,;\\]+@[^\s\"'<>()=:,;\\]+\.[\w-]+")
IN_A_STRING = r'(?:[^"\\]|\\.)*?'
QUOTED_VALUES = re.compile(rf"(?<=\)=\(){IN_A_STRING}(?=\))|(?<=Failing row contains \(){IN_A_STRING}(?=\)\.)")


def formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ExtraAdder(),
            _without_path,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # Without the variables, in which everything stands that people wrote.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            _line,
        ],
    )


def _without_path(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Django names the path of a request that failed, which may carry a token; we name its route."""
    # Another handler's copy of the text.
    event.pop("message", None)
    request = event.pop("request", None)
    path = getattr(request, "path", "")
    if path:
        match = getattr(request, "resolver_match", None)
        event["route"] = match.view_name if match else ""
        event["event"] = str(event["event"]).replace(path, event["route"] or "…")
    return event


def _line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    line = str(structlog.processors.JSONRenderer(ensure_ascii=False)(logger, name, event))
    return ADDRESS.sub("…", QUOTED_VALUES.sub("…", line))
