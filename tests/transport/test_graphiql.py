"""X2: GraphiQL's page, and the files it loads."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient

from transport import graphiql
from transport.graphiql import Persona

LAYLA = Persona("layla", "a private account", "token-of-layla")
HOSTILE = Persona("mallory", "</script><script>alert(1)</script><!-- & \u2028", "t")


@pytest.fixture
def unbuilt(tmp_path: Path) -> Path:
    """A copy of `explorer/` in which vite never ran."""
    for name in ("fallback.html", "fallback.css", "fallback.js"):
        (tmp_path / name).write_bytes((graphiql.FOLDER / name).read_bytes())
    return tmp_path


@pytest.fixture
def built(unbuilt: Path) -> Path:
    """The same after a build, with stand-ins for what vite writes."""
    assets = unbuilt / "dist" / "assets"
    assets.mkdir(parents=True)
    (unbuilt / "dist" / "index.html").write_bytes((graphiql.FOLDER / "index.html").read_bytes())
    (unbuilt / "dist" / "robots.txt").write_text("User-agent: *")
    (assets / "index-CScmt7kn.js").write_text("export {};")
    return unbuilt


@pytest.fixture
def client(built: Path) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=graphiql.assets(built))) as client:
        yield client


class TestPage:
    def test_nobody_to_speak_for(self, built: Path) -> None:
        config = config_of(graphiql.page([], built))

        assert config["endpoint"] == "/graphql"
        assert config["personas"] == []

    def test_personas_and_their_tokens(self, built: Path) -> None:
        [persona] = config_of(graphiql.page([LAYLA], built))["personas"]

        assert persona == {"username": "layla", "description": "a private account", "token": "token-of-layla"}

    def test_areas_of_the_documentation(self, built: Path) -> None:
        config = config_of(graphiql.page([], built, areas={"wishlists": ["Wishlist"]}))

        assert config["areas"] == {"wishlists": ["Wishlist"]}

    @pytest.mark.parametrize("folder", ["built", "unbuilt"])
    def test_a_description_cannot_leave_its_element(self, folder: str, request: pytest.FixtureRequest) -> None:
        response = graphiql.page([HOSTILE], request.getfixturevalue(folder))

        [persona] = config_of(response)["personas"]
        assert persona["description"] == HOSTILE.description
        assert b"alert(1)</script>" not in response.body
        assert b"<!-- &" not in response.body

    def test_no_script_of_its_own_text(self, built: Path, unbuilt: Path) -> None:
        for folder in (built, unbuilt):
            html = text_of(graphiql.page([LAYLA], folder))
            scripts = re.findall(r"<script\b([^>]*)>([^<]*)</script>", html)
            assert all("application/json" in attributes for attributes, text in scripts if text.strip())
            assert not re.search(r"\son\w+=", html)

    def test_headers(self, built: Path) -> None:
        headers = graphiql.page([LAYLA], built).headers

        assert headers["content-type"] == "text/html; charset=utf-8"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"

    def test_the_policy_lets_nothing_but_this_server_in(self, built: Path) -> None:
        policy = policy_of(graphiql.page([LAYLA], built))

        assert policy["default-src"] == ["'none'"]
        assert policy["script-src"] == ["'self'"]
        assert policy["connect-src"] == ["'self'"]
        assert policy["worker-src"] == ["'self'", "blob:"]
        assert policy["frame-ancestors"] == ["'none'"]
        assert not any(source.startswith("http") for sources in policy.values() for source in sources)


class TestPageWhereNothingWasBuilt:
    def test_says_so_and_what_to_do(self, unbuilt: Path) -> None:
        words = " ".join(re.sub(r"<[^>]+>", "", text_of(graphiql.page([LAYLA], unbuilt))).split())

        assert "Loaded from a CDN, since Node was not there at set-up" in words
        assert "install Node ≥ 20 and run make serve again" in words

    def test_has_the_personas_too(self, unbuilt: Path) -> None:
        assert config_of(graphiql.page([LAYLA], unbuilt))["personas"][0]["token"] == LAYLA.token

    def test_everything_from_elsewhere_is_pinned_and_hashed(self, unbuilt: Path) -> None:
        html = text_of(graphiql.page([], unbuilt))
        elements = [element for element in re.findall(r"<(?:script|link)\b[^>]*>", html) if "https://" in element]

        assert len(elements) == 4
        for element in elements:
            assert re.search(r'"https://[^/]+/[\w-]+@\d+\.\d+\.\d+/', element)
            assert 'crossorigin="anonymous"' in element
            [digest] = re.findall(r'integrity="sha384-([^"]+)"', element)
            assert len(base64.b64decode(digest, validate=True)) == 384 // 8

    def test_the_policy_names_those_files_and_no_whole_host(self, unbuilt: Path) -> None:
        response = graphiql.page([], unbuilt)
        policy = policy_of(response)
        elsewhere = [source for sources in policy.values() for source in sources if source.startswith("http")]

        assert sorted(elsewhere) == sorted(re.findall(r'"(https://[^"]+)"', text_of(response)))
        assert all(source.endswith((".js", ".css")) for source in elsewhere)
        assert "'unsafe-inline'" not in policy["script-src"]
        assert policy["connect-src"] == ["'self'"]

    def test_its_own_files_are_served(self, unbuilt: Path) -> None:
        with TestClient(Starlette(routes=graphiql.assets(unbuilt))) as client:
            for name, kind in (("fallback.js", "text/javascript"), ("fallback.css", "text/css")):
                response = client.get(f"/explorer/{name}")
                assert response.status_code == 200
                assert response.headers["content-type"].startswith(kind)
                assert response.headers["cache-control"] == "no-cache"
            assert client.get("/explorer/assets/index.js").status_code == 404

    def test_the_built_page_takes_over_without_a_restart(self, unbuilt: Path) -> None:
        (unbuilt / "dist").mkdir()
        (unbuilt / "dist" / "index.html").write_text(f"<title>built</title>{graphiql.PLACE_FOR_CONFIG}")

        assert "<title>built</title>" in text_of(graphiql.page([], unbuilt))


class TestAssets:
    def test_hashed_names_never_change(self, client: TestClient) -> None:
        response = client.get("/explorer/assets/index-CScmt7kn.js")

        assert response.status_code == 200
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"] == "default-src 'none'; script-src 'self'"

    def test_other_names_are_asked_for_again(self, client: TestClient) -> None:
        first = client.get("/explorer/robots.txt")
        assert first.headers["cache-control"] == "no-cache"

        second = client.get("/explorer/robots.txt", headers={"If-None-Match": first.headers["etag"]})
        assert second.status_code == 304
        assert second.headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize(
        "path",
        [
            "/explorer/..%2Ffallback.html",
            "/explorer/%2e%2e/fallback.html",
            "/explorer/assets/..%2F..%2Ffallback.html",
            "/explorer/..%5Cfallback.html",
            "/explorer/%2Fetc%2Fpasswd",
            "/explorer/fallback.html",
            "/explorer/%00",
            "/explorer/" + "a" * 5000,
            "/explorer/",
        ],
    )
    def test_nothing_beside_the_build_is_served(self, client: TestClient, path: str) -> None:
        assert client.get(path).status_code == 404

    def test_no_links_out_of_the_build(self, client: TestClient, built: Path) -> None:
        (built / "dist" / "assets" / "link.js").symlink_to(built / "fallback.html")

        assert client.get("/explorer/assets/link.js").status_code == 404

    def test_reading_only(self, client: TestClient) -> None:
        assert client.post("/explorer/assets/index-CScmt7kn.js").status_code == 405


class TestCompressedAssets:
    """The build writes FILE.br and FILE.gz beside FILE."""

    PATH = "/explorer/assets/index-CScmt7kn.js"
    PLAIN = b"export {};"
    WISHES = (
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("*", "br"),
        ("BR", "br"),
        ("zstd", None),
        ("br;q=0, gzip;q=0", None),
        ("identity, br;q=0.5", None),
        ("identity;q=0, gzip", "gzip"),
        ("", None),
    )

    @pytest.fixture(autouse=True)
    def compressed(self, built: Path) -> None:
        file = built / "dist" / self.PATH.removeprefix("/explorer/")
        Path(f"{file}.br").write_bytes(brotli.compress(self.PLAIN))
        Path(f"{file}.gz").write_bytes(gzip.compress(self.PLAIN))

    @pytest.mark.parametrize(("wish", "coding"), WISHES)
    def test_by_what_the_client_takes(self, client: TestClient, wish: str, coding: str | None) -> None:
        response = client.get(self.PATH, headers={"Accept-Encoding": wish})

        assert (response.status_code, response.content) == (200, self.PLAIN)
        assert response.headers.get("content-encoding") == coding
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"

    def test_each_has_a_tag_of_its_own(self, client: TestClient) -> None:
        tags = {}
        for coding in ("br", "gzip", "identity"):
            first = client.get(self.PATH, headers={"Accept-Encoding": coding})
            tags[coding] = first.headers["etag"]
            again = client.get(self.PATH, headers={"Accept-Encoding": coding, "If-None-Match": tags[coding]})
            assert (again.status_code, again.headers["vary"]) == (304, "Accept-Encoding")
        assert len(set(tags.values())) == 3

    def test_head(self, client: TestClient) -> None:
        full = client.get(self.PATH, headers={"Accept-Encoding": "gzip"})
        response = client.head(self.PATH, headers={"Accept-Encoding": "gzip"})

        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["content-length"] == full.headers["content-length"]

    def test_a_range_is_one_of_what_is_sent(self, client: TestClient) -> None:
        response = client.get(self.PATH, headers={"Accept-Encoding": "identity", "Range": "bytes=0-5"})

        assert (response.status_code, response.content) == (206, self.PLAIN[:6])
        with client.stream("GET", self.PATH, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-1"}) as part:
            assert (part.status_code, b"".join(part.iter_raw())) == (206, b"\x1f\x8b")
            assert part.headers["content-encoding"] == "gzip"

    @pytest.mark.parametrize("ending", [".br", ".gz"])
    def test_not_by_their_own_names(self, client: TestClient, ending: str) -> None:
        assert client.get(self.PATH + ending).status_code == 404

    def test_what_was_not_compressed(self, client: TestClient) -> None:
        response = client.get("/explorer/robots.txt", headers={"Accept-Encoding": "br"})

        assert response.text == "User-agent: *"
        assert "content-encoding" not in response.headers
        assert response.headers["vary"] == "Accept-Encoding"


class TestExamples:
    """That each one runs is for another test; here, that the menu can show it."""

    FILES = sorted((graphiql.FOLDER / "examples").glob("*.graphql"))

    def test_there_are_some(self) -> None:
        assert len(self.FILES) >= 14

    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
    def test_begins_with_a_title_and_names_its_persona(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")

        assert re.match(r"# [A-Z].+\n# [A-Z].+\n(#.*\n)*# persona: (anonymous|layla|omar|sam|nora|amal)\n\n", text)
        assert len(re.findall(r"^(?:query|mutation|subscription) \w+", text, re.MULTILINE)) == 1

    def test_variables_belong_to_an_example(self) -> None:
        for variables in (graphiql.FOLDER / "examples").glob("*.json"):
            assert variables.with_suffix(".graphql") in self.FILES
            assert isinstance(json.loads(variables.read_bytes()), dict)


def text_of(response: Response) -> str:
    return bytes(response.body).decode()


def config_of(response: Response) -> dict[str, Any]:
    [text] = re.findall(
        r'<script type="application/json" id="clientele-config">(.*?)</script>', text_of(response), re.DOTALL
    )
    config: dict[str, Any] = json.loads(text)
    return config


def policy_of(response: Response) -> dict[str, list[str]]:
    directives = (directive.split() for directive in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in directives}
