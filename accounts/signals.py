"""What apps above may listen to."""

from django.dispatch import Signal

# kwargs: member, last_day. Their employment ends; what they take part in must end too.
member_left = Signal()
# kwargs: member, name (as they were called until now). What they wrote and what only they need has to go.
member_erased = Signal()
# kwargs: members (ids). What is recorded of them that others decide by has changed: level, department, place, manager.
members_changed = Signal()
# kwargs: member. Roles were given to them, or taken.
roles_changed = Signal()
