"""What URLs hide: each is understood as it is, and judged by the addresses that it leads to."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from receivers import plain, receiving

from app.adapters.webhooks.courier import Courier, Undelivered
from app.adapters.webhooks.names import LookUp

OWN = {"webhook-id": "7"}
FORBIDDEN = "its address may not be reached: see WEBHOOK_PRIVATE_NETWORKS"
NO_URL = "its URL is no http or https URL"
LOOPBACK = [
    *["127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1"],
    *[
        "127.0.0.1.",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "\uff11\uff12\uff17\uff0e0\uff0e0\uff0e1",  # digits and dots of full width
        "%31%32%37.1",
        "localhost",
        "LOCALHOST",
    ],
    *["ada:hunter2@127.0.0.1", "public.example:80@127.0.0.1", "public.example%2F@127.0.0.1"],
]
NOT_GLOBAL = [
    *["[::]", "[::1]", "[0:0::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]"],
    *[
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "0",
        "0.0",
        "10.1",
        "172.16.0.1",
    ],
    *["192.168.1", "169.254.169.254", "0xa9.0xfe.0xa9fe", "2852039166", "100.64.0.1", "224.0.0.1", "255.255.255.255"],
]
NO_URLS = [
    *[
        "",
        "hook",
        "//127.0.0.1/",
        "http://",
        "http:///",
        "http://:80/",
        "http://ada@/",
        "http://[::1",
        "http://[::1%25lo]/",
    ],
    *[
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:x/",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
    ],
    *[
        "http://0x1.0x100000000/",
        "http://a b/",
        "http://a\x00b/",
        "http://xn--/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
    *["unix:///run/x", "javascript:alert(1)", "http://\udcff/", "http://127.0.0.1\x7f/"],
]
# Beside the URL, the host that is looked up for it.
CONFUSIONS = {
    "http://127.0.0.1@public.example/": "public.example",
    "http://127.0.0.1:80@public.example/": "public.example",
    "http://a@127.0.0.1@public.example/": "public.example",
    "http://public.example#@127.0.0.1/": "public.example",
    "http://public.example?@127.0.0.1/": "public.example",
    "http://public.example\\@127.0.0.1/": "public.example",
    "http://public.example\\.127.0.0.1/": "public.example",
    "http:\\\\public.example/127.0.0.1": "public.example",
    "http://PUBLIC.example/": "public.example",
    "http://public.example./": "public.example.",
    "http://localhost./": "localhost.",
    "http://pu\tblic.example/": "public.example",
    "http://127.0.0.1.public.example/": "127.0.0.1.public.example",
    "http://bücher.example/": "xn--bcher-kva.example",
    "http://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "http://ⓟublic.example/": "public.example",
    "http://.public.example/": ".public.example",
    "http://a..example/": "a..example",
    f"http://{'a' * 64}.example/": f"{'a' * 64}.example",
}


class Names:
    """A name server that gives its answers one after the other; the last of them is given for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def refused(courier: Courier, url: str) -> tuple[str, bool]:
    with pytest.raises(Undelivered) as raised:
        await courier.deliver(url, {}, OWN, b"{}")
    assert raised.value.status is None
    return raised.value.reason, raised.value.unreachable


class TestAddresses:
    @pytest.mark.parametrize("host", LOOPBACK)
    async def test_loopback_in_every_spelling(self, host: str, connected: list[str]) -> None:
        async with receiving() as receiver, Courier([]).open() as careful, Courier(["127.0.0.0/8"]).open() as courier:
            url = f"http://{host}:{receiver.port}/hook"
            assert await refused(careful, url) == (FORBIDDEN, True)
            assert connected == []
            assert await courier.deliver(url, {}, OWN, b"{}") == 200
            assert connected == ["127.0.0.1"]

    @pytest.mark.parametrize("host", NOT_GLOBAL)
    async def test_others_that_are_not_global(self, host: str, connected: list[str]) -> None:
        async with Courier([]).open() as courier:
            for scheme in ("http", "https"):
                assert await refused(courier, f"{scheme}://{host}/") == (FORBIDDEN, True)
        assert connected == []

    async def test_ipv6(self, connected: list[str]) -> None:
        async with receiving(host="::1") as receiver, Courier(["::1/128"]).open() as courier:
            assert await courier.deliver(receiver.url, {}, OWN, b"{}") == 200
        assert receiver.deliveries[0].headers["host"] == f"[::1]:{receiver.port}"
        assert connected == ["::1"]


class TestUrls:
    @pytest.mark.parametrize("url", NO_URLS)
    async def test_that_are_none(self, url: str) -> None:
        async with Courier(["*"], Names([])).open() as courier:
            assert await refused(courier, url) == (NO_URL, False)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:0/", "https://public.example:00/"])
    async def test_with_port_0(self, url: str) -> None:
        async with Courier(["*"], Names([])).open() as courier:
            assert await refused(courier, url) == ("its URL has no host, or port 0", False)

    @pytest.mark.parametrize(("url", "host"), CONFUSIONS.items(), ids=range(len(CONFUSIONS)))
    async def test_with_another_host_than_it_seems(self, url: str, host: str) -> None:
        names = Names(["127.0.0.1"])
        async with Courier([], names).open() as courier:
            assert await refused(courier, url) == (FORBIDDEN, True)
        assert names.asked == [host]

    @pytest.mark.parametrize("host", ["a..example", ".example", "a" * 64 + ".example"])
    async def test_names_that_are_none(self, host: str) -> None:
        async with Courier(["*"]).open() as courier:
            reason, unreachable = await refused(courier, f"https://{host}/")
        assert reason.startswith("its name was not found: ")
        assert host not in reason
        assert unreachable


