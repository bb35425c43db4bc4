"""Asks real Spark what it reads and writes as JSON under many options, and keeps the answers: python test/formats/record-json.py (needs pyspark).

Writes json-answers.json beside itself: texts by name, cases of reading {name, options, schema, answer} and of writing {sql, options, answer}. An answer
of reading is {schema, rows} with all values cast to STRING, or {error} where reading fails; of writing the text of the file in base64, or {error}."""
import base64, glob, json, os, re, tempfile, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, to_json
from pyspark.sql.types import VariantType

spark = (SparkSession.builder.master("local[1]").config("spark.driver.memory", "700m").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").config("spark.sql.timeType.enabled", "true").getOrCreate())
spark.sparkContext.setLogLevel("OFF")

TEXTS = {
    "plain": '{"a":1,"b":"x","c":true}\n{"a":2,"b":"","c":null}\n\n{"b":"z","d":[1,2],"e":{"f":1.5,"g":null}}\n',
    "comments": '/* first */ {"a":1}\n{"a": /* in */ 2, // rest\n{"a":3} // behind\n// only\n{"a":4, "b":"/* text */"}\n{"a":5 /* open\n{/**/"a"/**/:/**/6/**/}\n{"a":7, // x "b": 1\n{"a":8} # yaml\n/\n/* [ */[{"a":9},/*,*/{"a":10}]\n{"a":"//","b":1/2}\n',
    "unquoted": '{a:1,b:"x"}\n{ a : 2 , _b$1 : "y" }\n{a-b:3}\n{"a":4,b:5}\n{1a:6}\n{a:b}\n{:1}\n{a b:1}\n{é:7,a:8}\n{@x:1,#y:2,a:9,*z:3}\n{\'a\':10}\n{a.b:1,a:11}\n{+a:1,a:12}\n{true:1,a:13}\n{a\\u0062:1}\n{a/b:1}\n',
    "single": "{'a':1,'b':'x'}\n{\"a\":2,'b':\"it's\"}\n{'a':3,'b':'say \"hi\"'}\n{'a':4,'b':'it\\'s'}\n{\"a\":5,\"b\":\"it\\'s\"}\n{'a\":6}\n{\"a\":7,\"b\":'\"'}\n",
    "zeros": '{"a":01,"b":1}\n{"a":-007,"b":00.5}\n{"a":0,"b":0}\n{"a":00,"b":-0}\n{"a":00e1,"b":01e2}\n{"a":0123456789012345678901,"b":1}\n{"a":000000000000000000000000000000000000001}\n{"a":00x}\n{"a":0 1}\n{"a":-00,"b":2}\n',
    "escapes": '{"a":"x\\qy","b":1}\n{"a":"\\\'","b":2}\n{"a":"\\x41","b":3}\n{"a":"\\\\n","b":4}\n{"a":"\\u00e9\\é","b":5}\n{"a":"\\","b":6}\n{"\\a":7}\n{"a":"\\u00g0","b":8}\n{"a":"\\ "}\n',
    "control": '{"a":"x\ty","b":1}\n{"a":"\x01","b":2}\n{"a\t":3,"b":4}\n{"a":"x\\ty","b":5}\n{"a":"\x1f\x7f","b":6}\n{"a":7\x01}\n\x00{"a":8}\n',
    "numbers": '{"a":NaN,"b":1}\n{"a":Infinity,"b":-Infinity}\n{"a":+Infinity,"b":+INF}\n{"a":-INF,"b":INF}\n{"a":"NaN","b":"Infinity"}\n{"a":"-INF","b":"+Infinity"}\n{"a":"INF","b":"nan"}\n{"a":1.5,"b":1e400}\n{"a":+1,"b":.5}\n{"a":5.,"b":1}\n{"a":"1.5","b":""}\n{"a":-NaN}\n{"a":1e5,"b":12345678901234567890}\n',
    "dates": '{"d":"2020-01-02","t":"2020-01-02T03:04:05.678Z","n":"2020-01-02T03:04:05"}\n{"d":"02/01/2020","t":"02/01/2020 03:04","n":"02/01/2020 03:04"}\n{"d":"2020","t":"2020-01-02","n":"2020-01-02"}\n{"d":18000,"t":18000,"n":18000}\n{"d":"18000","t":"18000","n":"1"}\n{"d":"","t":"","n":""}\n{"d":"2020-13-01","t":"nope","n":"2020-01-02T03:04:05+01:00"}\n{"d":"03 Mar 2021","t":"03 Mar 2021 10:00 +0100","n":"03 Mar 2021 10:00"}\n{"d":"2020-01-02T03:04:05","t":"2020-01-02 03:04:05+02:00","n":"2020-01-02 03:04:05.123456"}\n{"d":"3 mars 2021","t":"3 mars 2021","n":"3 mars 2021"}\n{"d":null,"t":"12:30","n":null}\n',
    "stamps": '{"t":"2020-01-02T03:04:05"}\n{"t":"2020-01-02T03:04:05.5"}\n',
    "zoned stamps": '{"t":"2020-01-02T03:04:05"}\n{"t":"2020-01-02T03:04:05Z"}\n',
    "no stamps": '{"t":"2020-01-02T03:04:05"}\n{"t":"x"}\n',
    "european stamps": '{"t":"02/01/2020 03:04","d":"02/01/2020"}\n{"t":"03/01/2020 05:06","d":"03/01/2020"}\n',
    "decimals": '{"a":"1.234,5","b":1.25}\n{"a":"1,234.5","b":"1.25"}\n{"a":"1 234,5","b":12345678901234567890.5}\n{"a":"12","b":1e2}\n{"a":"-0,5","b":0.000001}\n{"a":"","b":"x"}\n{"a":" 1","b":"1 "}\n{"a":"+1","b":"1E2"}\n',
    "prefers": '{"a":1.25,"b":1,"c":1e2,"d":"1.5","e":123456789012345678901}\n{"a":12.5,"b":2.5,"c":0.001,"d":"x","e":1}\n{"a":1,"b":12345678901234567890123456789012345678901,"c":1e40,"d":"2","e":1.5}\n',
    "prefers strings": '{"a":"1.25","b":"1"}\n{"a":"100.5","b":"1,000"}\n{"a":"7","b":"2"}\n',
    "nulls": '{"a":null,"b":[],"c":{},"d":1,"e":[null],"f":{"g":null},"h":[{}],"i":"","j":[[]],"k":{"l":{"m":null}}}\n{"a":null,"b":[],"c":{},"d":null}\n',
    "types": '{"a":1,"b":true,"c":1.5,"d":[1,true],"e":{"f":2}}\n{"a":"x","b":false,"c":2,"d":["y"],"e":{"f":"z"}}\n{"a":[1],"b":{"x":1},"c":"s","d":1,"e":2}\n',
    "malformed": '{"a":1,"b":"x"}\n{"a":"x","b":"y"}\n{"a":2\nnope\n[1,2]\n[{"a":3},{"a":"z"}]\n5\n"text"\nnull\n[]\n{}\n{"a":4}{"a":5}\n{"a":6} trailing\n[{"a":7},8]\n[null]\n',
    "case": '{"a":1,"A":2}\n',
    "case apart": '{"a":1}\n{"A":2}\n',
    "twice": '{"a":1,"a":2}\n',
    "twice types": '{"a":1,"b":{"x":1,"x":"y"}}\n',
    "maps": '{"m":{"1":10,"2":null,"1":3}}\n{"m":{"x":1}}\n{"m":{"2020-01-02":2}}\n{"m":{"true":"bad"}}\n{"m":null}\n{"m":[1]}\n',
    "document": '[\n  {"a": 1,\n   "b": "x"},\n  {"a": 2, "b": "y\\nz"}\n]\n',
    "document object": '{\n  "a": 1,\n  "b": {"c": [1,\n 2]}\n}\n',
    "document lenient": "/* c */ [\n  {a: 01, 'b': 'x\ty'}, // first\n  {a: NaN, b: \"\\q\"}\n]\n",
    "document bad": '[{"a":1},\n{"a":"x"},{"b":"y"}]',
    "document broken": '[{"a":1},\n{"a":',
    "bars": '{"a":1}|{"a":2,"b":"x\ny"}|{"a":3}',
    "xyz": '{"a":1}xyz{"a":2}xyz',
    "windows": '{"a":1}\r\n{"a":2}\r\n',
    "empty": "",
    "blank": "\n \n\n",
    "marked": base64.b64encode(b'\xef\xbb\xbf{"a":1}\n{"a":2}\n').decode(),
    "utf16": base64.b64encode('{"a":"é"}\n{"a":"ü"}\n'.encode("utf-16")).decode(),
    "utf16le": base64.b64encode('{"a":"é"}\n{"a":"ü"}\n'.encode("utf-16-le")).decode(),
    "utf32be": base64.b64encode('{"a":"é"}\n{"a":"ü"}\n'.encode("utf-32-be")).decode(),
    "latin1": base64.b64encode('{"a":"é"}\n{"a":"ü"}\n'.encode("latin-1")).decode(),
    "broken": base64.b64encode(b'{"a":"\xff"}\n{"a":"ok"}\n{"\xe2\x82":1}\n').decode(),
    "variant": '{"a":1,"b":[1,"x",null,{"c":1.5}]}\n[1,2]\n5\n"x"\nnull\n{"a":}\n{"a":1,"a":2}\n{"d":1e10,"e":12345678901234567890,"f":"2020-01-02"}\n\n[{"a":1}]\n{"a":1} {"b":2}\n',
    "times": '{"t":"12:30:15"}\n{"t":"1:2"}\n{"t":"12:30:15.123456"}\n{"t":"x"}\n{"t":5}\n',
    "intervals": '{"d":"INTERVAL \'1 02:03:04\' DAY TO SECOND","y":"INTERVAL \'1-2\' YEAR TO MONTH","c":"1 month 2 days"}\n{"d":"1 02:03:04","y":"1-2","c":"x"}\n',
    "long numbers": '{"a":' + "1" * 999 + '}\n{"a":' + "1" * 1001 + '}\n',
    "ratio": "".join(('{"a":%d}\n' % i) if i % 10 else ('{"b":%d}\n' % i) for i in range(60)),
    "surrogates": '{"a":"\\ud83d\\ude00"}\n{"a":"\\ud83d"}\n{"a":"😀"}\n',
    "char": '{"a":"abc","b":"abcdefgh"}\n{"a":"a","b":5}\n',
}
B64 = {"marked", "utf16", "utf16le", "utf32be", "latin1", "broken"}
reads, writes = [], []
def read(text, options=None, schema=None): reads.append({"name": text, "options": options or {}, "schema": schema})
def write(sql, options=None): writes.append({"sql": sql, "options": options or {}})

for text in TEXTS:
    read(text)
    read(text, {"multiLine": "true"})
    read(text, {"primitivesAsString": "true", "dropFieldIfAllNull": "true"})
CORRUPT = "_corrupt_record STRING"
FLAGS = ["allowComments", "allowUnquotedFieldNames", "allowSingleQuotes", "allowNumericLeadingZeros", "allowBackslashEscapingAnyCharacter", "allowUnquotedControlChars", "allowNonNumericNumbers"]
SYNTAX = {"comments": "a BIGINT, b STRING", "unquoted": "a BIGINT, b STRING", "single": "a BIGINT, b STRING", "zeros": "a DECIMAL(38,0), b DOUBLE", "escapes": "a STRING, b BIGINT", "control": "a STRING, b BIGINT", "numbers": "a DOUBLE, b STRING", "document lenient": "a DOUBLE, b STRING"}
for text, columns in SYNTAX.items():
    for flag in FLAGS:
        for value in ["true", "false"]:
            read(text, {flag: value}, f"{columns}, {CORRUPT}")
    everything = {flag: "true" for flag in FLAGS}
    nothing = {flag: "false" for flag in FLAGS}
    for options in [everything, nothing, {**everything, "multiLine": "true"}, {**everything, "mode": "DROPMALFORMED"}, {**everything, "mode": "FAILFAST"}]:
        read(text, options, f"{columns}, {CORRUPT}")
        read(text, options, f"b STRING, {CORRUPT}")
        read(text, options)
for kind in ["INT", "STRING", "FLOAT", "DECIMAL(10,2)", "BOOLEAN", "TINYINT", "BINARY", "VARIANT"]:
    for text in ["zeros", "numbers", "unquoted"]:
        read(text, {"allowNumericLeadingZeros": "true", "allowUnquotedFieldNames": "true"}, f"a {kind}, {CORRUPT}")
read("numbers", {"allowNonNumericNumbers": "false"}, f"a FLOAT, b DOUBLE, {CORRUPT}")
read("numbers", {}, f"a FLOAT, b DECIMAL(10,1), {CORRUPT}")
for options in [{}, {"dateFormat": "dd/MM/yyyy"}, {"timestampFormat": "dd/MM/yyyy HH:mm"}, {"timestampNTZFormat": "dd/MM/yyyy HH:mm"}, {"dateFormat": "dd MMM yyyy", "timestampFormat": "dd MMM yyyy HH:mm Z", "timestampNTZFormat": "dd MMM yyyy HH:mm"},
                {"dateFormat": "yyyy-MM-dd", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]"}, {"timeZone": "America/New_York"}, {"timeZone": "+05:30", "timestampFormat": "dd/MM/yyyy HH:mm"},
                {"dateFormat": "dd/MM/yyyy", "timestampFormat": "dd/MM/yyyy HH:mm", "enableDateTimeParsingFallback": "true"}, {"enableDateTimeParsingFallback": "false"}, {"dateFormat": "d MMMM yyyy", "timestampFormat": "d MMMM yyyy", "locale": "fr-FR"},
                {"dateFormat": "d MMMM yyyy", "timestampFormat": "d MMMM yyyy", "locale": "en-US"}, {"dateFormat": "YYYY"}, {"timestampFormat": "{x"}, {"timeZone": "nope"}, {"timestampFormat": ""}]:
    for columns in ["d DATE, t TIMESTAMP, n TIMESTAMP_NTZ", "d DATE", "t TIMESTAMP", "n TIMESTAMP_NTZ", "d STRING, t DATE"]:
        read("dates", options, f"{columns}, {CORRUPT}")
read("dates", {"dateFormat": "dd/MM/yyyy", "mode": "DROPMALFORMED"}, "d DATE")
read("dates", {"dateFormat": "dd/MM/yyyy", "mode": "FAILFAST"}, "d DATE")
for text in ["stamps", "zoned stamps", "no stamps", "european stamps", "dates"]:
    for options in [{"inferTimestamp": "true"}, {"inferTimestamp": "false"}, {"inferTimestamp": "true", "timestampFormat": "dd/MM/yyyy HH:mm"}, {"inferTimestamp": "true", "timestampNTZFormat": "dd/MM/yyyy HH:mm"}, {"inferTimestamp": "true", "timeZone": "Asia/Tokyo"}, {"inferTimestamp": "true", "primitivesAsString": "true"}]:
        read(text, options)
for locale in ["en-US", "de-DE", "fr-FR", "de-CH", "sv-SE", "nope"]:
    read("decimals", {"locale": locale}, f"a DECIMAL(10,2), b DECIMAL(20,3), {CORRUPT}")
    read("prefers strings", {"locale": locale, "prefersDecimal": "true"})
for text in ["prefers", "prefers strings", "decimals", "numbers", "long numbers", "types"]:
    read(text, {"prefersDecimal": "true"})
    read(text, {"prefersDecimal": "true", "primitivesAsString": "true"})
for text in ["nulls", "types", "malformed", "case", "case apart", "twice", "twice types"]:
    for options in [{"dropFieldIfAllNull": "true"}, {"mode": "DROPMALFORMED"}, {"mode": "FAILFAST"}, {"columnNameOfCorruptRecord": "bad"}, {"columnNameOfCorruptRecord": "a"}]:
        read(text, options)
for mode in ["PERMISSIVE", "DROPMALFORMED", "FAILFAST", "nope"]:
    for multi in ["false", "true"]:
        for text in ["malformed", "document bad", "document broken", "document"]:
            read(text, {"mode": mode, "multiLine": multi}, "a INT, b STRING")
            read(text, {"mode": mode, "multiLine": multi, "columnNameOfCorruptRecord": "bad"}, "bad STRING, a INT, b STRING")
read("malformed", {}, "a INT, _corrupt_record INT")
read("malformed", {}, "_corrupt_record STRING")
for key in ["STRING", "INT", "DATE", "BOOLEAN", "DOUBLE", "CHAR(3)", "VARCHAR(10)"]:
    read("maps", {}, f"m MAP<{key}, INT>, {CORRUPT}")
read("maps", {}, "m MAP<STRING, MAP<INT, INT>>")
for separator in ["|", "xyz", "\n", "\r\n", ""]:
    for text in ["bars", "xyz", "windows"]: read(text, {"lineSep": separator}, f"a INT, b STRING, {CORRUPT}")
read("bars", {"lineSep": "|", "allowUnquotedControlChars": "true"}, f"a INT, b STRING, {CORRUPT}")
for text, encoding in [("utf16", "UTF-16"), ("utf16le", "UTF-16LE"), ("utf32be", "UTF-32BE"), ("latin1", "ISO-8859-1"), ("plain", "UTF-8"), ("plain", "nope"), ("utf32be", "UTF-32")]:
    read(text, {"encoding": encoding, "multiLine": "true"})
    read(text, {"encoding": encoding, "lineSep": "\n"})
    read(text, {"encoding": encoding})
    read(text, {"charset": encoding})
for text in ["variant", "plain", "malformed", "document", "document object", "document bad", "types", "broken", "unquoted"]:
    for extra in [{}, {"multiLine": "true"}, {"mode": "DROPMALFORMED"}, {"mode": "FAILFAST"}, {"allowUnquotedFieldNames": "true"}]:
        read(text, {"singleVariantColumn": "v", **extra})
read("variant", {"singleVariantColumn": "v"}, "v VARIANT")
read("variant", {"singleVariantColumn": "v"}, f"v VARIANT, {CORRUPT}")
read("variant", {"singleVariantColumn": "v"}, "a INT")
read("variant", {}, f"a VARIANT, b VARIANT, {CORRUPT}")
read("types", {}, "a VARIANT, b MAP<STRING, VARIANT>, c ARRAY<VARIANT>, d ARRAY<VARIANT>, e STRUCT<f: VARIANT>")
read("times", {}, f"t TIME, {CORRUPT}")
read("times", {"timeFormat": "H:m"}, f"t TIME, {CORRUPT}")
read("times", {}, f"t TIME(3), {CORRUPT}")
read("intervals", {}, f"d INTERVAL DAY TO SECOND, y INTERVAL YEAR TO MONTH, {CORRUPT}")
read("intervals", {}, "c INTERVAL")
read("char", {}, f"a CHAR(5), b VARCHAR(5), {CORRUPT}")
read("char", {}, f"a CHAR(8), b VARCHAR(8), {CORRUPT}")
for ratio in ["1.0", "0.5", "0.1", "0.01", "0", "x"]: read("ratio", {"samplingRatio": ratio})
for flag, value in [("allowComments", "yes"), ("samplingRatio", "-1"), ("multiLine", "maybe"), ("prefersDecimal", "1")]: read("plain", {flag: value})

ROW = "SELECT 1 AS a, 'é \"q\" \\\\ / \\u2028 \\n' AS b, DATE'2020-01-02' AS d, TIMESTAMP'2020-01-02 03:04:05.123456' AS t, TIMESTAMP_NTZ'2020-01-02 03:04:05.1' AS n, CAST(NULL AS INT) AS x, named_struct('p', CAST(NULL AS INT), 'q', DATE'2021-01-01') AS s, array(TIMESTAMP'2021-01-01 00:00:00') AS r, map(DATE'2020-01-01', DATE'2020-01-02') AS m"
for options in [{}, {"ignoreNullFields": "false"}, {"ignoreNullFields": "true"}, {"dateFormat": "dd/MM/yyyy"}, {"timestampFormat": "dd/MM/yyyy HH:mm:ss.SSSSSS VV"}, {"timestampNTZFormat": "yyyy/MM/dd HH"}, {"timeZone": "Europe/Paris"}, {"timeZone": "Europe/Paris", "timestampFormat": "yyyy-MM-dd HH:mm XXX"},
                {"encoding": "UTF-16"}, {"encoding": "UTF-16LE"}, {"encoding": "UTF-16BE"}, {"encoding": "UTF-32"}, {"encoding": "ISO-8859-1"}, {"encoding": "US-ASCII"}, {"encoding": "nope"}, {"charset": "UTF-16LE"}, {"lineSep": "|"}, {"lineSep": "\r\n"}, {"lineSep": ""}, {"pretty": "true"},
                {"writeNonAsciiCharacterAsCodePoint": "true"}, {"dateFormat": "d MMMM yyyy", "locale": "fr-FR"}, {"dateFormat": "EEEE", "locale": "de-DE"}, {"dateFormat": "YYYY"}, {"compression": "nope"}, {"ignoreNullFields": "x"}, {"timestampFormat": "yyyy", "dateFormat": "yyyy", "timestampNTZFormat": "yyyy"}, {"lineSep": "|", "encoding": "UTF-16"}]:
    write(ROW, options)
write("SELECT map(1, 'a', 2, 'b') AS i, map(true, 1) AS b, map(1.50BD, 1) AS c, map(DATE'2020-01-01', 1) AS d, map(TIMESTAMP'2020-01-01 00:00:00', 1) AS t, map(1.5D, 1) AS f, map('x', 1) AS s")
write("SELECT CAST('NaN' AS DOUBLE) AS n, CAST('Infinity' AS FLOAT) AS i, 1e10D AS d, 1.5F AS f, 1e-7D AS s, CAST(1.50 AS DECIMAL(10,3)) AS c, X'00ff' AS b, 1Y AS t, 123456789012L AS l")
write("SELECT parse_json('{\"b\":1,\"a\":[1,null,\"x\"]}') AS v, TIME'12:30:15.5' AS t")
write("SELECT TIME'12:30:15.5' AS t", {"timeFormat": "HH:mm"})
write("SELECT INTERVAL '1 02:03:04' DAY TO SECOND AS d, INTERVAL '1-2' YEAR TO MONTH AS y")
write("SELECT INTERVAL '1' MONTH + INTERVAL '2' DAY AS c")
write("SELECT make_interval(1,2,3) AS c")
write("SELECT NULL AS n, 1 AS a")
write("SELECT NULL AS n, 1 AS a", {"ignoreNullFields": "false"})
write("SELECT 1 AS a, 2 AS A")
write("SELECT 'a' AS `x.y`, 'b' AS `q\"z`")

folder = tempfile.mkdtemp()
paths = {}
for name, text in TEXTS.items():
    paths[name] = os.path.join(folder, name.replace(" ", "_") + ".json")
    with open(paths[name], "wb") as file: file.write(base64.b64decode(text) if name in B64 else text.encode())

def condition(error):
    """The innermost condition that the error names."""
    found = re.findall(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]", str(error))
    return next((name for name in found if name.startswith("MALFORMED")), found[0] if found else "other")

for case in reads:
    reader = spark.read.format("json").options(**case["options"])
    try:
        if case["schema"] is not None: reader = reader.schema(case["schema"])
        table = reader.load(paths[case["name"]])
        fields = table.schema.fields
        # all columns are read: the record of a bad line is only in that column where others are asked for
        rows = table.select(*[to_json(col("`" + f.name + "`")).alias(f.name) if isinstance(f.dataType, VariantType) else col("`" + f.name + "`").cast("string") for f in fields]).collect() if fields else [() for _ in range(0)]
        case["answer"] = {"schema": [[f.name, f.dataType.simpleString()] for f in fields], "rows": [list(row) for row in rows]}
    except Exception as error:
        case["answer"] = {"error": condition(error)}
for i, case in enumerate(writes):
    target = os.path.join(folder, f"out{i}")
    try:
        spark.sql(case["sql"]).coalesce(1).write.format("json").options(**case["options"]).save(target)
        (file,) = glob.glob(target + "/part-*")
        case["answer"] = {"base64": base64.b64encode(open(file, "rb").read()).decode()}
    except Exception as error:
        case["answer"] = {"error": condition(error)}

lines = ["{", f' "recorded": {int(time.time())}, "spark": {json.dumps(spark.version)},', ' "texts": {']
lines += [",\n".join(f"  {json.dumps(name)}: {json.dumps({'base64': text} if name in B64 else {'text': text}, ensure_ascii=False)}" for name, text in TEXTS.items()), " },", ' "reads": [']
lines += [",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in reads), " ],", ' "writes": [', ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in writes), " ]", "}"]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "json-answers.json"), "w") as file: file.write("\n".join(lines) + "\n")
print(len(reads), "read,", len(writes), "written")
spark.stop()
