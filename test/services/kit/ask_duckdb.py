"""Asks DuckDB. Arrow on standard input is its table `given`; the answer goes to standard output as an Arrow stream, or with --write to an
Arrow file. --read: an Arrow file that is its table `file`.

    python ask_duckdb.py STATEMENT [--read FILE] [--write FILE] < rows.arrows > answer.arrows
"""
import argparse, sys
import duckdb, pyarrow.ipc as ipc

arguments = argparse.ArgumentParser()
arguments.add_argument("statement")
arguments.add_argument("--read")
arguments.add_argument("--write")
arguments = arguments.parse_args()

duckdb.sql("SET TimeZone = 'UTC'; SET threads = 1")
rows = sys.stdin.buffer.read()
if rows: given = ipc.open_stream(rows).read_all()
if arguments.read: file = ipc.open_file(arguments.read).read_all()
answer = duckdb.sql(arguments.statement)
if answer is not None:
    answer = answer.to_arrow_reader(1000)
    with ipc.new_file(arguments.write, answer.schema) if arguments.write else ipc.new_stream(sys.stdout.buffer, answer.schema) as writer:
        for batch in answer: writer.write_batch(batch)
