"""Plain SpiffWorkflow as its documentation uses it: the whole case is loaded, run, dumped and committed each time.

Imports nothing of Rito: it runs with the packages of the peers alone.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

_HERE = Path(__file__).resolve().parent
_READ = BpmnWorkflowSerializer()


class Store:
    """Cases as the text that the library makes of them."""

    def __init__(self) -> None:
        self.db = sqlite3.connect("spiff.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, state TEXT)")

    def insert(self, workflow: BpmnWorkflow) -> int:
        row = self.db.execute("INSERT INTO kept (state) VALUES (?)", (_READ.serialize_json(workflow),))
        assert row.lastrowid is not None
        return row.lastrowid

    def complete_one(self, key: int) -> bool:
        """Complete the task that is open; return whether another one then is."""
        text = self.db.execute("SELECT state FROM kept WHERE id = ?", (key,)).fetchone()[0]
        workflow: Any = _READ.deserialize_json(text)
        (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data["valor"] = 42
        task.run()
        workflow.do_engine_steps()
        self.db.execute("UPDATE kept SET state = ? WHERE id = ?", (_READ.serialize_json(workflow), key))
        return not workflow.is_completed()


def _begun(kind: str) -> BpmnWorkflow:
    parser = BpmnParser()
    parser.add_bpmn_str((_HERE / f"{kind}.bpmn").read_bytes())
    workflow = BpmnWorkflow(parser.get_spec(kind))
    workflow.do_engine_steps()
    return workflow


def main(cases: int, rounds: int) -> None:
    """Print the figures as one line of JSON."""
    store, completed, began = Store(), 0, time.process_time()
    for _ in range(cases):
        key, more = store.insert(_begun("five")), True
        while more:
            more = store.complete_one(key)
            completed += 1
    spent = time.process_time() - began
    old = store.insert(_begun("loop"))
    for _ in range(rounds):
        store.complete_one(old)
    began = time.process_time()
    for _ in range(5):
        store.complete_one(old)
    late = (time.process_time() - began) / 5
    found = {"version": version("SpiffWorkflow"), "ms": spent / completed * 1000, "late_ms": late * 1000}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    main(int(sys.argv[1]), int(sys.argv[2]))
