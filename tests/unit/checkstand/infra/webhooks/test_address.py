"""Where a webhook may go."""

import ipaddress

import pytest

from checkstand.infra.webhooks.address import AddressPolicy, judge, parse_target, why_refused
from checkstand.infra.webhooks.errors import WebhookAddressRefused, WebhookNeedsHttps, WebhookUrlInvalid

LIVE = AddressPolicy.of("live")
TEST = AddressPolicy.of("test")

NEVER = [
    ("10.1.2.3", "private"),
    ("172.16.0.1", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "shared, carrier-grade NAT"),
    ("169.254.169.254", "cloud metadata"),
    ("100.100.100.200", "cloud metadata in the shared range"),
    ("168.63.129.16", "cloud metadata that looks public"),
    ("fd00:ec2::254", "cloud metadata over IPv6"),
    ("169.254.1.1", "link-local"),
    ("0.0.0.0", "unspecified"),
    ("224.0.0.1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("198.18.0.1", "benchmarking"),
    ("192.0.2.1", "documentation"),
    ("::", "unspecified"),
    ("fe80::1", "link-local"),
    ("fc00::1", "unique local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("2001:db8::1", "documentation"),
    ("::ffff:10.0.0.1", "private IPv4 mapped into IPv6"),
    ("::ffff:169.254.169.254", "metadata mapped into IPv6"),
    ("64:ff9b::a00:1", "private IPv4 behind NAT64"),
    ("2002:a00:1::", "private IPv4 in 6to4"),
    ("::10.0.0.1", "private IPv4 in the old compatible form"),
]


@pytest.mark.parametrize("policy", [LIVE, TEST], ids=["live", "test"])
@pytest.mark.parametrize(("address", "why"), NEVER, ids=[f"{a} {w}" for a, w in NEVER])
def test_an_address_inside_a_network_is_refused(address, why, policy):
    assert why_refused(ipaddress.ip_address(address), policy) is not None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_be_told_in_test_mode_only(address):
    assert why_refused(ipaddress.ip_address(address), TEST) is None
    assert why_refused(ipaddress.ip_address(address), LIVE) == "this machine"


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_a_public_address_may_be_told(address):
    assert why_refused(ipaddress.ip_address(address), LIVE) is None


def test_private_networks_open_by_setting_in_test_mode_only():
    private = ipaddress.ip_address("10.0.0.1")

    assert why_refused(private, AddressPolicy.of("test", allow_private=True)) is None
    assert why_refused(private, AddressPolicy.of("live", allow_private=True)) is not None


def test_the_setting_for_private_networks_does_not_open_the_metadata_service():
    metadata = ipaddress.ip_address("169.254.169.254")

    assert why_refused(metadata, AddressPolicy.of("test", allow_private=True)) == "a cloud metadata service"


def test_one_private_address_among_public_ones_refuses_the_host():
    with pytest.raises(WebhookAddressRefused, match=r"10\.0\.0\.1"):
        judge([ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")], LIVE, "rebinding.example")


@pytest.mark.parametrize(
    "url",
    [
        "shop.example/hooks",
        "ftp://shop.example/",
        "https:///hooks",
        "https://user:pass@shop.example/",
        "https://shop.example/#paid",
        "https://shop.example/a b",
        "https://shop.example:99999/",
        "https://shop.example/\r\nHost: bank.example",
        "https://[::1/",
        "https://shop.example/" + "a" * 2000,
        "",
    ],
)
def test_a_url_that_is_no_plain_address_is_refused(url):
    with pytest.raises(WebhookUrlInvalid):
        parse_target(url, TEST)


def test_a_refused_url_does_not_put_its_password_into_the_message():
    with pytest.raises(WebhookUrlInvalid) as refused:
        parse_target("https://user:hunter2@shop.example/", LIVE)

    assert "hunter2" not in refused.value.detail


def test_live_mode_insists_on_https():
    with pytest.raises(WebhookNeedsHttps):
        parse_target("http://shop.example/hooks", LIVE)


def test_a_private_literal_is_refused_before_anything_is_resolved():
    with pytest.raises(WebhookAddressRefused):
        parse_target("https://[::ffff:10.0.0.1]/hooks", LIVE)


def test_a_target_keeps_the_name_for_the_certificate_and_goes_to_the_address():
    target = parse_target("https://shop.example:8443/hooks?from=checkstand", LIVE)

    assert (target.host, target.authority) == ("shop.example", "shop.example:8443")
    assert (
        target.url_at(ipaddress.ip_address("2606:4700::1111")) == "https://[2606:4700::1111]:8443/hooks?from=checkstand"
    )


def test_a_name_in_chinese_is_asked_by_its_punycode():
    assert parse_target("https://书店.example/", LIVE).host == "xn--1jqq80b.example"
