"""Which addresses webhooks may reach: both ends of each network that is not global, and what lies beside it."""

from ipaddress import ip_address, ip_network

import pytest

from app.adapters.webhooks.addresses import Reachable

REFUSED = {
    "this host": "0.0.0.0/8",
    "private": "10.0.0.0/8",
    "shared by carriers": "100.64.0.0/10",
    "loopback": "127.0.0.0/8",
    "link-local": "169.254.0.0/16",
    "private, too": "172.16.0.0/12",
    "protocols": "192.0.0.0/24",
    "documentation": "192.0.2.0/24",
    "relays of 6to4": "192.88.99.0/24",
    "private at home": "192.168.0.0/16",
    "benchmarks": "198.18.0.0/15",
    "documentation 2": "198.51.100.0/24",
    "documentation 3": "203.0.113.0/24",
    "the host of a cloud": "168.63.129.16/32",
    "multicast and reserved": "224.0.0.0/3",
    "unspecified, loopback, compatible, mapped, NAT64": "::/3",
    "NAT64": "64:ff9b::/96",
    "NAT64 of one's own": "64:ff9b:1::/48",
    "mapped": "::ffff:0:0/96",
    "protocols, Teredo": "2001::/23",
    "documentation in IPv6": "2001:db8::/32",
    "6to4": "2002::/16",
    "documentation in IPv6, too": "3fff::/20",
    "unassigned": "4000::/2",
    "unassigned, unique local, link-local, site-local, multicast": "8000::/1",
}
# Global addresses that are in no network's neighbourhood, or next to one.
REACHED = [
    *["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
    *["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0"],
    *["192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"],
    *["198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "168.63.129.15"],
    *["168.63.129.17", "8.8.8.8", "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::"],
    *["2606:4700::1", "3ffe:ffff::", "3fff:1000::"],
]
INSIDE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"]


def hidden(address: str) -> list[str]:
    """Return the spellings in IPv6 of an address of IPv4."""
    high, low = ip_address(address).packed[:2].hex(), ip_address(address).packed[2:].hex()
    return [
        f"::ffff:{address}",
        f"::ffff:{high}:{low}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"2002:{high}:{low}::1",
        f"2001:0:{high}:{low}::",
        f"2001::{int(high, 16) ^ 0xFFFF:x}:{int(low, 16) ^ 0xFFFF:x}",
    ]


class TestWithoutPrivateNetworks:
    @pytest.mark.parametrize("network", REFUSED.values(), ids=REFUSED)
    def test_what_is_not_global_is_refused(self, network: str) -> None:
        refused = ip_network(network)
        assert str(refused[0]) not in Reachable([])
        assert str(refused[-1]) not in Reachable([])

    @pytest.mark.parametrize("address", REACHED)
    def test_what_is_global_is_reached(self, address: str) -> None:
        assert address in Reachable([])

    @pytest.mark.parametrize("address", [spelling for inside in INSIDE for spelling in hidden(inside)])
    def test_ipv4_within_ipv6_is_refused_whatever_it_is(self, address: str) -> None:
        assert address not in Reachable([])

    @pytest.mark.parametrize(
        "address", ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "8.8.8.8/32", "8.8.8.8 "]
    )
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        assert address not in Reachable(["*"])


class TestWithPrivateNetworks:
    def test_they_are_reached_and_nothing_beside_them(self) -> None:
        reachable = Reachable(["10.1.0.0/16", "fd00:1::/32", "127.0.0.1/32"])
        for address in ("10.1.0.0", "10.1.255.255", "fd00:1::", "fd00:1:ffff::", "127.0.0.1"):
            assert address in reachable
        for address in ("10.0.255.255", "10.2.0.0", "fd00:2::", "127.0.0.2", "::1", "::ffff:10.1.0.1", "169.254.0.1"):
            assert address not in reachable

    def test_what_is_global_is_reached_as_well(self) -> None:
        assert "8.8.8.8" in Reachable(["10.0.0.0/8"])

    def test_all_of_ipv4_is_nothing_of_ipv6(self) -> None:
        reachable = Reachable(["0.0.0.0/0"])
        assert "127.0.0.1" in reachable
        assert "::1" not in reachable
        assert "::ffff:127.0.0.1" not in reachable

    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254", "fe80::1%1", "ff02::1"]
    )
    def test_a_star_is_everything(self, address: str) -> None:
        assert address in Reachable(["*"])
        assert address in Reachable(["10.0.0.0/8", "*"])

    def test_a_link_local_address_with_its_zone(self) -> None:
        assert "fe80::1%1" in Reachable(["fe80::/10"])
        assert "fe80::1%1" not in Reachable([])
