"""Two who change the same at once: the second is told what stands there now, and loses nothing of their own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import Member

from ..models import LastEdit

if TYPE_CHECKING:
    _Form = forms.BaseForm
else:
    _Form = object

SEEN = "seen"
LONGEST_SHOWN = 200
# So long it is known whose words stand there; a page that is older has been changed by “somebody”.
KEPT = timedelta(days=7)


class SeenMixin(_Form):
    """A form that knows what stood in it when it was opened. Saved a second time, it takes the place of what came between.

    What stands there now is the form's initial values. Without them, as for something new, there is nothing to know.
    Whoever gives `by`, and `about` where the form has no instance, and calls `remember` on the form as it stands after
    the change, isn't told of what they changed themselves, as with the back button.
    """

    def __init__(self, *args: Any, by: Member | None = None, about: models.Model | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._by, self._about = by, about or getattr(self, "instance", None)
        # Worked out when it is shown, since forms go on making their fields after this.
        self.fields[SEEN] = forms.CharField(
            required=False, initial=lambda: self.token, widget=forms.HiddenInput(attrs={"data-keep": "no"})
        )

    def full_clean(self) -> None:
        super().full_clean()
        seen = getattr(self, "cleaned_data", {}).pop(SEEN, "")
        if not self.is_bound or not seen or not self.token or seen == self.token or self.is_own:
            return
        name = self.add_prefix(SEEN)
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data[name] = self.token  # type: ignore[index]  # as above
        self.add_error(None, self._told())

    def remember(self) -> None:
        """Keep that what stands there now is theirs, unless somebody else has put it there."""
        assert self._by is not None
        now, mark = timezone.now(), self._mark
        edits = LastEdit.objects.all()
        if edits.filter(form=mark, token=self.token).exists():
            return
        edits.filter(saved_at__lte=now - KEPT).delete()
        edits.update_or_create(form=mark, defaults={"member": self._by, "token": self.token, "saved_at": now})

    @cached_property
    def is_own(self) -> bool:
        """Whether what stands there now was put there by the same person."""
        if self._by is None:
            return False
        return bool(LastEdit.objects.filter(form=self._mark, member=self._by, token=self.token).exists())

    @cached_property
    def token(self) -> str:
        """What stands there; nothing for what is new."""
        instance = getattr(self, "instance", None)
        if not self.initial or (instance is not None and instance.pk is None):
            return ""
        values = [(name, repr(self._standing(name))) for name in self._asked]
        return sha256(repr(values).encode()).hexdigest()[:32]

    @property
    def _mark(self) -> str:
        assert self._about is not None
        return f"{type(self).__name__} {self.prefix or ''} {self._about._meta.label} {self._about.pk}"

    @property
    def _asked(self) -> list[str]:
        return [name for name in self.fields if name != SEEN]

    def _standing(self, name: str) -> Any:
        field = self.fields[name]
        return field.prepare_value(self.get_initial_for_field(field, name))

    def _told(self) -> str:
        told = [_("Somebody else has changed this while you were writing. Yours still stands in the form.")]
        for name in self._asked:
            bound = self[name]
            # What the page doesn't ask here, nobody has answered otherwise.
            if bound.is_hidden or bound.field.widget.value_omitted_from_data(self.data, self.files, bound.html_name):
                continue
            if self.fields[name].has_changed(self._standing(name), bound.data):
                now = _in_words(self.fields[name], self._standing(name))
                said = _("%(field)s: now “%(value)s”.") if now else _("%(field)s: now empty.")
                told.append(said % {"field": bound.label, "value": now})
        told.append(_("Save again to put yours in its place."))
        return " ".join(told)


def _in_words(field: forms.Field, value: Any) -> str:
    choices = {str(key): str(label) for key, label in getattr(field, "choices", [])}
    values = value if isinstance(value, list | tuple | set) else [value]
    said = ", ".join(choices.get(str(each)) or _plainly(each) for each in values if each is not None)
    return said if len(said) <= LONGEST_SHOWN else said[: LONGEST_SHOWN - 1] + "…"


def _plainly(value: Any) -> str:
    match value:
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return date_format(value, "DATETIME_FORMAT")
        case date():
            return date_format(value, "DATE_FORMAT")
    return str(value)
