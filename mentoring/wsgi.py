"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentoring.settings.production")

application = get_wsgi_application()

# Every page's code is loaded before the first request, and stays: looking through all of it for rubbish every now and
# then makes a page wait that takes no longer otherwise.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()
