"""Which addresses may be asked, before anything is sent."""

from __future__ import annotations

import ipaddress

import pytest

from office.outbound import AllowedHosts, NotAllowed
from office.outbound.hosts import is_public, read_url

ALLOWED = AllowedHosts(
    ["shop.example.com", "*.example.cn", "feeds.example.com:8443", "10.1.2.3", "fd00::/8", "商城.example"]
)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example.com/feed.xml?a=1", "https://shop.example.com/feed.xml?a=1"),
        ("HTTPS://SHOP.Example.COM.:443", "https://shop.example.com/"),
        ("http://shop.example.com:443/", "http://shop.example.com:443/"),
        ("http://a.b.example.cn/价格", "http://a.b.example.cn/%E4%BB%B7%E6%A0%BC"),
        ("https://feeds.example.com:8443/x#part", "https://feeds.example.com:8443/x"),
        ("http://10.1.2.3/", "http://10.1.2.3/"),
        ("http://[fd00::1]/", "http://[fd00::1]/"),
        ("https://商城.example/", "https://xn--czru2d.example/"),
    ],
)
def test_a_listed_host_may_be_asked(url: str, target: str) -> None:
    assert ALLOWED.judge(url).url == target


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://shop.example.com.evil.test/",
        "https://evil.test/?shop.example.com",
        "https://example.cn/",
        "https://badexample.cn/",
        "https://feeds.example.com/",
        "https://shop.example.com:8443/",
        "http://10.1.2.4/",
        "http://10.1.2.3:6379/",
        "http://0x0a010203/",
        "http://127.0.0.1/",
        "http://[::1]/",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        ALLOWED.judge(url)
    assert caught.value.code == "not_listed"
    assert caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "https://user:secret@shop.example.com/",
        "https://shop.example.com@evil.test/",
        "https://shop.example.com\\@evil.test/",
        "https://shop.example.com/\r\nHost: x",
        "https://shop.example.com/a b",
        "https://shop.example.com:0/",
        "https://shop.example.com:99999/",
        "https://[::1/",
        "https://a..b/",
        "https:///x",
        "https://" + "a" * 3_000,
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        read_url(url)
    assert caught.value.code == "address"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.5", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
    ],
)
def test_an_address_is_public_or_inside(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
    assert ALLOWED.may_connect(ipaddress.ip_address(address)) is (public or address == "fd00::1")


@pytest.mark.parametrize(
    "entry", ["https://shop.example.com", "shop example", "a/b", "*", "*.", "user@host", "10.0.0.1/8"]
)
def test_an_entry_that_is_no_host_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="not a host"):
        AllowedHosts([entry])


def test_an_empty_list_allows_nothing() -> None:
    assert not AllowedHosts(["", " "])
    with pytest.raises(NotAllowed):
        AllowedHosts([]).judge("https://shop.example.com/")
