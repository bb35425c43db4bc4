"""The same count over a Parquet file in DuckDB, Polars or Spark, one thread: ENGINE FILE PASSES."""
import json
import os
import resource
import sys

engine, file, passes = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ["POLARS_MAX_THREADS"] = "1"
os.environ["TZ"] = "UTC"


def cpu_seconds():
    return sum(u.ru_utime + u.ru_stime for u in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)))


def java_seconds():
    """Of the JVM that pyspark started."""
    ticks = os.sysconf("SC_CLK_TCK")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid() and "java" in open(f"/proc/{pid}/comm").read():
                return (int(fields[11]) + int(fields[12])) / ticks
        except OSError:
            pass
    return 0.0


if engine == "duckdb":
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute("SET enable_progress_bar=false")
    clock = cpu_seconds

    def count():
        return connection.execute(f"""SELECT count(*), sum(n) FROM (SELECT time_bucket(INTERVAL '10 seconds', "dateTime") AS start, channel, count(*) AS n
          FROM '{file}' WHERE price > 10000 GROUP BY ALL)""").fetchone()
elif engine == "polars":
    import polars

    clock = cpu_seconds

    def count():
        counts = polars.scan_parquet(file).filter(polars.col("price") > 10000).group_by(polars.col("dateTime").dt.truncate("10s"), "channel").agg(polars.len().alias("n"))
        return counts.select(polars.len(), polars.col("n").sum()).collect(engine="streaming").row(0)
else:
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    clock = lambda: cpu_seconds() + java_seconds()

    def count():
        return spark.sql(f"""SELECT count(*), sum(n) FROM (SELECT window.start, channel, count(*) AS n FROM parquet.`{file}`
          WHERE price > 10000 GROUP BY window(dateTime, '10 seconds'), channel)""").collect()[0]

seconds = []
for _ in range(passes):
    before = clock()
    groups, bids = count()
    seconds.append(clock() - before)
print(json.dumps({"groups": groups, "bids": int(bids), "seconds": seconds}))
