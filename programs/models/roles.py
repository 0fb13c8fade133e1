"""What somebody is in a programme, and in a mentorship."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MENTOR = "mentor", _("mentor")
    MENTEE = "mentee", _("mentee")
    # Where all are alike: one pool instead of two sides.
    PEER = "peer", _("peer")
