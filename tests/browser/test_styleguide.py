"""The style guide beside pictures of it: what a change of the sheets changes unmeant is seen here.

The pictures are a quarter as large as the page. They are compared block by block with a tolerance that is above what
another Chromium rounds otherwise, and below a colour, a size or a place that has changed. After a change that is meant:
`STYLEGUIDE=renew bin/test tests/browser/test_styleguide.py`, and look at the pictures before you commit them.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCALE = 4
WIDTH = 1000
STATES = {"hover": ["hover"], "focus": ["focus", "focus-visible"], "active": ["active"]}
FOLDER = Path(__file__).parent / "styleguide"
# Makes a picture smaller, and says how far each block of 8 x 8 points is from that of the other picture, at most.
DRAW = """async ([picture, other, scale]) => {
  const read = async (kind, source) => {
    const image = new Image();
    image.src = `data:image/${kind};base64,` + source;
    await image.decode();
    return image;
  };
  const points = (image, width, height) => {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return [canvas, context.getImageData(0, 0, width, height).data];
  };
  const image = await read("png", picture);
  const [width, height] = [Math.round(image.width / scale), Math.round(image.height / scale)];
  const [canvas, now] = points(image, width, height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 1 })).arrayBuffer());
  const small = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  if (!other) return { small, size: [width, height] };
  const reference = await read("webp", other);
  const [, then] = points(reference, width, height);
  const blocks = [];
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const sums = [0, 0, 0];
      let count = 0;
      for (let y = top; y < Math.min(top + 8, height); y++) {
        for (let x = left; x < Math.min(left + 8, width); x++, count++) {
          for (let c = 0; c < 3; c++) sums[c] += now[4 * (y * width + x) + c] - then[4 * (y * width + x) + c];
        }
      }
      const off = Math.max(...sums.map((sum) => Math.abs(sum) / count));
      if (off > 8) blocks.push([left * scale, top * scale, Math.round(off)]);
    }
  }
  return { small, size: [width, height], was: [reference.width, reference.height], blocks };
}"""


@pytest.fixture
def guide(open_window: Callable[..., Page]) -> Callable[[str, str], Page]:
    """A function that opens the style guide, with the states that are told by data-state forced upon its parts."""

    def opened(language: str, scheme: str) -> Page:
        locale = {"de": "de-DE", "en": "en-GB"}[language]
        page = open_window(
            locale=locale, color_scheme=scheme, reduced_motion="reduce", viewport={"width": WIDTH, "height": 800}
        )
        page.goto("/styleguide")
        page.evaluate("document.fonts.ready.then(() => true)")
        session = page.context.new_cdp_session(page)
        session.send("DOM.enable")
        session.send("CSS.enable")
        root = session.send("DOM.getDocument")["root"]["nodeId"]
        for state, forced in STATES.items():
            asked = {"nodeId": root, "selector": f"[data-state={state}]"}
            nodes = session.send("DOM.querySelectorAll", asked)["nodeIds"]
            assert nodes, state
            for node in nodes:
                session.send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": forced})
        return page

    return opened


def compared(page: Page, other: bytes = b"") -> dict[str, Any]:
    """The page made small, and where it differs from the other picture."""
    picture = page.locator("#styleguide").screenshot(animations="disabled", caret="hide")
    sent = [base64.b64encode(picture).decode(), base64.b64encode(other).decode(), SCALE]
    result: dict[str, Any] = page.context.new_page().evaluate(DRAW, sent)
    return result


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_it_looks_as_in_the_picture(guide: Callable[[str, str], Page], language: str, scheme: str) -> None:
    page, path = guide(language, scheme), FOLDER / f"{language}-{scheme}.webp"
    if os.environ.get("STYLEGUIDE") == "renew":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(compared(page)["small"]))
    found = compared(page, path.read_bytes())
    assert abs(found["size"][1] - found["was"][1]) <= 2, f"the page is {SCALE * found['size'][1]} high"
    assert not found["blocks"], f"differs at (left, top, by): {found['blocks'][:20]}"


@pytest.mark.parametrize(
    ("name", "value"), [("--rv-action", "#a33"), ("--rv-gap", "1.75rem"), ("--rv-line", "#333"), ("--rv-lamp", "#9c6")]
)
def test_a_change_of_one_token_is_noticed(guide: Callable[[str, str], Page], name: str, value: str) -> None:
    page = guide("de", "light")
    page.evaluate("([name, value]) => document.documentElement.style.setProperty(name, value)", [name, value])
    found = compared(page, (FOLDER / "de-light.webp").read_bytes())
    assert found["blocks"]


def test_it_is_accessible_and_fits_a_phone(
    guide: Callable[[str, str], Page], assert_accessible: Callable[[Page], None]
) -> None:
    for scheme in ("light", "dark"):
        page = guide("de", scheme)
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert_accessible(page)
