"""Who a row is about: somebody of an earlier row, a member, or somebody new."""

from __future__ import annotations

from .existing import Existing, ExistingMember
from .records import Person, Record


class Registry:
    """The people of a file and of the snapshot, found by employee number and e-mail address."""

    def __init__(self, existing: Existing, *, knows_start: bool, knows_email: bool) -> None:
        self.existing = existing
        self.knows_start = knows_start
        self.knows_email = knows_email
        self.people: dict[str, Person] = {}
        self.by_number: dict[str, Person] = {}
        self.by_email: dict[str, Person] = {}
        self.refused_numbers: dict[str, int] = {}

    def identify(self, record: Record) -> None:
        """Tie a record to a person, or refuse it."""
        if not record.errors:
            self._require_enough(record)
        person = None if record.errors else self._person(record)
        if person is None or record.errors:
            if record.number:
                self.refused_numbers.setdefault(record.number.casefold(), record.line)
            return
        if not person.records:
            self.people[person.key] = person
            person.first = record.line
            if person.member is None or record.values[1] is not None or record.values[2] is not None:
                person.name = record.name
        elif record.values[1:3] != person.records[0].values[1:3]:
            record.note(
                "other_name", f"The same person as in row {person.first}, under another name: check.", "family_name"
            )
        person.number = record.number or person.number
        person.email = record.email or person.email
        person.records.append(record)
        record.person = person
        if record.number:
            self.by_number[record.number.casefold()] = person
        if record.email:
            self.by_email[record.email] = person

    def _person(self, record: Record) -> Person | None:
        """Whose row this is: somebody of an earlier row, a member, or somebody new."""
        person = self._whose(record)
        if record.errors:
            return None
        member = self._member(record)
        if record.errors:
            return None
        if person is None:
            key = f"id:{member.id}" if member else f"row:{record.line}"
            person = self.people.get(key) or Person(key, member)
        elif member is not None and (person.member is None or person.member.id != member.id):
            record.refuse(
                "two_people",
                f"Row {person.first} is this person, but the employee number or e-mail address is that of {member.name}. "
                "Correct one of them.",
                "employee_number",
            )
        if record.email and person.email not in ("", record.email):
            record.refuse(
                "duplicate_number", f"Row {person.first} gives this person another e-mail address; give one.", "email"
            )
        if not person.records:
            self._say_what_lacks(record, person)
        return person

    def _whose(self, record: Record) -> Person | None:
        """The person of an earlier row with the same number or address."""
        same_number = self.by_number.get(record.number.casefold()) if record.number else None
        same_email = self.by_email.get(record.email) if record.email else None
        if same_number and record.email and same_number.email and same_number.email != record.email:
            record.refuse(
                "duplicate_number",
                f"Row {same_number.first} has employee number {record.number} already, with another e-mail address. "
                "Give each person a number of their own.",
                "employee_number",
            )
        if same_email and record.number and same_email.number.casefold() not in ("", record.number.casefold()):
            record.refuse(
                "duplicate_email",
                f"Row {same_email.first} has the e-mail address {record.email} already, with another employee number. "
                "Give each person an address of their own.",
                "email",
            )
        if not record.errors and same_number and same_email and same_number is not same_email:
            record.refuse(
                "two_people",
                f"The employee number is that of row {same_number.first}, the e-mail address that of row "
                f"{same_email.first}. Correct one of them.",
                "employee_number",
            )
        return same_number or same_email

    def _member(self, record: Record) -> ExistingMember | None:
        """The member with this number or address."""
        by_number = self.existing.by_number.get(record.number.casefold()) if record.number else None
        by_email = self.existing.by_email.get(record.email) if record.email else None
        record.require_one_person(by_number, by_email)
        if by_email and not by_number and record.number and by_email.employee_number:
            record.refuse(
                "email_taken",
                f"The e-mail address belongs to {by_email.name}, whose employee number is {by_email.employee_number}, "
                f"not {record.number}. Correct one of them.",
                "email",
            )
        return by_number or by_email

    def _require_enough(self, record: Record) -> None:
        """Every row needs a name, a way to find the person again, and a beginning or an address.

        This asks nothing of who is known, so that a row that is refused once is refused again.
        """
        if not record.values[1] and not record.values[2]:
            record.refuse("no_name", "No name; give one.", "family_name")
        if not record.number and not record.email:
            record.refuse(
                "no_key",
                "Neither an employee number nor an e-mail address; give one, so that the person is found again.",
                "employee_number",
            )
        elif not record.email and not record.started_on and (self.knows_start or self.knows_email):
            record.refuse(
                "too_little", "Neither an e-mail address nor a start date; give at least one of them.", "email"
            )
        elif record.ended_on and not record.started_on and self.knows_start:
            record.refuse("no_start", "An end date without a start date; give the start date.", "hired_on")

    def _say_what_lacks(self, record: Record, person: Person) -> None:
        member = person.member
        if not record.email and not (member and member.email):
            record.note("no_email", "No e-mail address: can’t be invited until one is given.", "email")
        if not record.started_on and self.knows_start and member is None:
            record.note("no_start", "No start date: left out of retention figures until one is given.", "hired_on")

    def find(self, reference: str) -> Person | None:
        """Whoever has this employee number or e-mail address."""
        key = reference.casefold()
        found = self.by_number.get(key) or self.by_email.get(key)
        if found is None:
            member = self.existing.by_number.get(key) or self.existing.by_email.get(key)
            found = self.known(member) if member else None
        return found

    def known(self, member: ExistingMember) -> Person:
        """The member as a person of this plan."""
        key = f"id:{member.id}"
        person = self.people.get(key)
        return person or Person(key, member)
