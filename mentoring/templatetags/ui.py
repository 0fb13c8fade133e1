"""What every page is built from: icons, fields, error summaries, times, avatars, dialogs, table regions."""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from zlib import crc32
from zoneinfo import ZoneInfo

from django import template
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, MultiWidget, RadioSelect
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw one icon of static/src/icons.txt. With a label it is read out, without one it is decoration."""
    return _icon(name, str(label))


# Pages draw the same few a hundred times.
@lru_cache(maxsize=1024)
def _icon(name: str, label: str) -> SafeString:
    source = static("img/icons.svg")
    if label:
        drawing = '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>'
        return format_html(drawing, label, source, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', source, name)


@register.simple_tag
def field(bound: BoundField, visible_to: str = "") -> SafeString:
    """Render a form field with its label, help, errors and the line that says who can see it."""
    return bound.render(context={"field": bound, "visible_to": visible_to})


@register.simple_tag
def visible_to(bound: BoundField) -> str:
    """Say who can see a field, from its form's `visible_to = {"notes": _("Only you")}`."""
    return getattr(bound.form, "visible_to", {}).get(bound.name, "")


@register.filter
def says_optional(bound: BoundField) -> bool:
    """Whether a label says that a field may be left empty: not where one of several buttons is chosen from the start."""
    is_chosen = bound.widget_type == "radioselect" and bool(bound.initial)
    return not (bound.field.required or getattr(bound.form, "unmarked", False) or is_chosen)


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: BaseForm) -> dict:
    """List every error of a form on top of it, each linked to its field."""
    fields = [bound for bound in form.visible_fields() if bound.errors] if form.is_bound else []
    hidden = [error for bound in form.hidden_fields() for error in bound.errors] if form.is_bound else []
    general = [*form.non_field_errors(), *hidden] if form.is_bound else []
    return {"form": form, "fields": fields, "general": general}


@register.filter
def error_target(bound: BoundField) -> str:
    """Name the element that an error link should jump to: of several boxes, the first."""
    widget = bound.field.widget
    several = isinstance(widget, (RadioSelect, CheckboxSelectMultiple, MultiWidget))
    return f"{bound.auto_id}_0" if several else bound.id_for_label or bound.auto_id


@register.inclusion_tag("components/time.html")
def ui_time(
    at: datetime, tz: tzinfo | str | None = None, other: tzinfo | str | None = None, form: str = "long"
) -> dict:
    """Show a moment in the reader's zone, and in the other person's when their clocks differ.

    `form` is long ("Sunday 22 November 2026, 14:00 Berlin time, in 3 days"), short ("22 Nov 2026, 14:00 Berlin time")
    or clock ("14:00 Berlin time") or day ("22 Nov 2026"), which is for lists where the hour is of no use.
    """
    mine = at.astimezone(as_zone(tz) or timezone.get_current_timezone())
    theirs = at.astimezone(as_zone(other) or mine.tzinfo)
    differs = theirs.utcoffset() != mine.utcoffset()
    return {
        "at": mine,
        "text": moment(mine, form),
        "relative": relative(mine) if form == "long" else "",
        "other": clock(theirs) if theirs.date() == mine.date() else moment(theirs, "short"),
        "differs": differs,
    }


@register.filter
def ui_date(day: date | datetime | None, tz: tzinfo | str | None = None) -> str:
    """Write a date as 22 November 2026; of a moment, the day that it is in that zone."""
    if isinstance(day, datetime):
        day = day.astimezone(as_zone(tz) or timezone.get_current_timezone())
    return date_format(day, "j F Y") if day else ""


@register.filter(expects_localtime=True)
def relative(at: datetime) -> str:
    """Say how far away a moment is: just now, 5 minutes ago, in 3 days."""
    distance = at - timezone.now()
    past, size = distance < timedelta(0), abs(distance)
    minutes, hours, days = size // timedelta(minutes=1), size // timedelta(hours=1), size // timedelta(days=1)
    if days:
        # People count days by the calendar: from Sunday evening to Wednesday noon it is three.
        days = abs((at.date() - timezone.now().astimezone(at.tzinfo).date()).days)
    if minutes < 1:
        return _("just now") if past else _("in less than a minute")
    if hours < 1:
        amount = ngettext("%d minute", "%d minutes", minutes) % minutes
    elif days < 1:
        amount = ngettext("%d hour", "%d hours", hours) % hours
    elif days < 60:
        amount = ngettext("%d day", "%d days", days) % days
    elif days < 730:
        amount = ngettext("%d month", "%d months", days // 30) % (days // 30)
    else:
        amount = ngettext("%d year", "%d years", days // 365) % (days // 365)
    return _("%s ago") % amount if past else _("in %s") % amount


def moment(at: datetime, form: str) -> str:
    if form == "clock":
        return clock(at)
    if form == "day":
        return date_format(at, "j M Y")
    return f"{date_format(at, 'j M Y' if form == 'short' else 'l j F Y')}, {clock(at)}"


def clock(at: datetime) -> str:
    return f"{at:%H:%M} {zone_name(at)}"


def as_zone(zone: tzinfo | str | None) -> tzinfo | None:
    return ZoneInfo(zone) if isinstance(zone, str) and zone else zone or None


def zone_name(at: datetime) -> str:
    """Name a zone by its city, which people know, rather than by letters, which several zones share."""
    key = getattr(at.tzinfo, "key", "")
    _area, slash, city = key.rpartition("/")
    if slash and not key.startswith("Etc/"):
        return _("%s time") % city.replace("_", " ")
    offset = at.utcoffset() or timedelta(0)
    if not offset:
        return "UTC"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"UTC{'+' if offset > timedelta(0) else '−'}{hours:02}:{minutes:02}"


@register.filter
def ui_zone(key: str) -> str:
    """Name a zone by its city: “Warsaw time”."""
    return zone_name(timezone.now().astimezone(ZoneInfo(key)))


@register.simple_tag
def avatar(name: str, size: str = "") -> SafeString:
    """Draw a person's initials in a tone that stays theirs: decoration beside a name that is written out."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return format_html(
        '<span class="avatar" aria-hidden="true" data-tone="{}"{}>{}</span>',
        crc32(str(name).encode()) % 5,
        format_html(' data-size="{}"', size) if size else "",
        initials or "?",
    )


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """Keep the page's query string but for these changes: `?{% query page=3 %}`."""
    request = context.get("request")
    params: QueryDict = request.GET.copy() if request else QueryDict(mutable=True)
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return params.urlencode()


@register.simple_block_tag(end_name="enddialog")
def dialog(content: SafeString, id: str, title: str) -> str:
    """Wrap content (a section and a footer) into a native dialog that `data-dialog="<id>"` opens."""
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_block_tag(end_name="endtable_region")
def table_region(content: SafeString, label: str) -> str:
    """Wrap a table into a region of its own that scrolls and can be reached from the keyboard."""
    return render_to_string("components/table_region.html", {"content": content, "label": label})
