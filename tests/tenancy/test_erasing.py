"""An organisation is erased with everything in it, in every table, and nobody else loses a row."""

from copy import copy

import pytest
from django.apps import apps

from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.models import TenantModel
from tests.people import inside
from tests.tenancy.cast import make_cast

pytestmark = pytest.mark.django_db


def rows_of(organisation):
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    with inside(organisation):
        return {model._meta.label: model.objects.count() for model in models}


def test_everything_of_it_goes_and_nothing_else():
    north, south = make_cast("northwind", "Aurelian"), make_cast("initech", "Cassia")
    before = rows_of(south.organisation)
    assert sum(rows_of(north.organisation).values()) > 100
    erase_organisation(copy(north.organisation))
    assert {label: count for label, count in rows_of(north.organisation).items() if count} == {}
    assert rows_of(south.organisation) == before
