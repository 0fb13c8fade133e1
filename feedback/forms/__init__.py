"""The forms of feedback."""

from .pulse import PulseForm

__all__ = ["PulseForm"]
