"""Certificates: issued at the good end, checked by code from outside, and never reading what people wrote as markup."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts import services as accounts
from mentoring import pdf
from mentoring.files.checking import LARGEST_PICTURE, FileProblem, check_picture
from mentoring.files.models import StoredFile
from mentoring.outbox.models import Message
from programs import services
from programs.models import Certificate, CertificateCode, Mentorship
from programs.services import certificates
from sessions import services as sessions
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import meet

START = datetime(2026, 1, 6, 9, tzinfo=UTC)


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo", family_name="*Osei* #panic() [x]")


@pytest.fixture
def untouched(program, maya, theo):
    return make_mentorship(maya, theo, program=program, started_at=START)


@pytest.fixture
def mentorship(untouched):
    meet(untouched)
    return untouched


@pytest.fixture
def done(org, mentorship, theo):
    with inside(org):
        services.complete_mentorship(mentorship, by=theo)
        return Certificate.objects.get(member=theo)


def check(code):
    return Client().get(reverse("certificate", args=[code]))


def test_everybody_gets_one_at_the_good_end_and_only_one(org, mentorship, theo, maya):
    with inside(org):
        services.complete_mentorship(mentorship, by=theo)
        services.complete_mentorship(mentorship, by=maya)
        found = Certificate.objects.order_by("role")
        assert [(each.member_id, each.role) for each in found] == [(theo.pk, "mentee"), (maya.pk, "mentor")]
        facts = found[0].facts
        assert facts["name"] == "Theo *Osei* #panic() [x]"
        assert (facts["started_on"], facts["organisation"]) == ("2026-01-06", "Northwind")
        assert (facts["sessions"], facts["minutes"]) == (1, 60)
        assert len(found[0].code) == 20
        assert CertificateCode.objects.count() == 2


def test_nobody_gets_one_at_an_early_end(org, mentorship, theo):
    with inside(org):
        services.end_mentorship(mentorship, by=theo)
        assert not Certificate.objects.exists()


def test_closing_the_programme_completes_with_certificates(org, program, mentorship, alice):
    with inside(org):
        services.close_program(program, by=alice)
        assert Mentorship.objects.get().status == "completed"
        assert Certificate.objects.count() == 2


def test_who_never_met_gets_none_and_the_page_says_why(org, untouched, theo, bob, sign_in, url):
    mine = sign_in(theo)
    mine.post(url("mentorship_complete", untouched.pk))
    with inside(org):
        assert Mentorship.objects.get().status == "completed"
        assert not Certificate.objects.exists()
        letter = Message.objects.get(kind="mentorship_thanks", recipient=theo.email)
    assert "there is none without a session that was confirmed" in letter.text
    assert "certificate is ready" not in letter.text
    assert "there is none without a session that was confirmed" in letter.html
    page = mine.get(url("closing", untouched.pk)).content.decode()
    assert "There is no certificate, because no session of yours was confirmed." in page
    page = mine.get(url("mentorship", untouched.pk)).content.decode()
    assert "Your certificate is ready" not in page
    assert reverse("sessions:record", args=["northwind", untouched.pk]) in page
    page = mine.get(reverse("reports:home", args=["northwind"])).content.decode()
    assert "Look back, and leave a word of thanks." in page
    assert "ertificate" not in page
    assert "Nobody yet" in sign_in(bob).get(url("recognition")).content.decode()


def test_a_programme_that_closes_certifies_only_those_who_met(org, program, mentorship, alice, bob):
    make_mentorship(bob, make_member(org, "Nia"), program=program, started_at=START)
    with inside(org):
        services.close_program(program, by=alice)
        assert list(Mentorship.objects.values_list("status", flat=True)) == ["completed", "completed"]
        assert sorted(Certificate.objects.values_list("member__given_name", flat=True)) == ["Maya", "Theo"]


def test_whoever_was_never_there_gets_none(org, untouched, maya, theo, bob, program):
    meet(untouched, who=[maya])
    with inside(org):
        services.complete_mentorship(untouched, by=maya)
        assert [each.member_id for each in Certificate.objects.all()] == [maya.pk]


def test_what_is_confirmed_afterwards_counts(org, untouched, maya, theo):
    with inside(org):
        began = untouched.started_at + timedelta(days=3)
        session = sessions.record_session(untouched, starts_at=began, length=timedelta(hours=1), by=maya)
        services.complete_mentorship(untouched, by=theo)
        assert not Certificate.objects.exists()
        sessions.log_session(session, report="held", length=timedelta(hours=1), by=theo)
        assert Certificate.objects.count() == 2


def test_of_an_event_nothing_has_to_be_logged(org, program, maya, theo):
    make_mentorship(maya, theo, program=program, round=1, started_at=START)
    with inside(org):
        services.complete_mentorship(Mentorship.objects.get(), by=theo)
        assert Certificate.objects.count() == 2


def test_anybody_checks_a_code_and_learns_nothing_else(org, done):
    answer = check(done.code)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This certificate is valid" in page
    for shown in ("Theo *Osei* #panic() [x]", "Spring mentoring", "Northwind", "6 January 2026"):
        assert shown in page
    assert "Maya" not in page
    assert "theo@" not in page
    assert answer["X-Robots-Tag"] == "noindex"
    # As it is printed, and as it is typed.
    assert check(certificates.spaced(done.code)).status_code == 200
    assert check(done.code.lower()).status_code == 200


@pytest.mark.parametrize("code", ["A" * 20, "O0I1" * 5, "x", "A" * 19, "-" * 20])
def test_a_code_that_was_never_given(db, code):
    answer = check(code)
    assert answer.status_code == 404
    assert "We don’t know this certificate" in answer.content.decode()


def test_a_withdrawn_one_says_so(org, done, alice, theo, sign_in, url):
    assert sign_in(theo).post(url("certificate_withdraw", done.pk)).status_code == 403
    sign_in(alice).post(url("certificate_withdraw", done.pk))
    assert "This certificate was withdrawn" in check(done.code).content.decode()
    assert "withdrawn" in sign_in(alice).get(url("mentorship", done.mentorship_id)).content.decode()


def test_the_pdf_is_tagged_and_carries_fonts_of_ours(org, done):
    with inside(org):
        content = certificates.as_pdf(done)
    assert content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content
    assert b"NotoSans" in content


@pytest.mark.parametrize("text", ["#panic(1)", "*bold*", "[", "$a$", "@ref", "`x`", "\\", "= heading", "/* ", "王小明"])
def test_what_people_wrote_is_never_markup(text):
    data = dict.fromkeys(
        ("heading", "organisation", "statement", "before", "name", "program", "dates", "counted", "issued", "check",
         "address", "code", "logo_alt"), text,
    )  # fmt: skip
    data["address"] = "https://mentoring.example/x"
    assert pdf.render("certificate", data, title=text, language="en-gb").startswith(b"%PDF")


def test_who_fetches_it(done, theo, maya, bob, alice, sam, sign_in, url):
    address = url("certificate", done.pk)
    answer = sign_in(theo).get(address)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="certificate-theo-osei-panic-x.pdf"'
    assert sign_in(alice).get(address).status_code == 200
    for other in (maya, bob, sam):
        assert sign_in(other).get(address).status_code == 404


# The logo.


def picture(kind="PNG", size=(300, 100), **options):
    drawn = io.BytesIO()
    Image.new("RGB", size, (20, 80, 160)).save(drawn, kind, **options)
    return drawn.getvalue()


def test_a_picture_is_drawn_anew(org):
    hidden = Image.Exif()
    hidden[0x010E] = "taken at home"
    sent = picture("JPEG", size=(3000, 1000), exif=hidden) + b"<script>alert(1)</script>"
    assert b"taken at home" in sent
    with inside(org):
        kept = check_picture(SimpleUploadedFile("../../logo.php", sent))
        assert (kept.name, kept.content_type) == ("logo.png", "image/png")
        assert b"taken at home" not in bytes(kept.content)
        assert b"script" not in bytes(kept.content)
        assert Image.open(io.BytesIO(bytes(kept.content))).size == (1600, 533)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"<svg onload='x'/>", b"%PDF-1.7", picture()[:60], picture("BMP"), picture("GIF"),
     b"x" * (LARGEST_PICTURE + 1), picture(size=(5000, 5000))],
    ids=["empty", "half a gif", "svg", "pdf", "cut off", "bmp", "gif", "too large", "too many pixels"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(org, content):
    with inside(org):
        with pytest.raises(FileProblem):
            check_picture(SimpleUploadedFile("logo.png", content))
        assert not StoredFile.objects.exists()


def test_the_logo_on_settings_and_on_the_certificate(org, done, theo, sign_in):
    owner = make_member(org, "Olga", is_owner=True)
    address = reverse("accounts:logo", args=["northwind"])
    mine = sign_in(owner)
    assert mine.get(address).status_code == 404
    assert mine.post(address, {"logo": SimpleUploadedFile("x.png", b"no")}).status_code == 422
    assert mine.post(address, {}).status_code == 422
    assert sign_in(theo).post(address, {"logo": SimpleUploadedFile("x.png", picture())}).status_code == 403
    mine.post(address, {"logo": SimpleUploadedFile("x.png", picture())})
    mine.post(address, {"logo": SimpleUploadedFile("y.webp", picture("WEBP"))})
    assert "Logo of Northwind" in mine.get(reverse("accounts:settings", args=["northwind"])).content.decode()
    assert mine.get(address)["Content-Type"] == "image/png"
    with inside(org):
        assert StoredFile.objects.count() == 1
        with_logo = certificates.as_pdf(done)
        assert b"/Subtype /Image" in with_logo or b"/Subtype/Image" in with_logo
        accounts.set_logo(None, by=owner)
        assert not StoredFile.objects.exists()
    assert mine.get(address).status_code == 404
