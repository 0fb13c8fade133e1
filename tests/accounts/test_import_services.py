"""Imports without a page: from the uploaded bytes to the people in the database."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import imports
from accounts.importing.guessing import BadSettings
from accounts.importing.reading import UnreadableFile
from accounts.models import Access, ImportRow, Member, PeopleImport, Spell
from accounts.signals import member_left
from mentoring.jobs.progress import NoProgress
from mentoring.outbox.models import Dispatch, Message
from mentoring.tenancy.scope import organisation_scope
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[1] / "data"
HEADINGS = "Employee ID,Given name,Surname,E-mail,Start date,End date,Office,Time zone,Manager ID\n"


@pytest.fixture
def north():
    return make_organisation("northwind")


@pytest.fixture
def alice(north):
    return make_member(north, "Alice", is_admin=True, employee_number="1")


@pytest.fixture
def imported(alice, north):
    """Import a sample file, or rows below our headings."""

    def run(text):
        content = (DATA / text).read_bytes() if text.endswith(".csv") else (HEADINGS + text).encode()
        with inside(north):
            return imports.import_now(content, name="people.csv", by=alice)

    return run


@pytest.fixture
def person(north):
    def find(number):
        with inside(north):
            return Member.objects.select_related("manager").get(employee_number=number)

    return find


def spells(north, number):
    with inside(north):
        found = Spell.objects.filter(member__employee_number=number)
        return [(str(s.started_on), s.ended_on and str(s.ended_on), s.end_reason) for s in found]


def everything(north):
    with inside(north):
        members = list(Member.objects.order_by("pk").values())
        return members, list(Spell.objects.order_by("pk").values())


def test_bamboo_is_created_whole_and_the_second_time_nothing_changes(imported, north, person):
    # 25 of them have addresses with letters that some mail servers refuse.
    assert imported("people_bamboo.csv").counts == {"create": 1200, "here": 1, "notes": 25}
    diego, boss = person("10001"), person("10000")
    assert (diego.name, diego.email, diego.level) == ("Diego Rivera", "diego.rivera@northwind.example", 7)
    assert (diego.time_zone, diego.manager, diego.user) == ("America/Toronto", boss, None)
    assert (str(diego.hired_on), diego.left_on) == ("2022-08-26", None)
    before = everything(north)
    again = imported("people_bamboo.csv")
    assert (again.counts["same"], again.counts.get("create"), again.counts.get("change")) == (1200, None, None)
    assert everything(north) == before


def test_applying_twice_changes_nothing(imported, north):
    done = imported("people_bamboo.csv")
    before = everything(north)
    with inside(north):
        assert imports.apply_import(done, NoProgress()) == "1,200 people created."
    assert everything(north) == before


def test_workday_in_german_and_windows_letters(imported, person):
    assert imported("people_workday.csv").counts["create"] == 600
    yusuf = person("10000")
    assert (yusuf.given_name, yusuf.family_name, str(yusuf.hired_on)) == ("Yusuf", "Nowak", "2015-03-01")
    assert person("10001").manager == yusuf
    # The file gives no time zones and nobody is known at its sites.
    assert yusuf.time_zone == "Europe/London"


def test_a_rehire_is_a_second_spell(imported, north, person):
    imported("people_messy.csv")
    assert spells(north, "20200") == [("2018-01-08", "2019-06-30", ""), ("2021-09-01", None, "")]
    assert (str(person("20200").hired_on), person("20200").left_on) == ("2018-01-08", None)
    # Of a circle of managers one link is left out.
    assert person("20100").manager == person("20101")
    assert person("20101").manager is None


def test_rows_of_a_later_spell_may_come_first(imported, north):
    imported("7,Ada,Obi,ada@northwind.example,2018-01-08,,,,\n")
    imported(
        "7,Ada,Obi,ada@northwind.example,2021-09-01,,,,\n7,Ada,Obi,ada@northwind.example,2018-01-08,2019-06-30,,,\n"
    )
    assert spells(north, "7") == [("2018-01-08", "2019-06-30", ""), ("2021-09-01", None, "")]


def test_leavers_lose_access_and_are_told_of_once(imported, north, person):
    bob = make_member(north, "Bob", employee_number="2", hired_on=date(2020, 1, 6))
    heard = []
    member_left.connect(listener := lambda member, last_day, **kw: heard.append((member.pk, str(last_day))))
    row = f"2,Bob,Osei,{bob.email},2020-01-06,2026-10-31,,,\n"
    assert imported(row).counts["leave"] == 1
    assert str(person("2").left_on) == "2026-10-31"
    assert not Access.objects.filter(user=bob.user).exists()
    imported(row)
    # Who has left already when they are created takes part in nothing.
    imported("3,Eve,Osei,eve@northwind.example,2020-01-06,2026-10-31,,,\n")
    assert heard == [(bob.pk, "2026-10-31")]
    imported(f"2,Bob,Osei,{bob.email},2026-11-02,,,,\n")
    assert Access.objects.filter(user=bob.user, organisation=north).exists()
    assert person("2").left_on is None
    member_left.disconnect(listener)


def test_a_last_day_ahead_keeps_access_until_then(imported, north, person):
    bob = make_member(north, "Bob", employee_number="2", hired_on=date(2020, 1, 6))
    last_day = timezone.localdate() + timedelta(days=30)
    imported(f"2,Bob,Osei,{bob.email},2020-01-06,{last_day},,,\n")
    assert person("2").left_on == last_day
    assert Access.objects.filter(user=bob.user).exists()


def test_another_address_for_somebody_with_a_login_is_noted(imported, north, person):
    bob = make_member(north, "Bob", employee_number="2", hired_on=date(2020, 1, 6))
    with inside(north):
        Message.objects.create(kind="test", subject_ref="test:1", recipient=bob.email, subject="Yes", text="Yes.")
        Dispatch.objects.create(organisation=north, message_id=Message.objects.get().pk, due_at=timezone.now())
    imported("2,Bob,Osei,Robert@Northwind.example,2020-01-06,,,,\n")
    assert person("2").email == "robert@northwind.example"
    with inside(north):
        assert Message.objects.get().recipient == "robert@northwind.example"
    bob.user.refresh_from_db()
    assert bob.user.email == "bob@northwind.example"
    with inside(north):
        (row,) = ImportRow.objects.all()
    assert [note["text"] for note in row.plan["notes"]] == [
        "Signs in with bob@northwind.example, and still will: only they can change that."
    ]


def test_an_import_redirects_no_invitation_of_somebody_with_a_role(imported, north, person):
    make_member(north, "Otto", login=False, is_owner=True, employee_number="7", hired_on=date(2020, 1, 6))
    done = imported("7,Otto,Osei,adams.other@mail.example,2020-01-06,,,,\n")
    assert person("7").email == "otto@northwind.example"
    assert (done.counts["change"], done.counts["same"]) == (0, 1)
    with inside(north):
        (row,) = done.rows.all()
        assert [note["text"] for note in row.plan["notes"]] == [
            "Has a role and no login yet, so only an owner can change the e-mail address; it stays as it is."
        ]


def test_time_zones_come_from_the_file_else_the_site_else_the_organisation(imported, north, person):
    make_member(north, "Kim", login=False, site="Toronto", time_zone="America/Toronto")
    imported(
        "5,Ada,Obi,a@northwind.example,2021-01-04,,Toronto,,\n6,Ben,Obi,b@northwind.example,2021-01-04,,Oslo,,\n"
        "7,Cyd,Obi,c@northwind.example,2021-01-04,,Toronto,Asia/Tokyo,\n"
    )
    zones = [person(number).time_zone for number in ("5", "6", "7")]
    assert zones == ["America/Toronto", "Europe/London", "Asia/Tokyo"]


def test_whoever_is_missing_from_the_file_stays(imported, north, person, alice):
    imported("5,Ada,Obi,a@northwind.example,2021-01-04,,,,\n")
    imported("6,Ben,Obi,b@northwind.example,2021-01-04,,,,5\n")
    assert person("5").left_on is None
    assert person("6").manager == person("5")
    assert person("1") == alice


def test_only_what_is_still_to_be_worked_through_is_kept(imported, north):
    done = imported("people_messy.csv")
    with inside(north):
        assert bytes(PeopleImport.objects.get().content) == b""
        assert set(done.rows.filter(has_notes=False).values_list("action", flat=True)) == {"refuse"}
        assert done.rows.filter(action="refuse").count() == 15
        assert imports.forget_imports() == 0
        PeopleImport.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
        assert imports.forget_imports() == 1
        assert imports.forget_imports() == 0
        assert not ImportRow.objects.exists()
        assert PeopleImport.objects.get().status == "done"


def test_an_upload_that_nobody_went_on_with_is_forgotten(alice, north):
    with inside(north):
        imports.upload(name="people.csv", content=(DATA / "people_messy.csv").read_bytes(), by=alice)
        PeopleImport.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
        assert imports.forget_imports() == 1
        left = PeopleImport.objects.get()
        assert (left.status, bytes(left.content)) == ("cancelled", b"")


def test_columns_corrected_while_they_are_read_are_read_again(alice, north):
    class Correcting(NoProgress):
        """Somebody who corrects the columns while the rows are read."""

        def __init__(self):
            self.has_corrected = False

        def step(self, done, total, note=""):
            if note == "Reading the rows" and not self.has_corrected:
                self.has_corrected = True
                changed = PeopleImport.objects.get()
                changed.settings["columns"] = [c if c != "site" else None for c in changed.settings["columns"]]
                changed.save(update_fields=["settings"])

    with inside(north):
        people_import = imports.upload(name="p.csv", content=(DATA / "people_messy.csv").read_bytes(), by=alice)
        imports.plan_import(people_import, Correcting())
        values = ImportRow.objects.get(line=2).plan["values"]
    assert values["site"] == ""


def test_two_imports_of_the_same_people_do_not_double_them(alice, north):
    content = (HEADINGS + "5,Ada,Obi,a@northwind.example,2021-01-04,,,,\n").encode()
    with inside(north):
        first, second = (imports.upload(name="p.csv", content=content, by=alice) for _ in range(2))
        for each in (first, second):
            imports.plan_import(each, NoProgress())
        assert imports.apply_import(first, NoProgress()) == "1 person created."
        assert imports.apply_import(second, NoProgress()).startswith("The people changed after the preview was made")
        second.refresh_from_db()
        assert (second.status, second.is_replanned, second.counts.get("same")) == ("planned", True, 1)
        assert Member.objects.filter(employee_number="5").count() == 1


def test_of_another_organisation_nobody_is_touched(imported, alice):
    south = make_organisation("southwind")
    other = make_member(south, "Diego", login=False, employee_number="10001", family_name="Other")
    imported("people_bamboo.csv")
    with inside(south):
        assert list(Member.objects.values_list("pk", "family_name")) == [(other.pk, "Other")]
        assert not PeopleImport.objects.exists()


def test_what_needs_a_person_is_not_imported_blindly(alice, north):
    with inside(north):
        with pytest.raises(UnreadableFile):
            imports.import_now(b"", name="x.csv", by=alice)
        with pytest.raises(BadSettings):
            imports.import_now(b"Colour,Size\nred,1\n", name="x.csv", by=alice)


def test_only_those_who_manage_people_may(north):
    mia = make_member(north, "Mia", is_hr=True)
    with inside(north), pytest.raises(PermissionDenied):
        imports.upload(name="p.csv", content=(DATA / "people_messy.csv").read_bytes(), by=mia)


def test_as_a_worker_does_it_outside_a_transaction(alice, north):
    with inside(north):
        people_import = imports.upload(name="p.csv", content=(DATA / "people_messy.csv").read_bytes(), by=alice)
    with organisation_scope(north):
        imports.plan_import(people_import, NoProgress())
        assert imports.apply_import(people_import, NoProgress()) == "44 people created, 1 changed."
