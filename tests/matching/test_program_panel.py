"""What a programme's page says of matching."""

from matching import services
from matching.models import Proposal
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member


def page(client, program):
    answer = client.get(f"/o/northwind/programmes/{program.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_proposals_are_the_next_step(admin, org, alice, scheme):
    text = page(admin, scheme.program)
    assert "Look at 2 proposed pairs" in text
    assert f'href="{scheme.url()}"' in text
    with inside(org):
        services.publish(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
    text = page(admin, scheme.program)
    assert "proposed pairs" not in text
    assert "0 pairs are proposed and not yet published." in text


def test_a_first_run_is_the_next_step_once_there_is_somebody_to_match(admin, org):
    program = make_program(org)
    enrol(program, make_member(org, "Theo"), "mentee")
    assert "is waiting for a mentor" not in page(admin, program)
    enrol(program, make_member(org, "Maya"), "mentor")
    text = page(admin, program)
    assert "1 mentee is waiting for a mentor" in text
    assert "It has not run yet." in text
    assert "has no proposal" not in text


def test_members_see_nothing_of_it(browser_of, scheme):
    text = page(browser_of(scheme.theo.member), scheme.program)
    assert scheme.url() not in text
    assert "pairs are proposed" not in text
