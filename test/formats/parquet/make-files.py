"""Makes the files in files/ with pyarrow, DuckDB and Spark, and expected.json with what Spark reads from them.

Run with pyarrow, duckdb and pyspark installed:  python test/formats/parquet/make-files.py
Values in expected.json: integers, days, microseconds and unscaled decimals as text; floats as repr; bytes in hex; structs and arrays
as arrays; maps as arrays of pairs. Rows that another file has too are given by its name.
"""
import datetime
import decimal
import json
import os
import random
import shutil
import sys
import tempfile
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "files")
shutil.rmtree(OUT, ignore_errors=True)
os.makedirs(OUT)
rng = random.Random(7)
D = decimal.Decimal


def path(name):
    return os.path.join(OUT, name + ".parquet")


def some(n, make, nulls=0.15):
    return [None if rng.random() < nulls else make(i) for i in range(n)]


def text(i):
    return rng.choice(["", "a", "héllo", "twelve bytes", "thirteen byte", "日本語の長い文字列です", "x" * 40]) + str(i % 17)


def micros(i):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=rng.randrange(-10**15, 2 * 10**15))


def utc(i):
    return micros(i).replace(tzinfo=datetime.timezone.utc)


def dec(digits, scale):
    return lambda i: D(rng.randrange(-(10**digits) + 1, 10**digits)).scaleb(-scale, context=decimal.Context(prec=60))


def flat(n):
    return {
        "bool": pa.array(some(n, lambda i: rng.random() < 0.3), pa.bool_()),
        "i8": pa.array(some(n, lambda i: rng.randrange(-128, 128)), pa.int8()),
        "i16": pa.array(some(n, lambda i: rng.randrange(-(2**15), 2**15)), pa.int16()),
        "i32": pa.array(some(n, lambda i: rng.randrange(-(2**31), 2**31)), pa.int32()),
        "i64": pa.array(some(n, lambda i: rng.randrange(-(2**63), 2**63)), pa.int64()),
        "u8": pa.array(some(n, lambda i: rng.randrange(256)), pa.uint8()),
        "u16": pa.array(some(n, lambda i: rng.randrange(2**16)), pa.uint16()),
        "u32": pa.array(some(n, lambda i: rng.randrange(2**32)), pa.uint32()),
        "u64": pa.array(some(n, lambda i: rng.randrange(2**64)), pa.uint64()),
        "f32": pa.array(some(n, lambda i: rng.choice([0.0, -0.0, float("nan"), float("inf"), rng.gauss(0, 1e6)])), pa.float32()),
        "f64": pa.array(some(n, lambda i: rng.choice([0.0, -0.0, float("nan"), float("-inf"), rng.gauss(0, 1e9)])), pa.float64()),
        "text": pa.array(some(n, text), pa.string()),
        "bytes": pa.array(some(n, lambda i: rng.randbytes(rng.randrange(20))), pa.binary()),
        "fixed": pa.array(some(n, lambda i: rng.randbytes(5)), pa.binary(5)),
        "date": pa.array(some(n, lambda i: datetime.date(1970, 1, 1) + datetime.timedelta(days=rng.randrange(-100000, 100000))), pa.date32()),
        "ts_us": pa.array(some(n, utc), pa.timestamp("us", "UTC")),
        "ts_ms": pa.array(some(n, lambda i: utc(i).replace(microsecond=5000)), pa.timestamp("ms", "UTC")),
        "ntz_us": pa.array(some(n, micros), pa.timestamp("us")),
        "ntz_ms": pa.array(some(n, lambda i: micros(i).replace(microsecond=7000)), pa.timestamp("ms")),
        "dec9": pa.array(some(n, dec(9, 2)), pa.decimal128(9, 2)),
        "dec18": pa.array(some(n, dec(18, 5)), pa.decimal128(18, 5)),
        "dec38": pa.array(some(n, dec(38, 10)), pa.decimal128(38, 10)),
        "required": pa.array(range(n), pa.int32()),
    }


