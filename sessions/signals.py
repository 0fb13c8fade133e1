"""What sessions tell the apps above them, inside the transaction in which it happens."""

from django.dispatch import Signal

# session: Session. Everybody who took part has said that it was held.
session_held = Signal()
# session: Session, member: Member. Of a group session that counts as held already, somebody has said that they were there.
attendance_added = Signal()
