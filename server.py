"""The command line: `python server.py --help`."""

import signal
import sys

if sys.argv[1:2] == ["serve"]:
    # Before the imports, which take a second: as process 1 of a container it would not be ended by SIGTERM until then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))

import typer

from commands import accounts, data, documents, graph, ingestion, jobs, mails, payments, serving, webhooks
from commands.running import expected_problems
from settings import explain

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for commands in (serving, accounts, data, ingestion, graph, mails):
    app.add_typer(commands.app)
app.add_typer(documents.app, name="documents", help="Trusted documents: those that a front end was built with.")
app.add_typer(jobs.app, name="jobs", help="Background jobs that could not be done.")
app.add_typer(payments.app, name="payments", help="Payments that Razorpay may know otherwise.")
app.add_typer(webhooks.app, name="webhooks", help="Webhook messages, and those that could not be processed.")


def main() -> None:
    """Run a command; what can be expected to go wrong ends in one sentence for each problem."""
    from pydantic import ValidationError

    from transport import log_setup

    log_setup.configure("console", "info", messages=True)
    try:
        app()
    except ValidationError as problem:
        sys.exit("\n".join(explain(problem)))
    except Exception as problem:
        if isinstance(problem, expected_problems()):
            sys.exit(str(problem))
        raise


if __name__ == "__main__":
    main()