def table(columns):
    fields = [pa.field(name, values.type, nullable=name != "required") for name, values in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def nested(n):
    def items(depth):
        return lambda i: [None if rng.random() < 0.2 else rng.randrange(100) if depth == 0 else items(depth - 1)(i) for _ in range(rng.choice([0, 0, 1, 2, 5]))]

    person = pa.struct([("name", pa.string()), ("age", pa.int32()), ("tags", pa.list_(pa.string()))])
    make_person = lambda i: {"name": None if rng.random() < 0.2 else text(i), "age": rng.choice([None, 3, 70]), "tags": rng.choice([None, [], ["x", None, "a longer tag than twelve"]])}
    return {
        "list": pa.array(some(n, items(0)), pa.list_(pa.int32())),
        "list2": pa.array(some(n, items(1)), pa.list_(pa.list_(pa.int64()))),
        "list3": pa.array(some(n, items(2)), pa.list_(pa.list_(pa.list_(pa.int16())))),
        "struct": pa.array(some(n, make_person), person),
        "people": pa.array(some(n, lambda i: some(rng.randrange(4), make_person)), pa.list_(person)),
        "map": pa.array(some(n, lambda i: [(text(k), rng.choice([None, k])) for k in range(rng.randrange(4))]), pa.map_(pa.string(), pa.int32())),
        "maps": pa.array(some(n, lambda i: [(k, some(3, lambda j: {"deep": j})) for k in range(rng.randrange(3))]), pa.map_(pa.int32(), pa.list_(pa.struct([("deep", pa.float64())])))),
        "inner": pa.array(some(n, lambda i: {"a": {"b": rng.choice([None, {"c": rng.choice([None, i])}])}}), pa.struct([("a", pa.struct([("b", pa.struct([("c", pa.int32())]))]))])),
        "required": pa.array(range(n), pa.int32()),
    }


t = table(flat(170))
pq.write_table(t, path("arrow-v1"), compression="none", row_group_size=70, data_page_size=600)
pq.write_table(t, path("arrow-v2"), compression="snappy", data_page_version="2.0", data_page_size=600)
pq.write_table(t, path("arrow-plain"), compression="none", use_dictionary=False, data_page_version="2.0")
pq.write_table(t, path("arrow-fallback"), compression="snappy", dictionary_pagesize_limit=300, data_page_size=500, write_batch_size=50, write_page_index=True)
pq.write_table(t, path("arrow-int-decimals"), compression="zstd", store_decimal_as_integer=True)
small = t.slice(0, 60)
for codec in ["gzip", "brotli", "zstd", "lz4", "snappy"]:
    pq.write_table(small, path("codec-" + codec), compression=codec)
pq.write_table(small.select(["i32", "text", "f64"]), path("codec-gzip-v2"), compression="gzip", data_page_version="2.0")
plain = {"compression": "none", "use_dictionary": False, "version": "2.6"}
pq.write_table(t.select(["i32", "i64", "date", "ts_us", "dec9", "dec18", "required"]), path("delta-binary"), data_page_size=700, store_decimal_as_integer=True,
               column_encoding={k: "DELTA_BINARY_PACKED" for k in ["i32", "i64", "date", "ts_us", "dec9", "dec18", "required"]}, **plain)
pq.write_table(t.select(["text", "bytes"]), path("delta-length"), column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY", "bytes": "DELTA_LENGTH_BYTE_ARRAY"}, data_page_size=700, **plain)
pq.write_table(t.select(["text", "bytes", "fixed", "dec38"]), path("delta-bytes"), column_encoding={k: "DELTA_BYTE_ARRAY" for k in ["text", "bytes", "fixed", "dec38"]}, data_page_size=700, **plain)
pq.write_table(t.select(["f32", "f64", "i32", "i64", "fixed"]), path("split"), column_encoding={k: "BYTE_STREAM_SPLIT" for k in ["f32", "f64", "i32", "i64", "fixed"]}, data_page_size=900, **plain)
pq.write_table(t.select(["bool", "required"]), path("bool-runs"), column_encoding={"bool": "RLE"}, **plain)
pq.write_table(t.select(["ts_us", "ntz_us"]), path("int96"), use_deprecated_int96_timestamps=True)
n = table(nested(130))
pq.write_table(n, path("nested-v1"), compression="none", data_page_size=200, write_batch_size=16, row_group_size=75)
pq.write_table(n, path("nested-v2"), compression="snappy", data_page_size=200, write_batch_size=16, data_page_version="2.0")
pq.write_table(n.select(["list", "people", "required"]), path("nested-delta"), column_encoding={"list.list.element": "DELTA_BINARY_PACKED", "people.list.element.name": "DELTA_BYTE_ARRAY", "required": "PLAIN"}, **plain)
pq.write_table(t.slice(0, 0), path("empty"))
pq.write_table(pa.table({"a": pa.nulls(5), "b": pa.array([1, 2, 3, 4, 5])}), path("null-type"))
pq.write_table(pa.table({"a": pa.array([None] * 50, pa.string()), "b": pa.array([7] * 50), "c": pa.array([None] * 50, pa.list_(pa.int32()))}), path("all-null"), row_group_size=20)
pq.write_table(pa.table({"k": pa.array([rng.randrange(50) for _ in range(3000)]).cast(pa.string()), "n": pa.array(range(3000), pa.int64())}), path("long-runs"), compression="zstd")
pq.write_table(pa.table({"a": pa.array([datetime.time(1, 2, 3, 4), None, datetime.time(23, 59, 59, 999999)], pa.time64("us")), "b": pa.array([1, 2, 3])}), path("time-us"), coerce_timestamps=None)
refused = {"time-ms": pa.array([1, 2], pa.time32("ms")), "time-ns": pa.array([1, 2], pa.time64("ns")), "ts-ns": pa.array([1001, -1], pa.timestamp("ns", "UTC")), "ntz-ns": pa.array([1001, -1], pa.timestamp("ns")),
           "half": pa.array([1.5, -0.25, 65504.0, float("nan"), 6e-8], pa.float16()), "uuid": pa.array([uuid.UUID(int=5).bytes], pa.uuid())}
for name, values in refused.items():
    pq.write_table(pa.table({"a": values}), path("refused-" + name), version="2.6")

c = duckdb.connect()
c.execute("SET threads=1")
c.execute("""CREATE TABLE t AS SELECT i::INT AS i, (i % 7 = 0)::BOOLEAN AS b, i::TINYINT AS i8, (i * 3)::SMALLINT AS i16, (i * 1000000007)::BIGINT AS i64, i::UTINYINT AS u8, i::UINTEGER AS u32, i::UBIGINT AS u64,
  (i / 7)::FLOAT AS f32, (i / 3)::DOUBLE AS f64, CASE WHEN i % 5 = 0 THEN NULL ELSE 'text number ' || (i % 11) END AS s, ('\\x0' || (i % 10))::BLOB AS blob, DATE '2020-01-01' + i::INT AS d,
  TIMESTAMP '2020-01-01 00:00:00.123456' + INTERVAL (i) SECOND AS ts, (TIMESTAMP '2020-01-01 00:00:00.123456' + INTERVAL (i) SECOND)::TIMESTAMPTZ AS tz, (i / 100)::DECIMAL(4, 2) AS d4, (i / 100)::DECIMAL(9, 2) AS d9, (i / 100)::DECIMAL(18, 2) AS d18, (i / 100)::DECIMAL(38, 2) AS d38,
  CASE WHEN i % 4 = 0 THEN NULL ELSE [i, NULL, i + 1] END AS l, {'a': i, 'b': 'x' || i} AS st, MAP {'k' || i: i} AS m, [[1, i], [], NULL] AS ll, CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END::ENUM('even', 'odd') AS e FROM range(60) r(i)""")
c.execute(f"COPY t TO '{path('duck-v1')}' (FORMAT parquet)")
c.execute(f"COPY t TO '{path('duck-v2')}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)")
c.execute(f"COPY t TO '{path('duck-gzip')}' (FORMAT parquet, COMPRESSION gzip)")
c.execute(f"COPY (SELECT i, 'g' || (i // 100) AS g, i * 0.5 AS x FROM range(1000) r(i)) TO '{path('duck-lz4')}' (FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION v2)")

os.environ["TZ"] = "UTC"
from pyspark.sql import Row, SparkSession  # noqa: E402

spark = (SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
         .config("spark.sql.timeType.enabled", "true").config("spark.sql.ansi.enabled", "true").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
work = tempfile.mkdtemp()


def spark_file(name, frame, **options):
    folder = os.path.join(work, name)
    frame.coalesce(1).write.options(**options).parquet(folder)
    (file,) = [f for f in os.listdir(folder) if f.endswith(".parquet")]
    shutil.copy(os.path.join(folder, file), path(name))


SQL = """SELECT id, id % 3 = 0 AS b, CAST(id % 100 AS TINYINT) AS i8, CAST(id AS SMALLINT) AS i16, CAST(id AS INT) AS i, CAST(id / 3 AS FLOAT) AS f, id / 7 AS d, CAST(id AS DECIMAL(7, 2)) AS d7, CAST(id AS DECIMAL(18, 4)) AS d18,
  CAST(id * 123456789 AS DECIMAL(38, 6)) AS d38, IF(id % 5 = 0, NULL, concat('text ', id % 9)) AS s, CAST(concat('b', id) AS BINARY) AS bin, date_add(DATE'2024-02-28', CAST(id AS INT)) AS day,
  timestamp_micros(1700000000123456 + id * 1000003) AS ts, CAST(timestamp_micros(1700000000123456 + id * 1000003) AS TIMESTAMP_NTZ) AS ntz, make_ym_interval(CAST(id AS INT), 1) AS ym, make_dt_interval(CAST(id AS INT), 1, 2, 3.5) AS dt,
  IF(id % 4 = 0, NULL, array(CAST(id AS INT), NULL, 3)) AS l, named_struct('x', id, 'y', IF(id % 2 = 0, 'even', NULL)) AS st, map(concat('k', id), array(id, id + 1)) AS m, array(named_struct('q', array(id))) AS ls FROM range(70)"""
frame = spark.sql(SQL)
spark_file("spark", frame)
spark_file("spark-v2", frame, **{"parquet.writer.version": "v2", "compression": "zstd"})
spark_file("spark-gzip", frame, compression="gzip")
spark_file("spark-lz4raw", frame.select("id", "s", "ts", "l"), compression="lz4_raw")
for one in ["lz4", "brotli"]:
    try:
        spark_file("spark-" + one, frame.select("id", "s", "ts", "l"), compression=one)
    except Exception as error:
        print("no", one, str(error)[:100], file=sys.stderr)
spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
spark_file("spark-legacy", frame.drop("ym", "dt"))
spark.conf.unset("spark.sql.parquet.writeLegacyFormat")
spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MILLIS")
spark_file("spark-millis", frame.select("id", "ts", "ntz"))
spark.conf.unset("spark.sql.parquet.outputTimestampType")
spark_file("spark-bloom", spark.sql("SELECT id, concat('key ', id * 7) AS k, id % 10 AS g FROM range(900)"), **{"parquet.bloom.filter.enabled#k": "true", "parquet.bloom.filter.expected.ndv#k": "1500", "parquet.bloom.filter.max.bytes": "4096", "parquet.page.size": "2000", "parquet.page.row.count.limit": "300"})

# Forms of lists and maps that older writers had, by the writer of examples in parquet-java.
jvm = spark._jvm
MESSAGE = """message old {
  required int32 id;
  repeated int32 bare;
  repeated group pairs { required int32 a; optional binary b (STRING); }
  optional group two (LIST) { repeated int32 element; }
  optional group tuples (LIST) { repeated group tuples_tuple { required int32 x; } }
  optional group arrays (LIST) { repeated group array { optional int32 x; } }
  optional group wide (LIST) { repeated group element { required int32 x; required int32 y; } }
  optional group three (LIST) { repeated group bag { optional int32 item; } }
  optional group kv (MAP_KEY_VALUE) { repeated group map { required binary key (STRING); optional int32 value; } }
}"""
schema = jvm.org.apache.parquet.schema.MessageTypeParser.parseMessageType(MESSAGE)
target = jvm.org.apache.hadoop.fs.Path(path("old-lists"))
writer = jvm.org.apache.parquet.hadoop.example.ExampleParquetWriter.builder(target).withType(schema).build()
factory = jvm.org.apache.parquet.example.data.simple.SimpleGroupFactory(schema)
for i in range(40):
    g = factory.newGroup().append("id", i)
    for j in range(i % 3):
        g.append("bare", i * 10 + j)
    for j in range(i % 2):
        p = g.addGroup("pairs")
        p.append("a", j)
        if i % 4 != 0:
            p.append("b", "b%d" % i)
    if i % 5 != 0:
        two, tuples, arrays, wide, three, kv = (g.addGroup(f) for f in ["two", "tuples", "arrays", "wide", "three", "kv"])
        for j in range(i % 4):
            two.append("element", j)
            tuples.addGroup("tuples_tuple").append("x", j)
            a = arrays.addGroup("array")
            if j % 2 == 0:
                a.append("x", j)
            wide.addGroup("element").append("x", j).append("y", -j)
            b = three.addGroup("bag")
            if j % 2 == 1:
                b.append("item", j)
            e = kv.addGroup("map")
            e.append("key", "k%d" % j)
            if j % 2 == 0:
                e.append("value", i)
    writer.write(g)
writer.close()
for extra in os.listdir(OUT):
    if extra.endswith(".crc"):
        os.remove(os.path.join(OUT, extra))

EPOCH = datetime.datetime(1970, 1, 1)


def plain_value(v, t):
    kind = t.typeName() if hasattr(t, "typeName") else ""
    if v is None:
        return None
    if kind == "struct":
        return [plain_value(v[i], f.dataType) for i, f in enumerate(t.fields)]
    if kind == "array":
        return [plain_value(x, t.elementType) for x in v]
    if isinstance(v, bool):
        return v
    if isinstance(v, (bytes, bytearray)):
        return bytes(v).hex()
    if isinstance(v, datetime.datetime):
        return str(round((v.replace(tzinfo=None) - EPOCH) / datetime.timedelta(microseconds=1)))
    if isinstance(v, datetime.date):
        return str((v - EPOCH.date()).days)
    if isinstance(v, D):
        return str(int(v.scaleb(t.scale, context=decimal.Context(prec=80))))
    if isinstance(v, datetime.timedelta):
        return str(v // datetime.timedelta(microseconds=1))
    return repr(v) if isinstance(v, float) else str(v)


expected = {}
for file in sorted(os.listdir(OUT)):
    name = file[: -len(".parquet")]
    try:
        frame = spark.read.parquet(path(name))
        # Python has no values for these: their numbers then.
        columns = []
        for f in frame.schema.fields:
            kind = f.dataType.simpleString()
            columns.append(f"CAST(datediff(MONTH, DATE'2000-01-01', DATE'2000-01-01' + `{f.name}`) AS INT) AS `{f.name}`" if kind.startswith("interval year") else
                           f"map_entries(`{f.name}`) AS `{f.name}`" if kind.startswith("map<") else  # in the order of the file
                           f"CAST(`{f.name}` AS STRING) AS `{f.name}`" if kind.startswith("time(") else f"`{f.name}`")
        shown = frame.selectExpr(*columns)
        rows = [[plain_value(row[i], f.dataType) for i, f in enumerate(shown.schema.fields)] for row in shown.collect()]
        expected[name] = {"schema": frame.schema.simpleString(), "rows": rows}
    except Exception as error:
        expected[name] = {"error": getattr(error, "getCondition", lambda: None)() or str(error)[:200]}
        print(name, expected[name], file=sys.stderr)
expected["codec-brotli"] = dict(expected["codec-zstd"])  # which Spark has no codec for
first = {}
for name, one in expected.items():  # rows that were there before are named by the file that has them
    if "rows" in one:
        same = first.setdefault(json.dumps(one["rows"]), name)
        if same != name:
            one["rows"] = same
with open(os.path.join(HERE, "expected.json"), "w") as out:
    out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in expected.items()) + "\n}\n")
spark.stop()
