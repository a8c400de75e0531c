"""The docs pages of this program: docs/*.md, inside the built file or beside the package."""

from __future__ import annotations

import os

from homelab.boot.pages import PAGES
from homelab.errors import UNCONFIGURED, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def topics() -> Mapping[str, str]:
    """Each page's summary by its name, sorted."""
    if PAGES is not None:
        return PAGES
    from homelab.describe.markdown import summary, topic

    try:
        names = {topic(file) for file in os.listdir(_folder())}
    except FileNotFoundError:
        return {}
    return {name: summary(_in_source(name)) for name in sorted(names - {""})}


def text(name: str, program: str) -> str:
    """The Markdown of a page, out of the built file `program`. Raises Failure (78) where that has
    been written to since the program started."""
    if PAGES is None:
        return _in_source(name)
    try:
        import zipfile

        with zipfile.ZipFile(program) as archive:
            return archive.read(f"docs/{name}.md").decode("utf-8")
    except Exception as error:  # whatever the bytes there are now
        what = f"{program}: the page {name} can't be read ({error})"
        raise Failure(UNCONFIGURED, f"{what}; copy homelab here again") from None


def _in_source(name: str) -> str:
    with open(os.path.join(_folder(), f"{name}.md"), encoding="utf-8") as file:
        return file.read()


def _folder() -> str:
    """docs/ beside the package, in a source tree."""
    package = os.path.dirname(os.path.dirname(__file__))
    return os.path.join(os.path.dirname(package), "docs")
