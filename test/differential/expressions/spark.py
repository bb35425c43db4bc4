#!/usr/bin/env python3
"""Spark's answers, one JSON object a line each way: {"sql", "conf", "unordered"} in, what a golden file would say out.

usage: spark.py FOLDER_OF_GENERATE_PY      (needs pyspark and a Java runtime; ends with its input)
"""
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import generate  # noqa: E402


MOST = 500


class Bounded(generate.Encoder):
    """An encoder that refuses what would take long to be told, cell by cell."""

    def plain(self, n, dt):
        tell = super().plain(n, dt)
        if n == "ArrayType":
            return lambda r, i: tell(r, i) if r.getArray(i).numElements() <= MOST else self.refuse()
        return tell

    def refuse(self):
        raise RuntimeError("too long a value")


def main():
    scratch = tempfile.mkdtemp(prefix="differential-")
    os.chdir(scratch)
    # What Spark itself prints goes to stderr: stdout is for answers.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    try:
        runner = generate.Runner(scratch)
        runner.enc = Bounded(runner.jvm)
        session = runner.open()
        for line in sys.stdin:
            case = json.loads(line)
            try:
                answer = runner.run(session, case)
            except Exception as e:  # noqa: BLE001  an answer that can't be told is no answer
                answer = {"lost": str(e)[:300]}
            answers.write(json.dumps(answer, ensure_ascii=True) + "\n")
            answers.flush()
        runner.spark.stop()
    finally:
        os.chdir("/")
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
