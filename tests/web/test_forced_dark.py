"""The digest where a program makes it dark by itself: what is written can still be read.

Some programs drop the style sheet, and with it what we say of dark colours, and turn the colours
round. The contrast is measured on the pixels of what Chromium then shows (WCAG 2.2, 1.4.3).
"""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinlabs_mailer import resources
from pinlabs_mailer.mail.templates import MailTemplates
from tests.support.browser import Browser
from tests.unit.mail.contexts import EVENT, JOB, digest_context, sample_posts

READ = (
    ".lead-title, h1",
    "h2",
    "p",
    "a[href*='/calendar/']",
    "a[href*='/u/']",
    "a[href*='/preferences/']",
)
_EXTREMES = """
(async () => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + %s;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.width; canvas.height = picture.height;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  return %s.map(([x, y, w, h]) => {
    const seen = context.getImageData(x, y, Math.max(1, w), Math.max(1, h)).data;
    const lights = [];
    for (let i = 0; i < seen.length; i += 4) {
      lights.push(0.2126 * linear(seen[i]) + 0.7152 * linear(seen[i + 1])
        + 0.0722 * linear(seen[i + 2]));
    }
    lights.sort((a, b) => a - b);
    return [lights[0], lights[lights.length - 1], lights[lights.length >> 1]];
  });
})()
"""
_BOXES = """
%s.flatMap(wanted => [...document.querySelectorAll(wanted)]
  .filter(e => e.innerText.trim() && e.checkVisibility() && e.getBoundingClientRect().height > 8)
  .map(e => e.getBoundingClientRect())
  .map(b => [Math.floor(b.x), Math.floor(b.y), Math.ceil(b.width), Math.ceil(b.height)]))
"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser(forced_dark=True) as browser:
        yield browser


@pytest.mark.parametrize("knows_of_it", [True, False], ids=["as sent", "style sheet dropped"])
def test_a_digest_that_is_turned_dark_can_be_read(
    browser: Browser, tmp_path: Path, knows_of_it: bool
) -> None:
    ours = MailTemplates(resources.directory("templates") / "email")
    html = ours.render("digest", digest_context(sample_posts()[:2], [EVENT], [JOB])).html
    if not knows_of_it:
        html = re.sub(r"(?s)<style>.*?</style>|<meta name=.\S*color-scheme[^>]*>", "", html)
    page, shot = tmp_path / "digest.html", tmp_path / "digest.png"
    page.write_text(html, encoding="utf-8")
    browser.look(375)
    browser.open(page.as_uri())
    browser.screenshot(shot, 375)
    boxes = browser.evaluate(_BOXES % json.dumps(READ))
    assert len(boxes) > 15
    picture = json.dumps(base64.b64encode(shot.read_bytes()).decode())
    seen = browser.evaluate(_EXTREMES % (picture, json.dumps(boxes)))
    assert sum(ground < 0.1 for *_, ground in seen) > len(seen) * 0.8  # it is dark at all
    for box, (least, most, _) in zip(boxes, seen, strict=True):
        assert (most + 0.05) / (least + 0.05) >= 4.5, box
