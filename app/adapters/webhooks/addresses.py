"""Which addresses webhooks may reach: those of the Internet, and of the private networks that the operator names."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

# What is not global by the registries of IANA. A table of ours: what `ipaddress` knows differs between releases.
_IPV4: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # a carrier's NAT, and metadata of some clouds
        "127.0.0.0/8",
        "168.63.129.16/32",  # registered as public, but in Azure it is each machine's own host
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation, like two others below
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# All that is global in IPv6 is in here. So `::`, `::1`, IPv4 mapped, compatible or by NAT64, unique local, link-local,
# site-local and multicast are not.
_GLOBAL_IPV6: Final = IPv6Network("2000::/3")
_IPV6: Final = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocols' own, Teredo with its IPv4 inside among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: IPv4 inside
        "3fff::/20",  # documentation
    )
)


class Reachable:
    """The addresses that may be reached: `address in reachable`, with the address as text."""

    def __init__(self, private_networks: Sequence[str]) -> None:
        """Take networks in CIDR notation that may be reached although they are not global, or `*` for all."""
        self._everything = "*" in private_networks
        self._private = tuple(ip_network(network) for network in private_networks if network != "*")

    def __contains__(self, address: str) -> bool:
        try:
            judged = ip_address(address)
        except ValueError:
            return False
        return self._everything or _is_global(judged) or any(judged in network for network in self._private)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4)
    return address in _GLOBAL_IPV6 and not any(address in network for network in _IPV6)
