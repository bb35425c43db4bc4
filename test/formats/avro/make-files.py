"""Writes files/ and expected.json: Avro files by fastavro and by Spark, with what they hold as Spark shows it.

    python make-files.py                      # with fastavro, cramjam and zstandard: the files of fastavro
    python make-files.py spark-avro.jar       # with pyspark 4.3 and fastavro, afterwards: those of Spark
"""
import datetime, decimal, json, os, sys
import fastavro
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "files")
SCHEMA = {"type": "record", "name": "Row", "namespace": "n.s", "fields": [
    {"name": "id", "type": "long"}, {"name": "i", "type": ["null", "int"]}, {"name": "b", "type": "boolean"}, {"name": "f", "type": "float"}, {"name": "d", "type": ["double", "null"]},
    {"name": "s", "type": ["null", "string"]}, {"name": "raw", "type": "bytes"}, {"name": "fix", "type": {"type": "fixed", "name": "F", "size": 3}}, {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["RED", "GREEN"]}},
    {"name": "date", "type": {"type": "int", "logicalType": "date"}}, {"name": "ms", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "us", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}]},
    {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-micros"}}, {"name": "dec", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}}, {"name": "wide", "type": {"type": "fixed", "name": "W", "size": 16, "logicalType": "decimal", "precision": 38, "scale": 4}},
    {"name": "list", "type": {"type": "array", "items": ["null", "string"]}}, {"name": "map", "type": {"type": "map", "values": "int"}}, {"name": "rec", "type": ["null", {"type": "record", "name": "In", "fields": [{"name": "x", "type": "int"}, {"name": "y", "type": ["null", "string"]}]}]},
    {"name": "recs", "type": {"type": "array", "items": "In"}}, {"name": "u", "type": ["int", "string", "null"]}, {"name": "il", "type": ["int", "long"]}]}

def row(n):
    t = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=n * 1000, microseconds=n * 1001)
    return {"id": n * 1234567890123 * (-1 if n % 2 else 1), "i": None if n % 3 == 0 else n - 50, "b": n % 2 == 0, "f": n / 4, "d": None if n % 5 == 0 else n * 1.1, "s": None if n % 7 == 0 else ["", "x", "äöü€", "a text that is longer than twelve bytes"][n % 4],
            "raw": bytes(range(n % 20)), "fix": bytes([n % 256, 0, 255]), "e": ["RED", "GREEN"][n % 2], "date": datetime.date(1970, 1, 1) + datetime.timedelta(days=n * 100 - 2000), "ms": t.replace(microsecond=t.microsecond // 1000 * 1000), "us": None if n % 4 == 0 else t, "local": t.replace(tzinfo=None),
            "dec": decimal.Decimal(n * 12345 - 500000) / 100, "wide": decimal.Decimal(n * 10 ** 30 + 7).scaleb(-4, decimal.Context(prec=60)), "list": [None if k % 3 == 2 else f"v{k}" for k in range(n % 5)], "map": {f"k{k}": k * n for k in range(n % 3)}, "rec": None if n % 6 == 0 else {"x": n, "y": None if n % 2 else f"y{n}"},
            "recs": [{"x": k, "y": f"r{k}"} for k in range(n % 4)], "u": [n, f"t{n}", None][n % 3], "il": n if n % 2 else 2 ** 40 + n}

def shown(v):
    """As the tests write values."""
    if isinstance(v, bytes): return v.hex()
    if isinstance(v, datetime.datetime): return v.strftime("%Y-%m-%dT%H:%M:%S") + (f".{v.microsecond:06d}".rstrip("0") if v.microsecond else "") + ("Z" if v.tzinfo else "")
    if isinstance(v, datetime.date): return v.isoformat()
    if isinstance(v, decimal.Decimal): return format(v, "f")
    if isinstance(v, list): return [shown(x) for x in v]
    if isinstance(v, dict): return {k: shown(x) for k, x in v.items()}
    return v

def expected(r):
    out = {k: shown(v) for k, v in r.items()}
    out["dec"], out["wide"] = format(r["dec"], ".2f"), format(r["wide"], ".4f")
    u = r["u"]
    out["u"] = None if u is None else {"member0": u if isinstance(u, int) else None, "member1": u if isinstance(u, str) else None}
    return out

os.makedirs(OUT, exist_ok=True)
rows = [row(n) for n in range(60)]
answers = json.load(open(os.path.join(HERE, "expected.json"))) if os.path.exists(os.path.join(HERE, "expected.json")) else {}
for codec in [] if len(sys.argv) > 1 else ["null", "deflate", "snappy", "bzip2", "zstandard", "xz"]:
    name = f"fastavro-{codec}.avro"
    with open(os.path.join(OUT, name), "wb") as file:
        fastavro.writer(file, fastavro.parse_schema(json.loads(json.dumps(SCHEMA))), rows, codec=codec, sync_interval=2000, sync_marker=b"0123456789abcdef")
answers["fastavro"] = [expected(r) for r in rows]
with open(os.path.join(OUT, "old.avro"), "wb") as file:
    fastavro.writer(file, {"type": "record", "name": "P", "fields": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}]}, [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}], sync_marker=b"0123456789abcdef")
with open(os.path.join(OUT, "bare.avro"), "wb") as file:
    fastavro.writer(file, "int", [1, 2], sync_marker=b"0123456789abcdef")

if len(sys.argv) > 1:
    import glob, shutil
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.jars", sys.argv[1]).config("spark.driver.extraClassPath", sys.argv[1]).config("spark.sql.session.timeZone", "UTC").getOrCreate()
    frame = spark.sql("""SELECT id, CAST(id AS TINYINT) AS t, CAST(id * 3 AS SMALLINT) AS sm, CAST(id AS DECIMAL(12, 3)) AS dec, IF(id % 3 = 0, NULL, concat('s', id)) AS s, timestamp_seconds(id * 100) AS ts, CAST(timestamp_seconds(id) AS TIMESTAMP_NTZ) AS ntz,
        date_add(DATE'2020-01-01', CAST(id AS INT)) AS day, make_ym_interval(0, CAST(id AS INT)) AS ym, make_dt_interval(0, 0, 0, id) AS dt, array(id, NULL) AS xs, map('k', id) AS m, named_struct('p', id, 'q', array(named_struct('z', 'w'))) AS st FROM range(40)""")
    for codec in ["uncompressed", "deflate", "snappy", "bzip2", "zstandard"]:
        shutil.rmtree("/tmp/spark-avro-out", ignore_errors=True)
        frame.write.format("avro").option("compression", codec).save("/tmp/spark-avro-out")
        shutil.copy(glob.glob("/tmp/spark-avro-out/*.avro")[0], os.path.join(OUT, f"spark-{codec}.avro"))
    answers["spark"] = [json.loads(r) for r in frame.toJSON().collect()]
    answers["spark schema"] = spark.read.format("avro").load(os.path.join(OUT, "spark-snappy.avro"))._jdf.schema().toDDL()
    answers["fastavro schema"] = spark.read.format("avro").load(os.path.join(OUT, "fastavro-null.avro"))._jdf.schema().toDDL()
    assert spark.read.format("avro").load(os.path.join(OUT, "fastavro-snappy.avro")).count() == 60
with open(os.path.join(HERE, "expected.json"), "w") as out:
    json.dump(answers, out, indent=0)
