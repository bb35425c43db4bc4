"""Makes files of VARIANT by real Spark, shredded in several ways, and what Spark reads from them: python test/formats/parquet/variants/make-variants.py"""
import glob, json, os, shutil, tempfile
from pyspark.sql import SparkSession

here, folder = os.path.dirname(os.path.abspath(__file__)), tempfile.mkdtemp()
spark = SparkSession.builder.master("local[1]").config("spark.driver.memory", "700m").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")

DOCUMENTS = ['{"a":1,"b":"x","c":[1,"y",null,2.5]}', '{"a":300,"b":"long text that is longer than sixty-three bytes, so that it is no short string","d":{"e":true,"f":{"g":null}}}', "[1,2,3]", "5", '"str"', "null",
             '{"a":"not a number","b":7}', '{"a":70000,"b":null,"c":[]}', '{"a":5000000000}', "1.25", "123456789012345678901234567890", "1e100", "true", "{}", "[]", '{"a":1.5,"z":{"b":1,"a":2}}', '[[1],[{"x":1}]]']
VALUES = ",".join(f"({i}, parse_json('{text}'))" for i, text in enumerate(DOCUMENTS))
OTHERS = """UNION ALL SELECT 100, to_variant_object(named_struct('d', DATE'2020-01-02', 't', TIMESTAMP'2020-01-02 03:04:05.123456', 'n', TIMESTAMP_NTZ'2020-01-02 03:04:05', 'f', 1.5F, 'b', X'00ff', 's', 1Y))
            UNION ALL SELECT 101, CAST(NULL AS VARIANT)"""
ROWS = f"SELECT * FROM (VALUES {VALUES}) AS t(id, v) {OTHERS}"
SHREDDINGS = {"plain": None, "forced": "struct<a int, b string, c array<string>, d struct<e boolean, f struct<g string>>, t timestamp, n timestamp_ntz>", "array": "array<int>", "dec": "decimal(10,2)"}

for name, schema in SHREDDINGS.items():
    spark.conf.set("spark.sql.variant.writeShredding.enabled", str(schema is not None).lower())
    spark.conf.set("spark.sql.variant.inferShreddingSchema", "false")
    spark.conf.set("spark.sql.variant.forceShreddingSchemaForTest", schema or "")
    target = os.path.join(folder, name)
    spark.sql(ROWS).coalesce(1).write.parquet(target)
    (file,) = glob.glob(target + "/*.parquet")
    shutil.copy(file, os.path.join(here, name + ".parquet"))
rows = spark.sql(f"SELECT id, to_json(v) FROM ({ROWS}) ORDER BY id").collect()
with open(os.path.join(here, "expected.json"), "w") as out: out.write("[\n" + ",\n".join(" " + json.dumps(list(row)) for row in rows) + "\n]\n")
spark.stop()
