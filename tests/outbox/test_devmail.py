"""Mail that is kept on this machine, and the pages that show it."""

import pytest
from django.urls import reverse

from mentoring.outbox.delivery import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "mentoring.outbox.devmail.DevMailBackend"
    settings.DEV_MAIL_DIR = tmp_path / "mail"
    return settings.DEV_MAIL_DIR


@pytest.fixture
def sent(folder, letter):
    """Send one letter and return its id."""

    def send(**fields):
        letter(**fields)
        assert Delivery().run(once=True) == 1
        return max(file.stem for file in folder.glob("*.eml"))

    return send


def test_no_mail_yet(client, folder):
    assert "No mail yet" in client.get("/dev/mail/").content.decode()


def test_newest_first(client, sent):
    sent(subject="First letter")
    sent(subject="Second <letter>")
    html = client.get("/dev/mail/").content.decode()
    assert html.index("Second &lt;letter&gt;") < html.index("First letter")
    assert "alice1@northwind.example" in html


def test_finding_a_recipient(client, sent):
    sent(subject="For Alice")
    sent(subject="For Bob", recipient="bob@northwind.example")
    html = client.get("/dev/mail/?to=BOB@").content.decode()
    assert "For Bob" in html
    assert "For Alice" not in html
    assert "No mail to this recipient" in client.get("/dev/mail/?to=carol").content.decode()


def test_the_list_has_pages(client, folder, sent):
    one = (folder / f"{sent()}.eml").read_bytes()
    for number in range(60):
        (folder / f"20261122T{number:012}-00000000.eml").write_bytes(one)
    assert "1 to 50 of 61" in client.get("/dev/mail/").content.decode()
    assert "51 to 61 of 61" in client.get("/dev/mail/?page=2").content.decode()


def test_one_letter(client, sent):
    name = sent(text="Hello\nhttps://mentoring.example/join/\n", html="<p style='color:red'>Hello</p>")
    response = client.get(f"/dev/mail/{name}/")
    html = response.content.decode()
    assert '<a href="https://mentoring.example/join/"' in html
    assert f'src="/dev/mail/{name}/html/"' in html
    assert "Message-ID" in html
    assert "frame-src 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_html_is_shown_as_sent_in_a_cage(client, sent):
    name = sent(html="<p style='color:red'>Hello</p><script>alert(1)</script>")
    response = client.get(f"/dev/mail/{name}/html/")
    assert "<p style='color:red'>Hello</p>" in response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_letter_without_html(client, sent):
    name = sent()
    assert "<iframe" not in client.get(f"/dev/mail/{name}/").content.decode()
    assert client.get(f"/dev/mail/{name}/html/").status_code == 404


def test_attachments(client, sent):
    calendar = "BEGIN:VCALENDAR\r\nSUMMARY:Łódź\r\nEND:VCALENDAR\r\n"
    attachment = {"name": "invitation.ics", "content_type": "text/calendar; method=REQUEST", "content": calendar}
    name = sent(html="<p>Hello</p>", attachments=[attachment])
    assert "invitation.ics" in client.get(f"/dev/mail/{name}/").content.decode()
    response = client.get(reverse("devmail:attachment", args=[name, 0]))
    assert response.content.decode().splitlines() == ["BEGIN:VCALENDAR", "SUMMARY:Łódź", "END:VCALENDAR"]
    assert response.headers["Content-Disposition"] == 'attachment; filename="invitation.ics"'
    assert "method" in response.headers["Content-Type"]
    assert client.get(reverse("devmail:attachment", args=[name, 1])).status_code == 404


def test_nothing_else_on_the_disk_can_be_read(client, folder, sent):
    sent()
    (folder.parent / "secret.eml").write_text("Subject: secret")
    for name in ("..%2fsecret", "secret", "20261122T000000000000-00000000", "..%252fsecret"):
        for rest in ("", "html/", "attachments/0/"):
            assert client.get(f"/dev/mail/{name}/{rest}").status_code == 404


def test_wrong_method(client, sent):
    name = sent()
    for address in ("/dev/mail/", f"/dev/mail/{name}/", f"/dev/mail/{name}/html/"):
        assert client.post(address).status_code == 405
