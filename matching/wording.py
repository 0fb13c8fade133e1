"""What `matching.explain` says, in English; another language is another table with the same codes."""

from collections.abc import Mapping

# code → (for the mentee, for the admin where it differs); a code that ends in ".one" is the singular of its namesake.
WORDING: Mapping[str, tuple[str, str | None]] = {
    "skills.only": ("Offers the skill you want: {skills}", "Offers the skill wanted: {skills}"),
    "skills.all": ("Offers all {of} skills you want: {skills}", "Offers all {of} skills wanted: {skills}"),
    "skills.some": (
        "Offers {count} of the {of} skills you want: {skills}",
        "Offers {count} of the {of} skills wanted: {skills}",
    ),
    "skills.none": ("Offers none of the skills you want", "Offers none of the skills wanted"),
    "skills.unknown": ("Skills not given, so not counted", None),
    "level.above": ("{gap} levels above", None),
    "level.above.one": ("One level above", None),
    "level.same": ("At the same level", None),
    "level.below": ("{gap} levels below", None),
    "level.below.one": ("One level below", None),
    "level.unknown": ("Level not known, so not counted", None),
    "department.same": ("Same department", None),
    "department.different": ("Different department", None),
    "department.unknown": ("Department not known, so not counted", None),
    "site.same": ("Same location", None),
    "site.different": ("Different location", None),
    "site.unknown": ("Location not known, so not counted", None),
    "languages.shared": ("Both speak {languages}", None),
    "languages.none": ("No language in common", None),
    "languages.unknown": ("Languages not given, so not counted", None),
    "hours.shared": ("{hours} hours a week free at the same time", None),
    "hours.shared.one": ("1 hour a week free at the same time", None),
    "hours.assumed": ("{hours} hours a week in common, if both keep usual working hours", None),
    "hours.assumed.one": ("1 hour a week in common, if both keep usual working hours", None),
    "hours.none": ("Never free at the same time", None),
    "hours.none_assumed": ("No common hours, if both keep usual working hours", None),
    "hours.unknown": ("Free hours and time zone not known, so not counted", None),
    "mentee_wish.department": ("Different department, as you asked", "Different department, as the mentee asked"),
    "mentee_wish.not_department": (
        "Same department, though you asked for a different one",
        "Same department, though the mentee asked for a different one",
    ),
    "mentee_wish.site": ("Same location, as you asked", "Same location, as the mentee asked"),
    "mentee_wish.not_site": (
        "Different location, though you asked for the same one",
        "Different location, though the mentee asked for the same one",
    ),
    "mentee_wish.unknown": ("No wish of yours to be weighed", "No wish of the mentee's to be weighed"),
    "mentor_wish.department": ("Different department, as the mentor asked", None),
    "mentor_wish.not_department": ("Same department, though the mentor asked for a different one", None),
    "mentor_wish.site": ("Same location, as the mentor asked", None),
    "mentor_wish.not_site": ("Different location, though the mentor asked for the same one", None),
    "mentor_wish.unknown": ("No wish of the mentor's to be weighed", None),
    "rule.same_person": ("{count} are you", "{count} are the mentee"),
    "rule.same_person.one": ("1 is you", "1 is the mentee"),
    "rule.reporting_line": ("{count} are in your reporting line", "{count} are in their reporting line"),
    "rule.reporting_line.one": ("1 is in your reporting line", "1 is in their reporting line"),
    "rule.earlier_pair": ("{count} were paired with you before", "{count} were paired with them before"),
    "rule.earlier_pair.one": ("1 was paired with you before", "1 was paired with them before"),
    "rule.language": ("{count} have no language in common with you", "{count} have no language in common with them"),
    "rule.language.one": ("1 has no language in common with you", "1 has no language in common with them"),
    "rule.level.not_above": ("{count} are not above your level", "{count} are not above their level"),
    "rule.level.not_above.one": ("1 is not above your level", "1 is not above their level"),
    "rule.level.below": ("{count} are below your level", "{count} are below their level"),
    "rule.level.below.one": ("1 is below your level", "1 is below their level"),
    "rule.level.above": ("{count} are above your level", "{count} are above their level"),
    "rule.level.above.one": ("1 is above your level", "1 is above their level"),
    "rule.level.not_below": ("{count} are not below your level", "{count} are not below their level"),
    "rule.level.not_below.one": ("1 is not below your level", "1 is not below their level"),
    "rule.level.too_low": (
        "{count} have a level too low beside yours",
        "{count} have a level too low beside theirs",
    ),
    "rule.level.too_low.one": ("1 has a level too low beside yours", "1 has a level too low beside theirs"),
    "rule.level.too_high": (
        "{count} have a level too high beside yours",
        "{count} have a level too high beside theirs",
    ),
    "rule.level.too_high.one": ("1 has a level too high beside yours", "1 has a level too high beside theirs"),
    "unmatched.no_mentors": ("No mentor has signed up yet", None),
    "unmatched.forbidden": (
        "None of the {mentors} mentors is allowed for you",
        "None of the {mentors} mentors is allowed",
    ),
    "unmatched.forbidden.one": ("The only mentor is not allowed for you", "The only mentor is not allowed"),
    "unmatched.no_places": ("{mentors} mentors would suit, but none of them has a place", None),
    "unmatched.no_places.one": ("1 mentor would suit, but has no place", None),
    "unmatched.full": (
        "{mentors} mentors would suit; all their {places} places are taken by pairs that score as high or higher",
        None,
    ),
    "unmatched.full.one": (
        "1 mentor would suit; all their places ({places}) are taken by pairs that score as high or higher",
        None,
    ),
    "unmatched.full_mixed": (
        "{mentors} mentors would suit; all their {places} places are taken, {higher} of them by pairs "
        "that score as high or higher, the others where a change would place fewer people, lower the total "
        "or undo a locked pair",
        None,
    ),
    "unmatched.full_mixed.one": (
        "1 mentor would suit; all their places ({places}) are taken, {higher} of them by pairs "
        "that score as high or higher, the others where a change would place fewer people, lower the total "
        "or undo a locked pair",
        None,
    ),
}
