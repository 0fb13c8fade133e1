import re

from sessions import services
from sessions.models import WeeklyHours
from tests.people import inside, make_member, make_mentorship

PATH = "/o/northwind/sessions/availability/"


def hours_of(cast, member):
    with inside(cast.northwind):
        return list(WeeklyHours.objects.filter(member=member).values_list("weekday", "start_minute", "end_minute"))


def value(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


def test_hours_are_shown_and_saved(cast, as_member):
    client = as_member(cast.ines)
    response = client.get(PATH)
    assert (value(response, "start_1_0"), value(response, "end_1_0")) == ("09:00", "12:00")
    assert "All times are in London time." in response.content.decode()
    answer = client.post(
        PATH,
        {
            "start_0_0": "08:30", "end_0_0": "10:00", "start_0_1": "13:00", "end_0_1": "14:30",
            "start_6_3": "22:00", "end_6_3": "00:00",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    assert hours_of(cast, cast.ines) == [(0, 510, 600), (0, 780, 870), (6, 1320, 1440)]
    assert value(client.get(PATH), "end_6_0") == "00:00"


def test_hours_across_midnight(cast, as_member):
    client = as_member(cast.ines)
    sent = {"start_1_0": "22:30", "end_1_0": "02:30", "start_6_0": "23:00", "end_6_0": "01:00"}
    assert client.post(PATH, sent).status_code == 302
    assert hours_of(cast, cast.ines) == [(1, 1350, 150), (6, 1380, 60)]
    page = client.get(PATH)
    assert (value(page, "start_1_0"), value(page, "end_1_0")) == ("22:30", "02:30")
    assert re.findall(r"Ends on \w+\.", page.content.decode()) == ["Ends on Wednesday.", "Ends on Monday."]
    # What is saved again is the same.
    assert client.post(PATH, sent).status_code == 302
    assert hours_of(cast, cast.ines) == [(1, 1350, 150), (6, 1380, 60)]
    # A whole day ends where it does, and not on the next.
    assert client.post(PATH, {"start_1_0": "00:00", "end_1_0": "00:00"}).status_code == 302
    assert hours_of(cast, cast.ines) == [(1, 0, 1440)]
    assert "Ends on" not in client.get(PATH).content.decode()


def test_no_hours_at_all_can_be_saved(cast, as_member):
    assert as_member(cast.ines).post(PATH, {"start_0_0": ""}).status_code == 302
    assert hours_of(cast, cast.ines) == []


def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(cast, as_member):
    response = as_member(cast.ines).post(
        PATH,
        {
            "start_0_0": "10:00",
            "end_0_0": "10:00",
            "start_1_0": "10:00",
            "end_2_0": "11:00",
            "start_3_0": "noon",
            "end_3_0": "13:00",
        },
    )
    assert response.status_code == 422
    assert response.context["form"].errors == {
        "end_0_0": ["This is when it begins."],
        "end_1_0": ["Until when?"],
        "start_2_0": ["From when?"],
        "start_3_0": ["Write a time such as 09:30."],
    }
    assert value(response, "start_0_0") == "10:00"
    assert hours_of(cast, cast.ines) == [(1, 540, 720), (3, 840, 900)]


def test_mondays_hours_can_be_copied_without_saving(cast, as_member):
    response = as_member(cast.ines).post(PATH, {"start_0_0": "08:00", "end_0_0": "09:00", "copy": "1"})
    assert response.status_code == 200
    assert [value(response, f"start_{day}_0") for day in range(5)] == ["08:00"] * 5
    assert hours_of(cast, cast.ines) == [(1, 540, 720), (3, 840, 900)]


def test_hours_of_the_sign_up_are_put_forward(cast, as_member):
    max_ = make_member(cast.northwind, "Max")
    make_mentorship(max_, cast.tom, free_hours=[[4, 600, 660]])
    response = as_member(max_).get(PATH)
    assert "These are the hours you gave when you signed up" in response.content.decode()
    assert value(response, "start_4_0") == "10:00"
    assert hours_of(cast, max_) == []
    with inside(cast.northwind):
        services.offer_usual_hours(max_)
    assert "We took these from your sign-up" in as_member(max_).get(PATH).content.decode()


def test_everybody_has_only_their_own(cast, client, as_member):
    assert client.get(PATH).status_code == 302
    assert as_member(cast.mallory).get(PATH).status_code == 404
    assert as_member(cast.olga).post(PATH, {"start_0_0": "08:00", "end_0_0": "09:00"}).status_code == 302
    assert hours_of(cast, cast.ines) == [(1, 540, 720), (3, 840, 900)]
    assert as_member(cast.tom).delete(PATH).status_code == 405
