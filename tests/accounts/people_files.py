"""HR exports of any size, for tests that need many rows."""

from collections.abc import Iterator

HEADINGS = (
    "Employee #,First Name,Last Name,Work Email,Hire Date,Termination Date,Termination Reason,Department,Job Title,Grade,"
    "Location,Time Zone,Reporting to,Supervisor EID,Employment Status,Days absent (12 months)"
)
_SITES = (("London", "Europe/London"), ("Kraków", "Europe/Warsaw"), ("Toronto", "America/Toronto"))
_DEPARTMENTS = ("Engineering", "Sales", "People", "Finance", "Clinical")


def many_people(count: int, *, start: int = 100000) -> bytes:
    """`count` people, each led by the one at a tenth of their place; every eighth has left."""
    return "\r\n".join(_lines(count, start)).encode("utf-8-sig")


def _lines(count: int, start: int) -> Iterator[str]:
    yield HEADINGS
    for i in range(count):
        site, zone = _SITES[i % 3]
        left = "2025-03-31,Resignation" if i % 8 == 7 else ","
        hired = f"{2016 + i % 9}-{1 + i % 12:02d}-{1 + i % 28:02d}"
        manager = f"Zoë{(i // 10) % 997} Person{i // 10},{start + i // 10}" if i else ","
        yield (
            f"{start + i},Zoë{i % 997},Person{i},zoe{i}@northwind.example,{hired},{left},{_DEPARTMENTS[i % 5]},Planner,"
            f"{1 + i % 7},{site},{zone},{manager},{'Inactive' if i % 8 == 7 else 'Active'},{i % 5}"
        )
