"""DuckDB between two Arrow streams: `given` is what comes on standard input; the answer to the query goes to standard output.

    python duckdb.py QUERY < rows.arrows > answer.arrows
"""
import sys
# The folder of this file has its name: it is no place to import from.
sys.path.pop(0)
import duckdb, pyarrow.ipc as ipc

given = ipc.open_stream(sys.stdin.buffer.read()).read_all()
answer = duckdb.sql(sys.argv[1]).to_arrow_reader(1000)
with ipc.new_stream(sys.stdout.buffer, answer.schema) as writer:
    for batch in answer: writer.write_batch(batch)
