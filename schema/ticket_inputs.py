"""Arguments and inputs about tickets and sessions."""

from typing import Annotated

from strawberry import argument

from models.tickets import TicketStatus, TicketUrgency
from schema import enums  # noqa: F401 - makes the enums part of the graph

Status = Annotated[TicketStatus | None, argument(description="Only those that stand here; all if left out.")]
Urgency = Annotated[TicketUrgency | None, argument(description="Only those of this urgency; all if left out.")]
FirstFew = Annotated[int | None, argument(description="How many from the front; 10 if neither is given, at most 50.")]
LastFew = Annotated[int | None, argument(description="How many from the back, at most 50.")]
