"""The images of demo products, as the server draws and keeps them."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image as Pillow
from starlette.applications import Starlette

from demo import images
from models import ids
from models.products import Image
from settings import Settings
from tests.patience import SECONDS
from tests.people import World
from transport import images as serving
from transport.image_cache import ImageCache
from transport.images import Images

DRESS = "/images/dress/silk-dress-7/3x4-0-emerald-{width}.webp"


@asynccontextmanager
async def client(folder: Path, find: serving.Find, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve images that are made by somebody else."""
    app = Starlette(routes=Images(folder, find, **options).routes)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://a.example", timeout=SECONDS
    ) as it:
        yield it


class Maker:
    """Makes images that are their own paths, and counts."""

    def __init__(self, seconds: float = 0) -> None:
        self.made: list[str] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._seconds = seconds

    def find(self, path: str) -> Callable[[], bytes] | None:
        return lambda: self.make(path)

    def make(self, path: str) -> bytes:
        with self._lock:
            self.made.append(path)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self._seconds)
        with self._lock:
            self.at_once -= 1
        return path.encode() * 100


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def change(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """Damage the only file."""
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))


class TestServer:
    """The real server under the settings of development."""

    @pytest.mark.parametrize(
        ("ratio", "expected"), [("3x4", (320, 427)), ("1x1", (320, 320)), ("4x5", (320, 400)), ("3x2", (320, 213))]
    )
    async def test_image_has_its_size(self, http: httpx2.AsyncClient, ratio: str, expected: tuple[int, int]) -> None:
        answer = await http.get(f"/images/bag/tote-3/{ratio}-1-navy-320.webp")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert len(answer.content) < 100_000
        with Pillow.open(BytesIO(answer.content)) as picture:
            assert (picture.format, picture.size) == ("WEBP", expected)

    async def test_any_front_end_may_show_and_keep_it(self, http: httpx2.AsyncClient) -> None:
        for method in ("GET", "HEAD"):
            answer = await http.request(method, DRESS.format(width=160), headers={"origin": "http://127.0.0.1:3000"})
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert int(answer.headers["content-length"]) > 500
        again = await http.get(DRESS.format(width=160), headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])

    @pytest.mark.parametrize("path", [
        "/images/", "/images/x", "/images/dress/a/3x4-0-emerald-321.webp", "/images/dress/a/3x4-0-emerald-1920.webp",
        "/images/dress/a/3x4-0-emerald-100000.webp", "/images/dress/%2e%2e/3x4-0-emerald-320.webp",
        "/images/..%2f..%2fsecrets.json", "/images/%2e%2e/%2e%2e/pyproject.toml", "/images/dress/a/3x4-0-emerald-320.webp%00",
        "/images/dress/a/3x4-0-beige-320.webp", "/images//dress/a/3x4-0-emerald-320.webp",
    ])  # fmt: skip
    async def test_everything_else_is_not_found(self, http: httpx2.AsyncClient, path: str) -> None:
        answer = await http.get(path)
        assert answer.status_code == 404
        assert answer.headers["cache-control"] == "no-store"

    async def test_other_methods_are_refused(self, http: httpx2.AsyncClient) -> None:
        assert (await http.post(DRESS.format(width=160))).status_code == 405

    async def test_address_that_the_graph_gives_leads_to_the_image(
        self, world: World, http: httpx2.AsyncClient
    ) -> None:
        row = await world.product()
        url = images.address("Maxi Dress", "silk-dress-7", "3x4", 0, "Emerald")
        await world.save(Image(product_id=row.id, url=url, width=images.ORIGINAL_WIDTH))
        query = "query ($id: ID!) { product(id: $id) { featuredImage { small: url(maxWidth: 200) large: url } } }"
        found = (await world.nobody(query, id=ids.encode("Product", row.id)))["product"]["featuredImage"]
        for url, width in ((found["small"], 320), (found["large"], 1280)):
            answer = await http.get(url)
            with Pillow.open(BytesIO(answer.content)) as picture:
                assert picture.width == width

    async def test_logo_of_a_brand_is_an_image_of_the_server_too(self, world: World, http: httpx2.AsyncClient) -> None:
        brand = await world.brand(logo_url=images.logo("noor-atelier", "Navy"))
        query = "query ($id: ID!) { brand(id: $id) { logoUrl } }"
        for _ in range(2):
            found = await world.nobody(query, id=ids.encode("Brand", brand.id))
            answer = await http.get(found["brand"]["logoUrl"])
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")

    def test_production_has_none_unless_it_is_told_to(self) -> None:
        production: dict[str, Any] = {
            "environment": "production", "database_url": "postgresql://a@b/c", "secret_key": "k" * 32,
            "clerk_issuer": "https://clerk.example", "clerk_webhook_secrets": "whsec_" + "a" * 32,
        }  # fmt: skip
        assert not Settings(**production).serves_demo_images
        assert Settings(**production, demo_images=True).serves_demo_images
        assert Settings().serves_demo_images
        assert not Settings(demo_images=False).serves_demo_images


