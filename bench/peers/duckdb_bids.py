"""The same count in DuckDB, one thread, as a batch query over all files: no checkpoint."""
import json
import resource
import sys

import duckdb

folder, closed_before = sys.argv[1], int(sys.argv[2])


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


at_work = cpu_seconds()
connection = duckdb.connect()
connection.execute("SET threads=1")
connection.execute("SET enable_progress_bar=false")
groups, bids, open_groups = connection.execute(
    f"""
    WITH counts AS (
      SELECT time_bucket(INTERVAL '10 seconds', "dateTime") AS start, channel, count(*) AS n
      FROM read_ndjson('{folder}/*.ndjson', columns = {{price: 'BIGINT', channel: 'VARCHAR', "dateTime": 'TIMESTAMP'}})
      WHERE price > 10000 GROUP BY ALL)
    SELECT count(*) FILTER (closed), sum(n) FILTER (closed), count(*) FILTER (NOT closed)
    FROM (SELECT n, epoch_ms(start) + 10000 <= {closed_before} AS closed FROM counts)
    """
).fetchone()
print(json.dumps({"groups": groups, "bids": int(bids), "openGroups": open_groups, "workSeconds": cpu_seconds() - at_work}))
