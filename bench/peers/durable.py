"""DBOS: a durable workflow that waits for five messages, one per task. Imports nothing of Rito."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

from dbos import DBOS, SetWorkflowID

DBOS(
    config={
        "name": "peer",
        "system_database_url": "sqlite:///durable.db",
        "log_level": "ERROR",
        "run_admin_server": False,
    }
)


@DBOS.step()
def opened(case: str, task: str) -> str:
    """Write that a task was opened, as a step that is kept."""
    return f"{case}:{task}"


@DBOS.workflow()
def five(case: str) -> str:
    """Wait for each of five tasks; after the third the value decides."""
    answers: dict[str, int] = {}
    for task in ("t1", "t2", "t3", "t4", "t5"):
        opened(case, task)
        answers |= DBOS.recv(task, timeout_seconds=600)
        if task == "t3" and answers["valor"] <= 10:
            return "negado"
    return "emitido"


def main(cases: int) -> None:
    """Print the figure as one line of JSON."""
    DBOS.launch()
    began, completed = time.process_time(), 0
    for number in range(cases):
        with SetWorkflowID(f"case-{number}"):
            running = DBOS.start_workflow(five, f"case-{number}")
        for task in ("t1", "t2", "t3", "t4", "t5"):
            DBOS.send(f"case-{number}", {"valor": 42}, topic=task)
            completed += 1
        assert running.get_result() == "emitido"
    spent = time.process_time() - began
    found = {"version": version("dbos"), "ms": spent / completed * 1000, "completions": completed}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    DBOS.destroy()


if __name__ == "__main__":
    main(int(sys.argv[1]))
