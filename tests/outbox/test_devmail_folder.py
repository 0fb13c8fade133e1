"""What `make run` keeps of letters lies with everything else that it keeps: in the folder that it was given."""

import subprocess
import sys
from pathlib import Path

from mentoring.run import environment_for

READ = "from django.conf import settings; print(settings.DEV_MAIL_DIR)"


def folder_in(environment):
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def test_letters_lie_in_the_data_folder(tmp_path, monkeypatch, settings):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "mentoring.settings.dev")
    monkeypatch.setenv("PYTHONPATH", str(settings.BASE_DIR))
    monkeypatch.delenv("DEV_MAIL_DIR", raising=False)
    environment = environment_for(tmp_path, {}, site_url="http://localhost:8000/")
    assert folder_in(environment) == tmp_path / "mail"
    # Without `make run`, where its own data lies.
    del environment["DEV_MAIL_DIR"]
    assert folder_in(environment) == Path(settings.BASE_DIR) / ".data" / "mail"
