"""`GET /metrics`: what this process has done, for Prometheus."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HELP = "Operations by how they ran: compiled, recovered, or by the reference executor and why."


def routes(outcomes: Mapping[str, int]) -> list[Route]:
    """Show how many operations had each outcome."""

    async def show(_request: Request) -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # few ask, and the start need not wait
        from prometheus_client.core import CounterMetricFamily

        class Operations:
            def collect(self) -> list[CounterMetricFamily]:
                family = CounterMetricFamily("graphql_operations", HELP, labels=["outcome"])
                for outcome, count in [*outcomes.items()]:
                    family.add_metric([outcome], count)
                return [family]

        return Response(generate_latest(Operations()), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", show)]
