"""Who reports to whom, without circles."""

from __future__ import annotations

from .identity import Registry
from .messages import shown
from .records import Person, Record


class Managers:
    """Finds the manager that a row names, and links people in the order of the file."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.existing = registry.existing
        self.by_name: dict[str, Person | None] | None = None

    def link(self, records: list[Record]) -> None:
        """Link people to their managers in the order of the file, leaving out links that would close a circle."""
        linking = [r for r in records if r.applies and r.person]
        moving = {r.person.member.id for r in linking if r.person and r.person.member}
        tree = _Tree()
        for member in self.existing.by_id.values():
            if member.manager_id is not None and member.id not in moving:
                tree.link(f"id:{member.id}", f"id:{member.manager_id}")
        for record in linking:
            person = record.person
            if person is None:
                continue
            found = self._manager_of(record)
            if found is not None and tree.link(person.key, found.key):
                person.manager = found
            elif found is not None:
                record.drop_manager(
                    "manager_circle",
                    f"{found.called} reports, directly or through others, to {person.called}, and a circle is impossible",
                )
            if record.keeps_manager:
                before = person.member.manager_id if person.member else None
                if before is not None and before in self.existing.by_id and tree.link(person.key, f"id:{before}"):
                    person.manager = self.registry.known(self.existing.by_id[before])

    def _manager_of(self, record: Record) -> Person | None:
        number, name = record.manager_number, record.manager_name
        found = self.registry.find(number) if number else None
        if found is None and name:
            found = self.registry.find(name) or self._by_name(record, name)
        if found is not None and found is record.person:
            record.drop_manager("own_manager", "Named as their own manager")
            return None
        if found is None and (record.manager_number or record.manager_name):
            line = self.registry.refused_numbers.get(number.casefold())
            why = f"is refused in row {line}" if line else "is neither in this file nor known here"
            record.drop_manager("manager_unknown", f"Manager {shown(number or name)} {why}")
        return found

    def _by_name(self, record: Record, name: str) -> Person | None:
        if self.by_name is None:
            self.by_name = {}
            for member in self.existing.by_id.values():
                if f"id:{member.id}" not in self.registry.people:
                    self._index_name(self.registry.known(member), member.given_name, member.family_name)
            for person in self.registry.people.values():
                _, given, family, *_ = person.records[0].values
                if given is None and family is None and person.member:
                    given, family = person.member.given_name, person.member.family_name
                self._index_name(person, str(given or ""), str(family or ""))
        key = " ".join(name.casefold().split())
        if key not in self.by_name:
            return None
        found = self.by_name[key]
        if found is None:
            record.drop_manager(
                "manager_unclear", f"Several people are called {shown(name)}: give the manager’s employee number"
            )
        return found

    def _index_name(self, person: Person, given: str, family: str) -> None:
        index = self.by_name
        if index is None or not (given or family):
            return
        for form in {
            f"{given} {family}".strip(),
            f"{family}, {given}" if given else family,
            f"{family} {given}".strip(),
        }:
            key = form.casefold()
            index[key] = None if key in index and index[key] is not person else person


class _Tree:
    """Who reports to whom, as a forest that only grows; refuses links that would close a circle.

    Union by compressed paths: the end of every path is the top of the person's tree (Tarjan 1975).
    """

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def top(self, key: str) -> str:
        above = self._above
        top = key
        while top in above:
            top = above[top]
        while key != top:
            above[key], key = top, above[key]
        return top

    def link(self, key: str, manager: str) -> bool:
        """Put `key`, who has nobody above them yet, below `manager`. False, and nothing done, for a circle."""
        top = self.top(manager)
        if top == key:
            return False
        self._above[key] = top
        return True
