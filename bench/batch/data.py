"""Makes the data of the batch benchmark in a folder: tables of the micro benchmarks as Parquet and CSV, and those of TPC-H by tpchgen-cli."""
import json
import os
import subprocess
import sys

import duckdb

folder, scale, sizes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


def once(name, make):
    stamp = os.path.join(folder, f".{name}.made")
    if os.path.exists(stamp):
        return
    print(f"making {name}", file=sys.stderr)
    make()
    open(stamp, "w").close()


def micro():
    keys = sizes["keys"]
    for name, select in {
        "m": f"""SELECT i AS id, CAST(hash(i) % 10 AS INTEGER) AS k10, CAST(hash(i + 1) % 1000 AS INTEGER) AS k1k, CAST(hash(i + 2) % {keys} AS INTEGER) AS k1m,
          'key' || (hash(i + 1) % 1000) AS s, 'a longer key ' || (hash(i + 2) % {keys}) AS sm, CAST(hash(i + 3) % 1000000007 AS DOUBLE) / 1000000007 AS v
          FROM range({sizes["micro"]}) r(i)""",
        "d": "SELECT CAST(i AS INTEGER) AS k, 'key' || i AS s, CAST(i * 3 AS BIGINT) AS w FROM range(1000) r(i)",
        "n": f"SELECT CAST(i AS INTEGER) AS k, CAST(i * 3 AS BIGINT) AS w FROM range({keys}) r(i)",
        "b": f"""SELECT CAST(hash(i) % 20000 AS BIGINT) AS price, CASE WHEN hash(i + 1) % 2 = 0 THEN ['Google', 'Facebook', 'Baidu', 'Apple'][CAST(hash(i + 2) % 4 AS INTEGER) + 1]
          ELSE 'channel-' || (hash(i + 2) % 110) END AS channel, TIMESTAMPTZ '2023-11-14 22:13:20+00' + to_microseconds(i * 100) AS "dateTime", hash(i + 4) AS auction FROM range({sizes["bids"]}) r(i)""",
    }.items():
        duckdb.sql(f"COPY ({select}) TO '{folder}/{name}.parquet' (FORMAT parquet)")
    duckdb.sql(f"COPY (SELECT id, k10, s, v, DATE '2024-01-01' + CAST(id % 365 AS INTEGER) AS day FROM '{folder}/m.parquet' LIMIT {sizes['csv']}) TO '{folder}/c.csv' (FORMAT csv, HEADER)")


def tpch():
    subprocess.run([os.path.join(os.path.dirname(sys.executable), "tpchgen-cli"), "parquet", "-s", scale, "--output-dir", f"{folder}/tpch-{scale}"], check=True)


once(f"micro-{sizes['micro']}-{sizes['csv']}-{sizes['bids']}", micro)
if float(scale) > 0:
    once(f"tpch-{scale}", tpch)
