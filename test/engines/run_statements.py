"""Runs statements on the ClickHouse engine that PYTHONPATH offers as `chdb`.

Input, JSON on stdin: {"settings": {name: value}, "statements": [{"sql": text, "format": name or null}]}.
Output, JSON: {"version": text, "answers": [text or null, one a statement]}. The settings hold for what is asked, format and all.
"""

import json
import sys
import tempfile

from chdb import session

work = json.load(sys.stdin)
settings = ", ".join(f"{name} = {value!r}" for name, value in work["settings"].items())
with tempfile.TemporaryDirectory() as folder:
    engine = session.Session(folder)

    def ask(sql, form):
        return engine.query(f"{sql} SETTINGS {settings}", form).bytes().decode()

    answers = []
    for statement in work["statements"]:
        if statement["format"]:
            answers.append(ask(statement["sql"], statement["format"]))
        else:
            engine.query(statement["sql"])
            answers.append(None)
    version = ask("SELECT version()", "TSVRaw").strip()
json.dump({"version": version, "answers": answers}, sys.stdout)
