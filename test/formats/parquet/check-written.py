"""Reads what write-samples.ts wrote with pyarrow, DuckDB and Spark, and compares it with the files that it was written from.

    node --conditions=millrace-source test/formats/parquet/write-samples.ts FOLDER
    python test/formats/parquet/check-written.py FOLDER
"""
import os
import sys

import duckdb
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
folder = sys.argv[1]
os.environ["TZ"] = "UTC"
from pyspark.sql import SparkSession  # noqa: E402

spark = (SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
         .config("spark.sql.timeType.enabled", "true").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
c = duckdb.connect()
c.execute("SET timezone = 'UTC'")
failures = 0
counts = {"pyarrow": 0, "duckdb": 0, "spark": 0}


def compare(reader, file, was, now):
    global failures
    counts[reader] += 1
    if was != now:
        failures += 1
        print("DIFFERENT", reader, file, "\n ", str(was)[:300], "\n ", str(now)[:300])


def attempt(reader, file, read):
    global failures
    try:
        read()
    except Exception as error:
        failures += 1
        print("FAILED", reader, file, str(error)[:300])


for file in sorted(os.listdir(folder)):
    source, written = os.path.join(HERE, "files", file.split(".")[0] + ".parquet"), os.path.join(folder, file)

    def by_arrow():
        now = pq.read_table(written)
        compare("pyarrow", file, repr(pq.read_table(source).cast(now.schema).to_pylist()), repr(now.to_pylist()))

    def by_duckdb():
        names = [row[0] for row in c.execute(f"DESCRIBE SELECT * FROM '{written}'").fetchall()]
        try:
            c.execute(f"SELECT * FROM '{source}' LIMIT 0")
        except duckdb.IOException:
            return  # it can't read the file that this was written from
        # Timestamps of INT96 have no zone there.
        rows = lambda path: repr(c.execute("SELECT " + ", ".join(f"replace(\"{n}\"::VARCHAR, '+00', '')" for n in names) + f" FROM '{path}'").fetchall())
        compare("duckdb", file, rows(source), rows(written))
        # Statistics must not leave out rows that are there.
        for n in names:
            one = lambda path: c.execute(f"SELECT replace(min(\"{n}\")::VARCHAR, '+00', '') FROM '{path}'").fetchone()
            compare("duckdb", file, one(source), one(written))

    def by_spark():
        was, now = spark.read.parquet(source), spark.read.parquet(written)
        compare("spark", file, was.schema.simpleString(), now.schema.simpleString())
        rows = lambda frame: repr([row[0] for row in frame.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false', 'timestampFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS', 'timestampNTZFormat', 'yyyy-MM-dd HH:mm:ss.SSSSSS'))").collect()])
        compare("spark", file, rows(was), rows(now))
        for f in was.schema.fields:  # not those with NaN, which statistics of other writers are silent about
            if f.dataType.simpleString() in ("int", "bigint", "string", "date", "decimal(9,2)", "decimal(38,10)", "timestamp"):
                least = was.agg({f.name: "max"}).collect()[0][0]
                if least is not None:
                    found = lambda frame: frame.filter(frame[f.name] == least).count()
                    compare("spark", file, found(was), found(now))

    attempt("pyarrow", file, by_arrow)
    if ".lz4." not in file:  # LZ4 as Hadoop frames it
        attempt("duckdb", file, by_duckdb)
    attempt("spark", file, by_spark)
spark.stop()
print(counts, "comparisons,", failures, "failures")
sys.exit(1 if failures else 0)
