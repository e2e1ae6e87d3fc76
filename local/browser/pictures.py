"""`python -m local.browser.pictures`: make the README's pictures from the suite's screenshots."""

import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """A picture of the README: the upper part of a screenshot, so many pixels of it."""

    name: str
    screenshot: str
    height: int


PICTURES = (
    Picture("console-fleet", "fleet-desktop-light", 900),
    Picture("console-incident", "incident-phone-dark", 900),
)


def main() -> int:
    """Cut and shrink each; 1 if a screenshot is not there."""
    IMAGES.mkdir(exist_ok=True)
    for picture in PICTURES:
        source = SCREENSHOTS / f"{picture.screenshot}.png"
        if not source.is_file():
            print(f"{source.relative_to(ROOT)} is not there: make e2e takes it", file=sys.stderr)
            return 1
        target = IMAGES / f"{picture.name}.png"
        with Image.open(source) as whole:
            part = whole.convert("RGB").crop((0, 0, whole.width, min(picture.height, whole.height)))
        part.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