class TestDrawing:
    """`demo.drawing`."""

    @pytest.mark.parametrize("form", images.FORMS)
    def test_everything_is_drawn_the_same_each_time(self, form: str) -> None:
        paths = [
            f"/images/{form}/some-thing/1x1-{shot}-{color}-160.webp"
            for shot in range(3)
            for color in ("white", "black")
        ]
        drawn, again = ([draw() for draw in map(images.find, paths) if draw] for _ in range(2))
        assert drawn == again
        assert len(set(drawn)) == len(paths)


class TestCache:
    """What is kept on disk."""

    async def test_each_is_made_once(self, tmp_path: Path) -> None:
        maker = Maker(seconds=0.05)
        async with client(tmp_path / "images", maker.find) as http:
            first = await asyncio.gather(*(http.get("/images/a") for _ in range(20)))
            assert {answer.content for answer in first} == {b"/images/a" * 100}
            assert (await http.get("/images/a")).headers["etag"] == first[0].headers["etag"]
        async with client(tmp_path / "images", maker.find) as http:
            assert (await http.get("/images/a")).content == first[0].content
        assert maker.made == ["/images/a"]

    @pytest.mark.parametrize("damage", [
        lambda stored: stored[:0], lambda stored: stored[:10], lambda stored: stored[:16], lambda stored: stored[:-1],
        lambda stored: stored + b"x", lambda stored: b"x" * len(stored),
    ])  # fmt: skip
    async def test_damaged_file_is_made_anew(self, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
        maker = Maker()
        async with client(tmp_path, maker.find) as http:
            whole = (await http.get("/images/a")).content
            change(tmp_path, damage)
            for _ in range(2):
                assert (await http.get("/images/a")).content == whole
        assert len(maker.made) == 2

    async def test_folder_does_not_outgrow_its_limit(self, tmp_path: Path) -> None:
        maker, sizes = Maker(), []
        async with client(tmp_path, maker.find, most_bytes=20_000) as http:
            for number in range(100):
                answer = await http.get(f"/images/{number}")
                assert answer.content == f"/images/{number}".encode() * 100
                sizes.append(size(tmp_path))
            assert max(sizes) <= 20_000
            assert sizes[-1] > 10_000
            await http.get("/images/99")
        assert len(maker.made) == 100

    def test_limit_counts_what_was_there_before(self, tmp_path: Path) -> None:
        (tmp_path / "old.webp").write_bytes(b"x" * 30_000)
        cache = ImageCache(tmp_path, 20_000)
        cache.write("a", b"new")
        assert cache.read("a") is not None
        assert not (tmp_path / "old.webp").exists()

    async def test_image_is_shown_where_it_cannot_be_kept(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        maker = Maker()
        async with client(tmp_path / "file" / "images", maker.find) as http:
            for _ in range(2):
                assert (await http.get("/images/a")).content == b"/images/a" * 100
        assert len(maker.made) == 2


class TestLoad:
    """Many images at once."""

    async def test_few_are_made_at_the_same_time(self, tmp_path: Path) -> None:
        maker = Maker(seconds=0.02)
        async with client(tmp_path, maker.find) as http:
            answers = await asyncio.gather(*(http.get(f"/images/{number}") for number in range(30)))
        assert {answer.status_code for answer in answers} == {200}
        assert maker.most_at_once == serving.MAX_MADE_AT_ONCE

    async def test_too_many_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(serving, "MAX_WAITING", 5)
        maker = Maker(seconds=0.1)
        async with client(tmp_path, maker.find) as http:
            answers = await asyncio.gather(*(http.get(f"/images/{number}") for number in range(30)))
            refused = [answer for answer in answers if answer.status_code == 503]
            assert {answer.headers["retry-after"] for answer in refused} == {"1"}
            assert len(answers) - len(refused) == len(maker.made) == 5
            assert (await http.get("/images/29")).status_code == 200

    async def test_failure_is_not_remembered(self, tmp_path: Path) -> None:
        failing = [OSError("no memory")]

        def make() -> bytes:
            if failing:
                raise failing.pop()
            return b"image"

        async with client(tmp_path, lambda _: make) as http:
            with pytest.raises(OSError, match="no memory"):
                await http.get("/images/a")
            assert (await http.get("/images/a")).content == b"image"
