"""Asks real Spark what it reads and writes as XML under many options, and keeps the answers: python test/formats/record-xml.py (needs pyspark).

Writes xml-answers.json beside itself: texts by name, cases of reading {name, options, schema, answer} and of writing {sql, options, answer}. An answer
of reading is {schema, rows} with all values cast to STRING, or {error} where reading fails; of writing the text of the file, or {error}."""
import base64, glob, json, os, re, tempfile, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, to_json
from pyspark.sql.types import VariantType

spark = (SparkSession.builder.master("local[1]").config("spark.driver.memory", "700m").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").getOrCreate())
spark.sparkContext.setLogLevel("OFF")

TEXTS = {
    "books": '<?xml version="1.0"?>\n<books>\n  <book id="1"><title>Tea &amp; more</title><price>1.5</price><tags><tag>a</tag><tag>b</tag></tags></book>\n  <book id="2" lang="de"><title>Kaffee</title><price>2</price></book>\n  <book id="3"/>\n  <!-- <book id="4"/> -->\n  <other/>\n</books>\n',
    "types": "<r><row><a>1</a><b>1.5</b><c>true</c><d>2020-01-02</d><e>2020-01-02T03:04:05Z</e><f>x</f><g></g><h/><i>99999999999</i><j>12345678901234567890</j><k>1e3</k><l> 5 </l></row><row><a>x</a><b>2</b><c>FALSE</c><d>2020-01-02T00:00:00</d><e>2020-01-02</e><f/><g>1</g><h>2</h><i>1</i><j>1</j><k>2</k><l>6</l></row></r>",
    "mixed": '<r><row>text<a>1</a>more</row><row><a x="1">2</a></row><row><a x="2" y="z">3<b>4</b></a></row><row>only</row><row/><row z="9"/></r>',
    "repeated": "<r><row><a>1</a></row><row><a>2</a><a>3</a></row><row><b><c>1</c></b><b><c>2</c><d>x</d></b></row><row><a/><a>4</a></row></r>",
    "nested": "<r><row><row><a>1</a></row><b>2</b></row><rows><row><a>3</a></row></rows><row2><a>4</a></row2><row><a>5</a></row></r>",
    "cdata": "<r><row><a><![CDATA[<b>1</b>]]></a></row><row><a>x<!-- c -->y</a></row><row><a><?pi z?>1</a></row><!-- <row><a>no</a></row> --><![CDATA[<row><a>no</a></row>]]><row><a>&lt;&#65;&#x42;&quot;</a></row></r>",
    "namespaces": '<n:r xmlns:n="http://n"><n:row n:i="1" xmlns:q="urn:q"><n:a>1</n:a><q:a>2</q:a></n:row><row><a>3</a></row></n:r>',
    "broken": "<r><row><a>1</a></row><row><a>2</row><row><a>3</a></row><row><a>4</a>",
    "wrong types": "<r><row><a>1</a><b>x</b></row><row><a>y</a><b>z</b></row><row><a/><b/></row><row><b>w</b><a>7</a></row></r>",
    "spaces": "<r><row>\n  <a> x </a>\n  <b>  </b>\n  <c>\n1\n</c></row><row a=' y '/></r>",
    "case": "<r><row><A>1</A></row><row><a>2</a></row></r>",
    "dates": "<r><row><d>02/01/2020</d><t>02/01/2020 03:04</t></row><row><d>2020-01-02</d><t>2020-01-02 03:04:05</t></row></r>",
    "nulls": "<r><row><a>null</a><b>NA</b></row><row><a/><b></b></row><row><a>1</a><b>2</b></row></r>",
    "lines": "<row><a>1</a></row>\n<row><a>2</a></row>\n\nnot xml\n<row><a>3</a></row>\n",
    "latin1": base64.b64encode('<r><row><a>é</a></row></r>'.encode("latin-1")).decode(),
    "empty": "", "no rows": "<r><x/></r>",
    "decimals": "<r><row><a>1,234.5</a><b>1.5</b></row><row><a>2</a><b>x</b></row></r>",
    "map": '<r><row><m><k>1</k><l>2</l></m></row><row><m q="3"/></row></r>',
    "many": "<r>" + "".join(f"<row><a>{i}</a></row>" for i in range(30)) + "<row><a>x</a></row></r>",
}
B64 = {"latin1"}
reads, writes = [], []
def read(text, options=None, schema=None): reads.append({"name": text, "options": {"rowTag": "row", **(options or {})}, "schema": schema})
def write(sql, options=None): writes.append({"sql": sql, "options": {"rowTag": "ROW", **(options or {})}})
CORRUPT = "_corrupt_record STRING"

for text in TEXTS:
    tag = {"rowTag": "book"} if text == "books" else {}
    for options in [{}, {"inferSchema": "false"}, {"ignoreSurroundingSpaces": "false"}, {"attributePrefix": "@", "valueTag": "#v"}, {"excludeAttribute": "true"}, {"nullValue": "null"}, {"treatEmptyValuesAsNulls": "true"}, {"singleVariantColumn": "v"}, {"ignoreNamespace": "true"}]: read(text, {**tag, **options})
for mode in ["PERMISSIVE", "DROPMALFORMED", "FAILFAST"]:
    for text, schema in [("broken", "a INT"), ("wrong types", "a INT, b STRING"), ("types", "a INT, f STRING"), ("mixed", "a INT")]:
        read(text, {"mode": mode}, schema)
        read(text, {"mode": mode}, f"{schema}, {CORRUPT}")
for schema in ["a INT", "a STRING", "a ARRAY<INT>", "a STRUCT<_VALUE: INT, _x: INT, b: INT>", "_VALUE STRING, a STRING, _z INT", "A INT", "a DOUBLE", "a DECIMAL(10,2)", "a BOOLEAN", "a DATE", "a TIMESTAMP", "a BINARY", "a VARIANT", "a MAP<STRING, STRING>", "a TINYINT", "a FLOAT"]:
    for text in ["mixed", "repeated", "nested", "cdata", "namespaces", "case", "spaces", "decimals", "types"]: read(text, {}, f"{schema}, {CORRUPT}")
read("map", {}, "m MAP<STRING, INT>")
read("books", {"rowTag": "book"}, "_id INT, title STRING, price DOUBLE, tags STRUCT<tag: ARRAY<STRING>>")
read("books", {"rowTag": "books"})
read("books", {"rowTag": "tag"})
read("books", {"rowTag": "tags"})
for options in [{"dateFormat": "dd/MM/yyyy"}, {"timestampFormat": "dd/MM/yyyy HH:mm"}, {"dateFormat": "dd/MM/yyyy", "timestampFormat": "dd/MM/yyyy HH:mm"}, {"timeZone": "America/New_York"}, {"preferDate": "false"}, {"timestampNTZFormat": "dd/MM/yyyy HH:mm"}]:
    read("dates", options)
    read("dates", options, f"d DATE, t TIMESTAMP, {CORRUPT}")
    read("types", options)
for options in [{"multiLine": "false"}, {"multiLine": "false", "mode": "DROPMALFORMED"}]:
    read("lines", options)
    read("lines", options, f"a INT, {CORRUPT}")
read("lines", {})
read("latin1", {"encoding": "ISO-8859-1"})
read("books", {"rowTag": ""})
read("books", {"rowTag": "<book>"})
read("decimals", {"prefersDecimal": "true"})
read("types", {"prefersDecimal": "true"})
for ratio in ["0.5", "0.1"]: read("many", {"samplingRatio": ratio})
reads.append({"name": "books", "options": {}, "schema": None})

ROW = "SELECT 1 AS a, 'x < y & \"z\"' AS b, DATE'2020-01-02' AS d, TIMESTAMP'2020-01-02 03:04:05.123' AS t, CAST(NULL AS INT) AS n, named_struct('p', 1, '_q', 2) AS s, array(1, NULL, 3) AS r, map('k', 'v') AS m, 'attr' AS _at"
for options in [{}, {"rowTag": "row"}, {"rootTag": "rows"}, {"rootTag": "rows x=\"1\""}, {"declaration": ""}, {"declaration": "version='1.1'"}, {"indent": ""}, {"indent": "  "}, {"nullValue": "nil"}, {"attributePrefix": "@"}, {"arrayElementName": "e"}, {"dateFormat": "dd/MM/yyyy", "timestampFormat": "HH:mm"}, {"timeZone": "Europe/Paris"}, {"valueTag": "b"}, {"encoding": "ISO-8859-1"}]: write(ROW, options)
write("SELECT 'é' AS a, CAST('NaN' AS DOUBLE) AS n, 1.50BD AS c, true AS t, 1.5F AS f, 1e10D AS g")
write("SELECT 'é' AS a", {"encoding": "ISO-8859-1"})
write("SELECT array(array(1,2), array(3)) AS a")
write("SELECT array(named_struct('x', 1), NULL) AS a, CAST(NULL AS STRUCT<y: INT>) AS b")
write("SELECT 'x' AS _VALUE, 1 AS _a")
write("SELECT 1 AS `a b`")
write("SELECT 1 AS `a b`", {"validateName": "false"})
write("SELECT X'00ff' AS b")
write("SELECT parse_json('{\"a\":[1,null]}') AS v")
write("SELECT NULL AS n")
write("SELECT id FROM range(0)")
write("SELECT id FROM range(2)", {"lineSep": "|"})

folder = tempfile.mkdtemp()
paths = {}
for name, text in TEXTS.items():
    paths[name] = os.path.join(folder, name.replace(" ", "_") + ".xml")
    with open(paths[name], "wb") as file: file.write(base64.b64decode(text) if name in B64 else text.encode())

def condition(error):
    """The innermost condition that the error names."""
    found = re.findall(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]", str(error))
    return next((name for name in found if name.startswith("MALFORMED")), found[0] if found else "other")

for case in reads:
    reader = spark.read.format("xml").options(**case["options"])
    try:
        if case["schema"] is not None: reader = reader.schema(case["schema"])
        table = reader.load(paths[case["name"]])
        fields = table.schema.fields
        rows = table.select(*[to_json(col("`" + f.name + "`")).alias(f.name) if isinstance(f.dataType, VariantType) else col("`" + f.name + "`").cast("string") for f in fields]).collect() if fields else []
        case["answer"] = {"schema": [[f.name, f.dataType.simpleString()] for f in fields], "rows": [list(row) for row in rows]}
    except Exception as error:
        case["answer"] = {"error": condition(error)}
for i, case in enumerate(writes):
    target = os.path.join(folder, f"out{i}")
    try:
        spark.sql(case["sql"]).coalesce(1).write.format("xml").options(**case["options"]).save(target)
        (file,) = glob.glob(target + "/part-*")
        case["answer"] = {"text": open(file, "rb").read().decode("latin-1")}
    except Exception as error:
        case["answer"] = {"error": condition(error)}

lines = ["{", f' "recorded": {int(time.time())}, "spark": {json.dumps(spark.version)},', ' "texts": {']
lines += [",\n".join(f"  {json.dumps(name)}: {json.dumps({'base64': text} if name in B64 else {'text': text}, ensure_ascii=False)}" for name, text in TEXTS.items()), " },", ' "reads": [']
lines += [",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in reads), " ],", ' "writes": [', ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in writes), " ]", "}"]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "xml-answers.json"), "w") as file: file.write("\n".join(lines) + "\n")
print(len(reads), "read,", len(writes), "written")
spark.stop()
