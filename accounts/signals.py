"""What apps above may listen to."""

from django.dispatch import Signal

# kwargs: member, last_day. Their employment ends; what they take part in must end too.
member_left = Signal()
