"""The pages of feedback."""

from .pulse import pulse

__all__ = ["pulse"]
