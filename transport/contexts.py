"""Opens the contexts of operations: from the token and the client of a request to a viewer and what they read by."""

from collections.abc import Callable, Iterable, Sequence

from actions.accounts import sign_in
from actions.listeners import find_viewers
from auth.observed_viewer import ObservedViewer
from auth.tokens import Claims
from auth.viewer import ANONYMOUS, Viewer
from auth.viewer_memory import NO_MEMORY
from context import Context, Resources
from database.reads import Reads
from models.languages import choose_language
from settings import Settings
from transport.clients import Client
from transport.prepared import Verify


class Contexts:
    """Opens contexts of one application, whose resources are known once it has started."""

    def __init__(
        self, settings: Settings, make: Callable[..., Context], verify: Verify, resources: Callable[[], Resources]
    ) -> None:
        self._settings = settings
        self._make = make
        self._resources = resources
        self.verify = verify

    async def __call__(
        self, authorization: Sequence[bytes], idempotency_key: str | None, client: Client,
        *, fresh: bool = False, viewer: Viewer | None = None,
    ) -> Context:  # fmt: skip
        """Verify a token, find its viewer, unless they are known, and open a context.

        With `fresh`, the viewer is read from the database, even if this process remembers who they are.
        """
        if viewer is not None:
            return self._open(viewer, self._reads(), client, idempotency_key)
        claims = await self.verify(authorization)
        resources, reads = self._resources(), self._reads()
        memory = NO_MEMORY if fresh else resources.viewers
        try:
            viewer = ANONYMOUS if claims is None else await sign_in(resources.database, reads, claims, memory)
        except BaseException:
            await reads.release()
            raise
        return self._open(viewer, reads, client, idempotency_key)

    def observed(self, viewer: Viewer, client: Client) -> Context:
        """Open a context whose `reads.is_personal` says whether others who are like the viewer get the same answers."""
        reads = self._reads()

        def id_read() -> None:
            reads.is_personal = True

        context = self._open(ObservedViewer(viewer, id_read), reads, client)
        reads.is_personal = False
        return context

    async def viewers(self, claims: Iterable[Claims]) -> dict[str, Viewer]:
        """Find the viewers of tokens by their subjects, by one statement. Those without an account are left out."""
        reads = self._reads()
        try:
            return await find_viewers(self._resources().database, reads, list({one.subject for one in claims}))
        finally:
            await reads.release()

    def _reads(self) -> Reads:
        return self._resources().database.reads(self._settings.costs.operation_rows)

    def _open(self, viewer: Viewer, reads: Reads, client: Client, idempotency_key: str | None = None) -> Context:
        settings = self._settings
        return self._make(
            self._resources(),
            viewer,
            reads,
            idempotency_key=idempotency_key,
            address=client.address,
            language=choose_language(client.accept_language, viewer.language, settings.shop.languages),
            base_url=(client.origin if settings.known_by_host else "") or settings.server.public_url,
        )
