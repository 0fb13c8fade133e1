"""How reasons for leaving are read."""

import pytest

from reports.reasons import kind_of, read_kind
from reports.survival import INVOLUNTARY, OTHER, VOLUNTARY

READ = {
    VOLUNTARY: (
        "Resigned", "Voluntary – career change", "Voluntary termination", "Termination - Voluntary", "TERM_VOLUNTARY", "Vol",
        "Terminated by employee", "Termination by the employee", "Employee-initiated", "New job", "Better offer", "Relocation",
        "Family reasons", "Found another job", "Other employment", "Resignation (manager’s conduct)", "Left for a competitor",
        "Own wish", "Personal", "Quit", "Eigenkündigung", "Kündigung durch Arbeitnehmer", "Kündigung durch den Mitarbeiter",
        "Arbeitnehmerkündigung", "Freiwillig", "Neue Stelle", "Umzug", "Auf eigenen Wunsch", "Familiäre Gründe",
        "Arbeitgeberwechsel", "Neuer Job",
    ),
    INVOLUNTARY: (
        "Involuntary", "INVOL", "Not voluntary", "Non-voluntary", "Nonvoluntary", "Not a voluntary leaver", "In-voluntary",
        "Dismissal", "redundancy", "Voluntary redundancy", "Terminated", "Termination by employer", "Laid-off", "Fired",
        "Gross misconduct", "Resignation in lieu of dismissal", "Failed his probation", "Unfreiwillig", "Nicht freiwillig",
        "Betriebsbedingte Kündigung", "Kündigung durch Arbeitgeber", "Arbeitgeberkündigung", "Wurde gekündigt", "Personalabbau",
        "Entlassung",
    ),
    OTHER: (
        "Retired", "Early retirement", "Voluntary retirement", "End of contract", "Termination of fixed-term contract", "Death",
        "Mutual agreement", "Transfer to subsidiary", "Ill health", "Other", "Aufhebungsvertrag", "Rente", "Ruhestand",
        "Befristung abgelaufen", "Sonstiges",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reason", "kind"), [(reason, kind) for kind, reasons in READ.items() for reason in reasons])
def test_what_is_read(reason, kind):
    assert (kind_of(reason), read_kind(reason)) == (kind, kind)


@pytest.mark.parametrize("reason", ["Moved to Mars", "Kündigung", "R17"])
def test_what_is_not_understood_is_neither(reason):
    assert (kind_of(reason), read_kind(reason)) == (OTHER, None)


@pytest.mark.parametrize("reason", ["", "  ", "-", "n/a", "Unknown", "Keine Angabe"])
def test_what_says_nothing(reason):
    assert (kind_of(reason), read_kind(reason)) == (0, None)
