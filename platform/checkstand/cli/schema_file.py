"""`checkstand schema`: the vocabulary of scenario files, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from checkstand.scenario.schema import HEADER, PATH


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of printing it.")
def schema(out: Path | None) -> None:
    """Print the JSON Schema of scenario files; editors complete, check and explain with it."""
    text = PATH.read_text(encoding="utf-8")
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(out), error.strerror) from None
    click.echo(f"wrote {out}; a scenario file beside it begins with {HEADER.replace(PATH.name, out.name).strip()}")
