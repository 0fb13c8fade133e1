"""What programmes tell the apps above them, inside the transaction in which it happens."""

from django.dispatch import Signal

# mentorship: Mentorship. Everybody in it has accepted.
mentorship_started = Signal()
# mentorship: Mentorship. Completed, ended early, or withdrawn before everybody had answered.
mentorship_ended = Signal()
# mentorship: Mentorship. It rests from now on, until its resumes_on if it has one.
mentorship_paused = Signal()
# participant: Participant. Somebody has come into a mentorship that runs already, or has left one that goes on.
participant_joined = Signal()
participant_left = Signal()
# enrolment: Enrolment. The member has left the programme, or was not accepted.
enrolment_ended = Signal()
# program: Program, by: Member. It is open for sign-up from now on.
program_launched = Signal()
# program: Program. It rests from now on; what is booked in it stays.
program_paused = Signal()
# program: Program, rested: timedelta. It goes on after a pause of that length.
program_resumed = Signal()
# enrolment: Enrolment, had: (capacity, hours per month) until now. What the member said in the programme has changed:
# answers, skills, languages, hours, places.
answers_changed = Signal()
