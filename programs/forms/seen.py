"""Two who change the same at once: the second is told what stands there now, and loses nothing of their own."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    _Form = forms.BaseForm
else:
    _Form = object

SEEN = "seen"
LONGEST_SHOWN = 200


class SeenMixin(_Form):
    """A form that knows what stood in it when it was opened. Saved a second time, it takes the place of what came between.

    What stands there now is the form's initial values. Without them, as for something new, there is nothing to know.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Worked out when it is shown, since forms go on making their fields after this.
        self.fields[SEEN] = forms.CharField(
            required=False, initial=lambda: self._now, widget=forms.HiddenInput(attrs={"data-keep": "no"})
        )

    def full_clean(self) -> None:
        super().full_clean()
        seen = getattr(self, "cleaned_data", {}).pop(SEEN, "")
        if not self.is_bound or not seen or not self._now or seen == self._now:
            return
        name = self.add_prefix(SEEN)
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data[name] = self._now  # type: ignore[index]  # as above
        self.add_error(None, self._told())

    @property
    def _asked(self) -> list[str]:
        return [name for name in self.fields if name != SEEN]

    @cached_property
    def _now(self) -> str:
        """What stands there, as a token; nothing for what is new."""
        instance = getattr(self, "instance", None)
        if not self.initial or (instance is not None and instance.pk is None):
            return ""
        values = [(name, repr(self._value(name))) for name in self._asked]
        return sha256(repr(values).encode()).hexdigest()[:32]

    def _value(self, name: str) -> Any:
        field = self.fields[name]
        return field.prepare_value(self.get_initial_for_field(field, name))

    def _told(self) -> str:
        told = [_("Somebody else has changed this while you were writing. Yours still stands in the form.")]
        for name in self._asked:
            bound = self[name]
            if self.fields[name].has_changed(self._value(name), bound.data):
                now = _in_words(self.fields[name], self._value(name))
                told.append(_("%(field)s: now “%(value)s”.") % {"field": bound.label, "value": now})
        told.append(_("Save again to put yours in its place."))
        return " ".join(told)


def _in_words(field: forms.Field, value: Any) -> str:
    choices = {str(key): str(label) for key, label in getattr(field, "choices", [])}
    values = value if isinstance(value, list | tuple | set) else [value]
    said = ", ".join(choices.get(str(each), str(each)) for each in values if each is not None)
    return said if len(said) <= LONGEST_SHOWN else said[: LONGEST_SHOWN - 1] + "…"
