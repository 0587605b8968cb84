"""django-viewflow: a flow of five tasks as Django rows, each completion in a transaction. Imports nothing of Rito."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "viewflow",
        "viewflow.workflow",
        "viewflow_app",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "flow.db",
            "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
        }
    },
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402  Django's models can only be imported once it is set up
from viewflow.workflow.models import Task  # noqa: E402  as above
from viewflow_app.flows import Five  # noqa: E402  as above


def main(cases: int) -> None:
    """Print the figure as one line of JSON."""
    call_command("migrate", verbosity=0)
    user = User.objects.create(username="ana")
    completed, began = 0, time.process_time()
    for _ in range(cases):
        process = Five.start.run()
        while True:
            with transaction.atomic():
                task = Task.objects.filter(process=process, status="NEW", flow_task_type="HUMAN").first()
                if task is None:
                    break
                with task.flow_task.flow_class.lock(process.pk), task.activation() as activation:
                    activation.assign(user)
                    activation.start(None)
                    activation.process.data["valor"] = 42
                    activation.process.save()
                    activation.execute()
            completed += 1
    spent = time.process_time() - began
    found = {"version": version("django-viewflow"), "ms": spent / completed * 1000, "completions": completed}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
