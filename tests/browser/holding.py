"""What every page must hold at every width: nothing that axe calls serious, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

WIDTHS = (1280, 390)
NARROWEST = 320
_SERIOUS = ("serious", "critical")
_RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.map((node) => node.html.slice(0, 160))}))"""
# What sticks out within a box that scrolls by itself (a wide table, a diagram) makes nothing wider than the screen.
_TOO_WIDE = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const boxed = (each) => each && (getComputedStyle(each).overflowX !== 'visible' || boxed(each.parentElement));
  return [...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1 && !boxed(each.parentElement))
    .slice(0, 3).map((each) => each.outerHTML.slice(0, 160));
}"""


def faults(page: Page, axe: str) -> Iterator[str]:
    """Yield what does not hold on the page that is open, at each width; the page is left at the narrowest."""
    page.evaluate(axe)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for one in page.evaluate(_RUN):
            if one["impact"] in _SERIOUS:
                yield f"{width}: {one['id']} ({one['help']}): {one['nodes'][:3]}"
        yield from too_wide(page, width)
    yield from too_wide(page, NARROWEST)


def too_wide(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 800})
    return [f"{width}: wider than the screen: {one}" for one in page.evaluate(_TOO_WIDE)]
