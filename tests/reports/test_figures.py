from xml.etree import ElementTree

from reports.figures import retention_curves
from reports.survival import PublishedEstimate, PublishedPoint

TEXT = {"title": "Who stays", "description": "By length of service", "empty": "Too few to tell."}


def point(months, ours, theirs):
    return PublishedPoint(months, PublishedEstimate(*ours), PublishedEstimate(*theirs))


def test_both_groups_with_their_numbers():
    chart = retention_curves(
        [
            point(2.7, (100, 100, 100, 10), (100, 100, 100, 400)),
            point(12, (90, 80, 95, 45), (80, 75, 85, 335)),
            point(14.5, (88, 78, 94, None), (79, 74, 84, 330)),
        ],
        **TEXT,
    )
    assert chart.table.header == (
        "Months since joining the organisation",
        "Participants",
        "Participants, 95% interval",
        "Participants, Still followed (at risk), to the nearest 5",
        "Other colleagues",
        "Other colleagues, 95% interval",
        "Other colleagues, Still followed (at risk), to the nearest 5",
    )
    assert chart.table.rows == (
        ("2.7", "100%", "100–100%", "10", "100%", "100–100%", "400"),
        ("12", "90%", "80–95%", "45", "80%", "75–85%", "335"),
        ("14.5", "88%", "78–94%", "<5", "79%", "74–84%", "330"),
    )
    ElementTree.fromstring(chart.svg)
    assert "Still employed (axis starts at 50%)" in chart.wide


def test_the_whole_scale_is_shown_where_intervals_reach_down():
    chart = retention_curves(
        [point(0, (100, 100, 100, 50), (100, 100, 100, 50)), point(9, (60, 40, 70, 20), (55, 45, 65, 30))], **TEXT
    )
    assert "axis starts" not in chart.wide
    assert ">0%<" in chart.wide


def test_too_few_is_said_instead():
    assert retention_curves([], **TEXT).svg == '<p class="chart-empty">Too few to tell.</p>'
