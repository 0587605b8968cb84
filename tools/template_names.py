"""Print, as Python, every name that the templates use: vulture would take for dead what only a page shows."""

from __future__ import annotations

import sys
from pathlib import Path

from jinja2 import Environment, nodes

_TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "templates"


def main() -> None:
    """Write one line per name to the standard output."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    trees = [environment.parse(page.read_text(encoding="utf-8")) for page in sorted(_TEMPLATES.rglob("*.html"))]
    used = {node.attr for tree in trees for node in tree.find_all(nodes.Getattr)}
    used |= {node.name for tree in trees for node in tree.find_all((nodes.Name, nodes.Filter, nodes.Test))}
    sys.stdout.writelines(f"_.{name}\n" for name in sorted(used) if name.isidentifier())


if __name__ == "__main__":
    main()
