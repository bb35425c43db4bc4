"""The same tasks in DuckDB, Polars or Spark, in this process; a line of JSON for each with the CPU time of its runs and its rows."""
import datetime
import decimal
import json
import os
import re
import resource
import sys
import time

engine, order = sys.argv[1], json.loads(sys.argv[2])
folder, scale, times = order["folder"], order["scale"], order["times"]
TPCH = ["lineitem", "orders", "customer", "part", "supplier", "partsupp", "nation", "region"]


def asked(names):
    """The tables that a task names: opening others would count where a process answers one query."""
    return [name for name in names if any(re.search(rf"\b{name}\b", task["sql"]) for task in order["tasks"])]


def plain(value):
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if engine == "duckdb":
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute("SET enable_progress_bar=false")
    for name in asked(["m", "d", "n", "b"]):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder}/{name}.parquet'")
    if asked(["c"]):
        connection.execute(f"CREATE VIEW c AS SELECT * FROM read_csv('{folder}/c.csv', header = true, columns = {{id: 'BIGINT', k10: 'INTEGER', s: 'VARCHAR', v: 'DOUBLE', day: 'DATE'}})")
    if float(scale) > 0:
        for name in asked(TPCH):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM '{folder}/tpch-{scale}/{name}.parquet'")
    run = lambda task: connection.execute(task.get("duckdb") or task["sql"]).fetchall()
elif engine == "spark":
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "4g").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    own, jvm = cpu, spark.sparkContext._gateway.proc.pid

    def cpu():
        """The work is done in the JVM: its CPU time, compiler and collector included, and that of Python beside it."""
        with open(f"/proc/{jvm}/stat") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return own() + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    for name in asked(["m", "d", "n", "b"]):
        spark.read.parquet(f"{folder}/{name}.parquet").createOrReplaceTempView(name)
    if asked(["c"]):
        spark.read.schema("id BIGINT, k10 INT, s STRING, v DOUBLE, day DATE").option("header", "true").csv(f"{folder}/c.csv").createOrReplaceTempView("c")
    if float(scale) > 0:
        for name in asked(TPCH):
            spark.read.parquet(f"{folder}/tpch-{scale}/{name}.parquet").createOrReplaceTempView(name)
    run = lambda task: spark.sql(task["sql"]).collect()
else:
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl

    m, d, n, b = (pl.scan_parquet(f"{folder}/{name}.parquet") for name in ["m", "d", "n", "b"])
    c = pl.scan_csv(f"{folder}/c.csv", schema={"id": pl.Int64, "k10": pl.Int32, "s": pl.String, "v": pl.Float64, "day": pl.Date})
    col, count = pl.col, pl.len
    PROGRAMS = {
        "scan": lambda: m.select(col("v").sum()),
        "filter": lambda: m.filter((col("v") > 0.5) & (col("k10") == 3)).select(count()),
        "group-few": lambda: m.group_by("k10").agg(col("v").sum(), count()),
        "group-many": lambda: m.group_by("k1m").agg(col("id").sum().alias("s")).select(count(), col("s").max()),
        "group-text": lambda: m.group_by("s").agg(count()),
        "group-texts": lambda: m.group_by("sm").agg(count().alias("c")).select(count(), col("c").max()),
        "join-small": lambda: m.join(d, left_on="k1k", right_on="k").select(col("w").sum()),
        "join-large": lambda: m.join(n, left_on="k1m", right_on="k").select(col("w").sum()),
        "join-text": lambda: m.join(d, on="s").select(col("w").sum()),
        "sort": lambda: m.select("id", "v").sort("v", "id").slice(5_000_000, 5),
        "top": lambda: m.select("id", "v").sort(["v", "id"], descending=[True, False]).head(100),
        "window": lambda: m.sort("k1k", "id").select(col("k10").cum_sum().over("k1k").alias("x")).select(col("x").max()),
        "rank": lambda: m.select(col("v").rank("ordinal").over("k1k").alias("x")).filter(col("x") < 10).select(col("x").sum()),
        "csv": lambda: c.group_by("k10").agg(col("v").sum(), count()),
        "bids": lambda: b.filter(col("price") > 10000).group_by("channel", col("dateTime").dt.truncate("10s")).agg(count().alias("n")).select(count(), col("n").sum()),
    }
    run = lambda task: PROGRAMS[task["name"]]().collect().rows()

for task in order["tasks"]:
    cpus, walls = [], []
    try:
        for _ in range(times):
            before, start = cpu(), time.monotonic()
            rows = run(task)
            cpus.append(cpu() - before)
            walls.append(time.monotonic() - start)
        print(json.dumps({"name": task["name"], "cpuSeconds": cpus, "wallSeconds": walls, "rows": [[plain(value) for value in row] for row in rows]}), flush=True)
    except Exception as error:
        print(json.dumps({"name": task["name"], "cpuSeconds": cpus, "wallSeconds": walls, "error": str(error).split("\n")[0] or repr(error)}), flush=True)

if engine == "spark":
    # The JVM's time counts for this process only if this one waits for its end.
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