class TestNames:
    async def test_one_that_resolves_differently_the_second_time(self, connected: list[str]) -> None:
        names = Names(["127.0.0.2"], ["127.0.0.1"])
        async with receiving(plain(200, b"", "Connection: close"), host="127.0.0.2") as receiver:
            url = f"http://rebinding.example:{receiver.port}/"
            async with Courier(["127.0.0.2/32"], names).open() as courier:
                assert await courier.deliver(url, {}, OWN, b"{}") == 200
                assert (names.asked, connected) == (["rebinding.example"], ["127.0.0.2"])
                assert await refused(courier, url) == (FORBIDDEN, True)
        assert connected == ["127.0.0.2"]
        assert receiver.deliveries[0].headers["host"] == f"rebinding.example:{receiver.port}"

    async def test_one_with_addresses_of_both_kinds(self, connected: list[str]) -> None:
        names = Names(["127.0.0.1", "::1", "::ffff:127.0.0.2", "127.0.0.2"])
        async with (
            receiving(host="127.0.0.2") as receiver,
            Courier(["127.0.0.2/32"], names).open() as courier,
        ):
            assert await courier.deliver(f"http://both.example:{receiver.port}/", {}, OWN, b"{}") == 200
        assert connected == ["127.0.0.2"]

    async def test_the_next_address_when_nobody_listens_at_the_first(self, connected: list[str]) -> None:
        names = Names(["127.0.0.3", "::1", "127.0.0.2"])
        async with receiving(host="127.0.0.2") as receiver, Courier(["*"], names).open() as courier:
            assert await courier.deliver(f"http://some.example:{receiver.port}/", {}, OWN, b"{}") == 200
        assert connected == ["127.0.0.3", "::1", "127.0.0.2"]

    async def test_only_the_first_of_very_many(self, connected: list[str]) -> None:
        names = Names([f"127.0.0.{last}" for last in range(2, 250)])
        async with Courier(["*"], names).open() as courier:
            assert (await refused(courier, "http://many.example:9/"))[1]
        assert len(connected) == 4

    async def test_one_without_any(self) -> None:
        async with Courier(["*"], Names([])).open() as courier:
            assert await refused(courier, "http://none.example/") == (FORBIDDEN, True)

    async def test_a_look_up_that_fails(self) -> None:
        def failing(host: str) -> Sequence[str]:
            raise OSError(-3, "Temporary failure in name resolution")

        async with Courier(["*"], failing).open() as courier:
            reason = "its name was not found: Temporary failure in name resolution"
            assert await refused(courier, "http://some.example/") == (reason, True)
            assert await refused(courier, "http://some.example/") == (reason, True)

    async def test_no_thread_for_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refusing(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        names = Names(["127.0.0.1"])
        async with receiving() as receiver, Courier(["*"], names).open() as courier:
            url = f"http://some.example:{receiver.port}/"
            with monkeypatch.context() as patched:
                patched.setattr(threading.Thread, "start", refusing)
                assert await refused(courier, url) == ("too many names are being looked up", False)
            assert await courier.deliver(url, {}, OWN, b"{}") == 200


class TestNamesThatHang:
    @pytest.fixture
    def hanging(self) -> Iterator[tuple[LookUp, list[str], Callable[[], None]]]:
        go_on = threading.Event()
        asked: list[str] = []

        def look_up(host: str) -> Sequence[str]:
            asked.append(host)
            if host.startswith("hanging"):
                assert threading.current_thread().daemon  # or the process would wait for it
                assert go_on.wait(60)
            return ["127.0.0.1"]

        yield look_up, asked, go_on.set
        go_on.set()

    async def test_keep_nobody_else_waiting_and_are_bounded(
        self, hanging: tuple[LookUp, list[str], Callable[[], None]]
    ) -> None:
        look_up, asked, go_on = hanging
        async with receiving() as receiver, Courier(["*"], look_up).open() as courier:

            async def deliver(host: str) -> int:
                return await courier.deliver(f"http://{host}:{receiver.port}/", {}, OWN, b"{}")

            waiting = [asyncio.create_task(deliver(f"hanging{number}.example")) for number in range(31)]
            await asyncio.sleep(0.05)
            assert await deliver("some.example") == 200
            waiting += [asyncio.create_task(deliver(f"hanging{number}.example")) for number in (31, 3, 3)]
            await asyncio.sleep(0.05)
            assert await refused(courier, "http://other.example/") == ("too many names are being looked up", False)
            assert await deliver("127.0.0.1") == 200
            waiting[3].cancel()  # two others wait for the same name
            go_on()
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            assert [outcome for outcome in outcomes if outcome != 200] == [outcomes[3]]
            assert isinstance(outcomes[3], asyncio.CancelledError)
            assert len(asked) == len(set(asked)) == 33  # each was looked up once
            assert await deliver("other.example") == 200

    async def test_are_not_waited_for(
        self, hanging: tuple[LookUp, list[str], Callable[[], None]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.adapters.webhooks.network._SECONDS", 0.1)
        async with Courier(["*"], hanging[0]).open() as courier:
            reason = "looking its name up took too long"
            assert await refused(courier, "http://hanging.example/") == (reason, True)
