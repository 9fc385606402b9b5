"""The graph itself."""

import typer

app = typer.Typer()


@app.command()
def schema() -> None:
    """Print the SDL."""
    from schema.root import build

    typer.echo(build().as_str())
