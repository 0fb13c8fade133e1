"""Surveys: making them, sending them, answering them, and what may be told of the answers."""
