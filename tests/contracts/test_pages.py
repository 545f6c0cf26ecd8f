"""The interactive pages: open to everybody, made of nothing that comes from elsewhere, and no door to anything else."""

import re

import httpx
import pytest

from app.apis.pages import ASSETS

PREFIXES = ["/v2", "/api/v2", "/api/realtime", "/services/chats", ""]
TITLES = {
    "/v2": "100ms-style server API",
    "/api/v2": "100ms-style server API",
    "/api/realtime": "VCS-style realtime API",
    "/services/chats": "Carbonio chats API",
    "": "Carbonio chats API",
}
#: What is there when a path or a method is refused: words of the API, or no body at all.
NO_PATH = dict.fromkeys(PREFIXES, "") | {
    "/v2": "path not found",
    "/api/v2": "path not found",
    "/api/realtime": "BASE-00404",
}
NO_METHOD = dict.fromkeys(PREFIXES, "") | {
    "/v2": "method not allowed",
    "/api/v2": "method not allowed",
    "/api/realtime": "BASE-00405",
}
LINK = re.compile(r'(?:src|href)="([^"]*)"')
GUARDED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(params=PREFIXES)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def page(client: httpx.AsyncClient, prefix: str) -> httpx.Response:
    return await client.get(f"{prefix}/docs")


def assert_says(refusal: httpx.Response, words: str) -> None:
    """Judge a refusal by its words; without any, it has no body."""
    assert words in refusal.text
    assert bool(words) == bool(refusal.content)


class TestPage:
    async def test_is_html_with_the_title_of_its_api(self, page: httpx.Response, prefix: str) -> None:
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f"<title>{TITLES[prefix]}</title>" in page.text

    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_leads_to_every_asset_and_nowhere_else(
        self, client: httpx.AsyncClient, prefix: str, slash: str
    ) -> None:
        page = await client.get(f"{prefix}/docs{slash}")
        linked = [page.url.join(link) for link in LINK.findall(page.text)]
        assert {link.path for link in linked} == {f"{prefix}/docs/{asset}" for asset in ASSETS}
        assert {link.host for link in linked} == {page.url.host}
        assert [(await client.get(link)).status_code for link in linked] == [200] * len(ASSETS)
        assert "//" not in page.text

    async def test_may_load_nothing_from_elsewhere_and_run_nothing_of_its_own(self, page: httpx.Response) -> None:
        policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert {policy[kind] for kind in ("script-src", "style-src", "connect-src")} == {"'self'"}
        assert policy["img-src"] == "'self' data: blob:"  # blobs: a picture that was downloaded is shown
        assert not re.search("https?:|unsafe", str(policy))
        assert not re.search("<script>|<style|style=|onload", page.text)

    async def test_is_kept_away_from_other_pages(self, page: httpx.Response) -> None:
        assert {name: page.headers[name] for name in GUARDED} == GUARDED

    async def test_starts_with_the_description_beside_it(self, client: httpx.AsyncClient, prefix: str) -> None:
        script = await client.get(f"{prefix}/docs/start.js")
        assert not re.search("https?:", script.text)
        [description] = re.findall(r'new URL\("([^"]*)", document.currentScript.src\)', script.text)
        shown = await client.get(script.url.join(description))
        assert (shown.status_code, shown.headers["content-type"]) == (200, "application/json")
        assert shown.url.path == f"{prefix}/openapi.json"

    @pytest.mark.parametrize("slash", ["", "/"])
    @pytest.mark.parametrize("outside", ["", "/enfilade"])
    async def test_tries_operations_out_where_they_are(
        self, client: httpx.AsyncClient, prefix: str, slash: str, outside: str
    ) -> None:
        """As the page does it: by the script, the description beside it, and the server's address in that.

        Swagger UI leaves out a slash at the end of that address. `outside` is what a proxy strips.
        """
        page = await client.get(f"{prefix}/docs{slash}")
        [script] = [link for link in LINK.findall(page.text) if link.endswith("start.js")]
        [described] = re.findall(r'new URL\("([^"]*)"', (await client.get(f"{prefix}/docs/start.js")).text)
        seen = httpx.URL(f"https://rooms.example{outside}{prefix}/docs{slash}").join(script).join(described)
        document = (await client.get(seen.path.removeprefix(outside))).json()
        [server] = document["servers"]
        address = str(seen.join(server["url"])).removesuffix("/")
        assert address == f"https://rooms.example{outside}{prefix}"


class TestAssets:
    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("swagger-ui-bundle.js", "text/javascript"),
            ("start.js", "text/javascript"),
            ("swagger-ui.css", "text/css"),
            ("favicon-32x32.png", "image/png"),
        ],
    )
    async def test_are_kept_by_browsers_as_long_as_they_are_the_same(
        self, client: httpx.AsyncClient, prefix: str, name: str, media_type: str
    ) -> None:
        first = await client.get(f"{prefix}/docs/{name}")
        assert (first.status_code, first.headers["content-type"]) == (200, media_type)
        assert first.headers["cache-control"] == "no-cache"
        assert {name: first.headers[name] for name in GUARDED} == GUARDED
        tag = {"If-None-Match": first.headers["etag"]}
        again = await client.get(f"{prefix}/docs/{name}", headers=tag)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag["If-None-Match"])


class TestPaths:
    @pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/start.js", "/docs/swagger-ui.css"])
    async def test_head_and_a_slash_at_the_end_work(self, client: httpx.AsyncClient, prefix: str, path: str) -> None:
        get = await client.get(prefix + path)
        head = await client.head(prefix + path)
        assert (head.status_code, head.headers["content-type"]) == (200, get.headers["content-type"])
        assert (await client.get(f"{prefix}{path}/")).status_code == 200

    @pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/start.js"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    async def test_are_only_read(self, client: httpx.AsyncClient, prefix: str, path: str, method: str) -> None:
        answer = await client.request(method, prefix + path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
        assert_says(answer, NO_METHOD[prefix])

    @pytest.mark.parametrize(
        "path",
        [
            "/docs/index.html",
            "/docs/page.html",
            "/docs/__init__.py",
            "/docs/%2E%2E/%2E%2E/dependencies.py",
            "/docs/..%2F..%2Fdependencies.py",
            "/docs/..%5Cdependencies.py",
            "/docs//etc/passwd",
            "/docs/%2Fetc/passwd",
            "/docs/start.js%00.html",
            "/docs/start.js%0A",
            "/docs/Start.js",
            "/docs/start.js/more",
            "/docs/swagger-ui-bundle.js.map",
            "/docs%0A",
            "/openapi.json%0A",
            "/openapi.yaml",
            "/redoc",
        ],
    )
    async def test_others_are_not_found(self, client: httpx.AsyncClient, prefix: str, path: str) -> None:
        for method in ("GET", "HEAD", "POST"):
            answer = await client.request(method, prefix + path)
            assert answer.status_code == 404
            if method != "HEAD":
                assert_says(answer, NO_PATH[prefix])


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=abc", "foo=1", "bytes=99999999-"])
async def test_an_asset_is_whole_whatever_part_is_asked_for(client: httpx.AsyncClient, asked: str) -> None:
    whole = await client.get("/v2/docs/start.js")
    answer = await client.get("/v2/docs/start.js", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, whole.content)
