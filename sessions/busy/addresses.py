"""Which network addresses may be connected to: public ones of single machines, and no others.

Addresses are looked at, never spellings: 0x7f.1 and circled digits are 127.0.0.1 once they are resolved.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

# IANA's special-purpose registries, with what `ip.is_global` gets wrong: multicast, the relays of 6to4, and AS112 left in.
REFUSED_V4 = {
    IPv4Network(network): why
    for network, why in {
        "0.0.0.0/8": "this network",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared by a provider's customers",
        "127.0.0.0/8": "loopback",
        # Public by its looks, but within Azure it is the host of the very machine that asks.
        "168.63.129.16/32": "Azure's own",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "protocol assignments",
        "192.0.2.0/24": "documentation",
        "192.31.196.0/24": "AS112",
        "192.52.193.0/24": "AMT",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "192.175.48.0/24": "AS112",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
# Only 2000::/3 is given to machines of the internet. Outside it are IPv4-mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96 and
# 64:ff9b:1::/48), unique local, link-local, site-local (fec0::/10) and multicast addresses.
UNICAST_V6 = IPv6Network("2000::/3")
REFUSED_V6 = {
    IPv6Network(network): why
    for network, why in {
        "2001::/32": "Teredo",
        "2001::/23": "protocol assignments",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "2620:4f:8000::/48": "AS112",
        "3fff::/20": "documentation",
    }.items()
}
# ISATAP hides an IPv4 address in the last four bytes, behind these.
ISATAP = {0x00005EFE, 0x02005EFE}


def why_refused(text: str) -> str:
    """Say why a resolved address may not be connected to; empty for one that may."""
    try:
        address = ip_address(text)
    except (AddressValueError, ValueError):
        return "no address"
    refused: dict[IPv4Network, str] | dict[IPv6Network, str]
    if isinstance(address, IPv4Address):
        refused = REFUSED_V4
    else:
        if address.scope_id is not None:
            return "of one link only"
        if address not in UNICAST_V6:
            return "not public"
        if _is_isatap(address):
            return "ISATAP"
        refused = REFUSED_V6
    return next((why for network, why in refused.items() if address in network), "")


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFFFFFF in ISATAP
