"""Decision tables and literal expressions of DMN 1.1 to 1.5, over our own FEEL. Pure: XML and values in, verdicts out.

Must never guess: no match, several matches and cells that do not compile are errors that name the table and the rows.
"""

from __future__ import annotations

from engine.dmn.decision import Decision
from engine.dmn.model import check, read_tables
from engine.dmn.table import Verdict

__all__ = ["Decision", "Verdict", "check", "read_tables"]
