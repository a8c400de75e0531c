"""Draws docs/pictures: `python3 build.py pictures` runs this with the built file.

The terminal is drawn by rich from what a pseudo-terminal got, colours and all; the page by
Chromium. Neither loads anything from elsewhere.
"""

from __future__ import annotations

import io
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from docs import pictures
from docs.pictures import COLUMNS, KEYWORD, Shown

CHROMIUM = "/usr/bin/chromium"
_WIDTH, _HEIGHT = 1200, 1500  # px of the page
_COLOURS = 128
_TITLE = "alice@pve1"
_BACK, _FRONT = (30, 33, 39), (215, 218, 224)
_NORMAL = [
    (30, 33, 39), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239),
    (198, 120, 221), (86, 182, 194), (215, 218, 224),
]  # fmt: skip
_BRIGHT = [(92, 99, 112), (255, 123, 134), *_NORMAL[2:7], (255, 255, 255)]
_THEME = TerminalTheme(_BACK, _FRONT, _NORMAL, _BRIGHT)
# rich's own template loads a font from a server; these are on every machine
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_FORMAT = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" role="img">
<title>A terminal with homelab: {_TITLE}</title>
<style>
.{{unique_id}}-matrix {{{{ font-family: {_FONTS}; font-size: {{char_height}}px;
line-height: {{line_height}}px; }}}}
.{{unique_id}}-title {{{{ font-size: 18px; font-weight: bold; font-family: {_FONTS}; }}}}
{{styles}}
</style>
<defs>
<clipPath id="{{unique_id}}-clip-terminal"><rect x="0" y="0" width="{{terminal_width}}"
height="{{terminal_height}}"/></clipPath>
{{lines}}
</defs>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})"
clip-path="url(#{{unique_id}}-clip-terminal)">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""


def terminal(shown: list[Shown]) -> str:
    """The picture of a session, as SVG."""
    with open("/dev/null", "w") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, legacy_windows=False
        )
        for number, each in enumerate(shown):
            if number:
                console.print()
            prompt = Text("$ ", style="bold green").append(each.command, style="bold white")
            console.print(prompt, soft_wrap=False)
            for line in each.lines:
                console.print(Text.from_ansi(line), overflow="fold", highlight=False)
        console.print()  # room below the last line
    svg: str = console.export_svg(
        title=_TITLE, theme=_THEME, code_format=_FORMAT, unique_id="terminal", clear=False
    )
    return svg


def page(html: str) -> bytes:
    """The first screen of a page, as PNG, with the page's digest in it."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder, "page.html")
        path.write_text(html, encoding="utf-8")
        flags = ["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        screen = {"width": _WIDTH, "height": _HEIGHT}
        shown = browser.new_page(viewport=screen, java_script_enabled=False)
        shown.goto(path.as_uri())
        png = shown.screenshot()
        browser.close()
    small = io.BytesIO()  # a page has few colours
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
            small, "PNG", optimize=True
        )
    return marked(small.getvalue(), pictures.digest(html))


def marked(png: bytes, digest: str) -> bytes:
    """A PNG with a text in it, behind its header (PNG, tEXt)."""
    body = f"{KEYWORD}\0{digest}".encode("latin-1")
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body
    chunk += struct.pack(">I", zlib.crc32(b"tEXt" + body))
    end_of_header = 8 + 25
    return png[:end_of_header] + chunk + png[end_of_header:]


def main() -> None:
    pyz = sys.argv[1]
    pictures.FOLDER.mkdir(exist_ok=True)
    pictures.TERMINAL.write_text(terminal(pictures.session(pyz)), encoding="utf-8")
    pictures.PAGE.write_bytes(page(pictures.page(pyz)))
    for path in (pictures.TERMINAL, pictures.PAGE):
        sys.stdout.write(f"{path}  {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
