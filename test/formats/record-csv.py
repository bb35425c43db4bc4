"""Asks real Spark what it reads from CSV under many options, and keeps the answers: python test/formats/record-csv.py (needs pyspark).

Writes csv-answers.json beside itself: a list of cases {text, options, schema, answer}. An answer is {schema, rows} with all values cast to
STRING, or {error} where reading fails."""
import base64, json, os, tempfile, time
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

spark = SparkSession.builder.master("local[1]").config("spark.driver.memory", "700m").config("spark.sql.session.timeZone", "UTC").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")

TEXTS = {
    "plain": "a,b,c\n1,x,true\n2,y,false\n\n3,,\n  \n4,z w,TRUE\n",
    "quotes": 'a,b\n"1","x,y"\n"2","he said ""hi"""\n3,"back\\"slash"\n4,""\n"5" ,"sp"\n6, "lead"\n7,"tail" x\n"8"9,"q"\n',
    "odd quotes": 'un"quoted,1\n"un"esc,2\n"open,3\n4,"x\n5,"\n6,"a""b\n"a"b"c",7\n"a"b,c",8\n"\\"",9\n"\\\\",10\n"a\\\\"b",11\nx",12\n"a" "b",13\n"a"  ,14\n"a"\t15,16\n',
    "counts": "1,2,3\n1,2\n1\n1,2,3,4\n,,\n,\nx\n",
    "spaces": " a , b ,c \n 1 ,2 , 3\n\t4\t,\t5,6\t\n , , \n\" q \" , \" r \",\" s\"\n7,  ,   \n",
    "nulls": "NA,1\n\"NA\",2\n,3\nNULL,4\n\"\",5\n-,6\nEMPTY,7\n",
    "numbers": "1,1.5,1e3\n+2,-0.0,NaN\n003,.5,Inf\n-4,5.,-Inf\n9999999999,1d,Infinity\n 5,0x1p3,nan\n1_000,1f,-0\n2147483648,1e400,1E-400\n127,12345678901234567890,0.1\n",
    "decimals": "1.25,12345678901234567890123456789012345678\n-3.456,1\n\"1,234.5\",2\n1e2,3\n 4,5\n99999999999,0.5\n.5,5.\n",
    "dates": "2020-01-02,2020-01-02 03:04:05\n2020-1-2,2020-01-02T03:04:05.678Z\n2020,2020-01-02\n02/01/2020,02/01/2020 03:04\n2020-02-30,2020-13-01\n2020-01-02x,12:30\n2020-01-02T00,2020-01-02 03:04:05+02:00\n",
    "dates only": "d,n\n2020-01-02,1\n2021-03-04,2\n",
    "moments": "t\n2020-01-02 03:04:05\n2020-01-02T03:04:05\n",
    "zoned moments": "t\n2020-01-02 03:04:05Z\n2020-01-02T03:04:05+01:00\n",
    "dates and moments": "t\n2020-01-02\n2020-01-02T03:04:05\n",
    "moments and dates": "t\n2020-01-02T03:04:05\n2020-01-02\n",
    "european": "d,t\n02/01/2020,02/01/2020 03:04\n03/01/2020,03/01/2020 05:06\n",
    "comments": "#c\na,b\n#1,2\n 3,4\n5,#6\n\"#7\",8\n",
    "windows": "a,b\r\n1,x\r\n2,\"y\"\r\n",
    "mac": "a,b\r1,x\r2,y\r",
    "lines in quotes": 'a,b\n1,"x\ny"\n2,"p\n\nq"\n3,z\n',
    "lines in quotes, windows": 'a,b\r\n1,"x\r\ny"\r\n2,"p\nq"\r\n3,z\r\n',
    "open at the end": 'a,b\n1,x\n2,"open\n3,y\n',
    "no end": "a,b\n1,x\n2,",
    "no end, quoted": 'a,b\n1,x\n2,"y"',
    "semicolons": "a;b\n1;2,5\n3;\"x;y\"\n",
    "tabs": "a\tb\n1\t2\n3\t\"x\ty\"\n\t\n\"4\"\t5\n",
    "pairs": "a||b||c\n1||x|y||2\n\"3\"||\"p||q\"||4\n|||| \n5||\"r\" ||6\n7|8||9||10\n",
    "bars and lines": "a,b|1,x|2,\"y\nz\"|3,w\nv|",
    "header twice": "a,A,b,,b\n1,2,3,4,5\n",
    "latin1": base64.b64encode("a,b\né,ü\n".encode("latin-1")).decode(),
    "utf16": base64.b64encode("a,b\né,ü\n".encode("utf-16")).decode(),
    "broken": base64.b64encode(b"a,b\n\xff\xfe,x\n\xc3\xa9,\xe2\x82\n").decode(),
    "marked": base64.b64encode(b"\xef\xbb\xbfa,b\n1,2\n").decode(),
    "wide": ",".join(str(i) for i in range(30)) + "\n" + ",".join("v" for _ in range(30)) + "\n",
    "empty": "",
    "blank": "\n\n",
    "booleans": "true,1\nFALSE,0\nyes,t\nTrue,f\n",
    "mixed": "x,1\n1,1.5\n2.5,99999999999\n,2020-01-01\n",
    "ints then decimals": "1\n99999999999999999999\n5\n",
    "intervals": "INTERVAL '1 02:03:04' DAY TO SECOND,1-2\n",
    "escapes": "a,b\n\"x\\\"y\",1\n\"x\\ny\",2\n\"x\\\\\",3\n\"x\\\\\"\"y\",4\n\"x/\"y\",5\n'q','r,s'\n",
    "long": "a,b\n" + "x" * 40 + ",1\n2,3\n",
}
B64 = {"latin1", "utf16", "broken", "marked"}
QUOTED = ["quotes", "odd quotes", "escapes", "open at the end", "lines in quotes", "spaces", "tabs"]
cases = []
def add(text, options=None, schema=None): cases.append({"name": text, "options": options or {}, "schema": schema})

for text in TEXTS:
    add(text)
    add(text, {"header": "true", "inferSchema": "true"})
    add(text, {"inferSchema": "true"})
    add(text, {"multiLine": "true"})
for text in QUOTED:
    for handling in ["STOP_AT_DELIMITER", "STOP_AT_CLOSING_QUOTE", "BACK_TO_DELIMITER", "SKIP_VALUE", "RAISE_ERROR"]:
        for multi in ["false", "true"]: add(text, {"unescapedQuoteHandling": handling, "multiLine": multi}, "a STRING, b STRING, _corrupt_record STRING")
    for extra in [{"escape": '"'}, {"quote": ""}, {"quote": "'"}, {"escape": "/"}, {"escape": ""}, {"charToEscapeQuoteEscaping": "\\"}, {"charToEscapeQuoteEscaping": "/"}, {"escape": "/", "charToEscapeQuoteEscaping": "\\"},
                  {"ignoreLeadingWhiteSpace": "true"}, {"ignoreTrailingWhiteSpace": "true"}, {"ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"}, {"emptyValue": "E"}, {"nullValue": "N"}, {"nullValue": "N", "emptyValue": "E"}, {"multiLine": "true", "escape": '"'},
                  {"multiLine": "true", "ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"}, {"ignoreTrailingWhiteSpace": "true", "nullValue": "N", "emptyValue": "E"}]:
        add(text, extra, "a STRING, b STRING, _corrupt_record STRING")
for mode in ["PERMISSIVE", "DROPMALFORMED", "FAILFAST"]:
    for multi in ["false", "true"]:
        add("counts", {"mode": mode, "multiLine": multi}, "a INT, b INT, c INT")
        add("counts", {"mode": mode, "multiLine": multi}, "a INT, b INT, c INT, _corrupt_record STRING")
        add("counts", {"mode": mode, "multiLine": multi, "columnNameOfCorruptRecord": "bad"}, "bad STRING, a INT, b INT, c INT")
        add("plain", {"mode": mode, "multiLine": multi, "header": "true"}, "a INT, b STRING, c BOOLEAN")
for options in [{"nullValue": "NA"}, {"nullValue": "-"}, {"emptyValue": "EMPTY"}, {"nullValue": "NULL", "emptyValue": ""}, {"nullValue": "NA", "emptyValue": "NA"}]:
    add("nulls", options)
    add("nulls", options, "a STRING, b INT")
    add("nulls", {**options, "multiLine": "true"}, "a STRING, b INT")
for types in ["TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,0)", "STRING", "BOOLEAN", "BINARY"]:
    add("numbers", {}, f"a {types}, b {types}, c {types}, _corrupt_record STRING")
    add("decimals", {}, f"a {types}, b {types}, _corrupt_record STRING")
    add("booleans", {}, f"a {types}, b {types}, _corrupt_record STRING")
add("numbers", {"nanValue": "nan", "positiveInf": "Infinity", "negativeInf": "-0"}, "a DOUBLE, b DOUBLE, c DOUBLE")
add("decimals", {"locale": "de-DE"}, "a DECIMAL(10,2), b STRING, _corrupt_record STRING")
for types in ["DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "STRING"]:
    for options in [{}, {"dateFormat": "dd/MM/yyyy"}, {"timestampFormat": "dd/MM/yyyy HH:mm"}, {"timestampNTZFormat": "dd/MM/yyyy HH:mm"}, {"dateFormat": "yyyy-MM-dd", "timestampFormat": "yyyy-MM-dd HH:mm:ss", "enableDateTimeParsingFallback": "true"}, {"timeZone": "America/New_York"}, {"preferDate": "false"}]:
        add("dates", options, f"a {types}, b {types}, _corrupt_record STRING")
for text in ["dates", "dates only", "moments", "zoned moments", "dates and moments", "moments and dates", "european"]:
    for options in [{"preferDate": "false"}, {"dateFormat": "dd/MM/yyyy"}, {"dateFormat": "dd/MM/yyyy", "timestampFormat": "dd/MM/yyyy HH:mm"}, {"timestampFormat": "dd/MM/yyyy HH:mm"}, {"timestampNTZFormat": "dd/MM/yyyy HH:mm"}]:
        add(text, {"header": "true", "inferSchema": "true", **options})
for options in [{"comment": "#"}, {"comment": "#", "header": "true"}, {"comment": "#", "multiLine": "true"}, {"comment": "#", "multiLine": "true", "header": "true"}, {"comment": "#", "ignoreLeadingWhiteSpace": "true"}]: add("comments", options)
for options in [{"sep": ";"}, {"delimiter": ";"}, {"sep": ";", "header": "true", "inferSchema": "true"}]: add("semicolons", options)
for options in [{"sep": "\t"}, {"sep": "\\t"}, {"sep": "\t", "multiLine": "true"}, {"sep": "\t", "ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"}]: add("tabs", options)
for handling in ["STOP_AT_DELIMITER", "STOP_AT_CLOSING_QUOTE", "SKIP_VALUE"]:
    add("pairs", {"sep": "||", "unescapedQuoteHandling": handling})
for options in [{"multiLine": "true"}, {"ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": "true"}, {"header": "true"}]: add("pairs", {"sep": "||", **options})
for options in [{"lineSep": "|"}, {"lineSep": "|", "multiLine": "true"}, {"lineSep": "|", "header": "true"}]: add("bars and lines", options)
add("windows", {"lineSep": "\n"})
add("windows", {"lineSep": "\r\n"})
add("windows", {"lineSep": "\r\n", "multiLine": "true"})
add("plain", {"lineSep": "abc"})
add("plain", {"lineSep": ""})
for encoding in ["ISO-8859-1", "UTF-8", "US-ASCII"]: add("latin1", {"encoding": encoding, "header": "true"})
add("latin1", {"encoding": "ISO-8859-1", "multiLine": "true"})
add("utf16", {"encoding": "UTF-16", "multiLine": "true"})
add("utf16", {"encoding": "UTF-16", "lineSep": "\n", "header": "true"})
add("plain", {"encoding": "nope"})
add("wide", {"maxColumns": "29"})
add("wide", {"maxColumns": "30"})
add("long", {"maxCharsPerColumn": "39"}, "a STRING, b STRING")
add("long", {"maxCharsPerColumn": "40"}, "a STRING, b STRING")
add("plain", {"quote": "ab"})
add("plain", {"sep": ""})
add("plain", {"sep": "\\"})
add("plain", {"sep": "\\x"})
add("plain", {"unescapedQuoteHandling": "nope"})
add("plain", {}, "a INT, b ARRAY<INT>, c INT")
add("plain", {}, "a INT, _corrupt_record INT")
for schema in ["a INT, b STRING, c STRING", "A INT, B STRING, c STRING", "a INT, z STRING, c STRING", "a INT, b STRING"]: add("plain", {"header": "true", "enforceSchema": "false"}, schema)
add("intervals", {}, "a INTERVAL DAY TO SECOND, b INTERVAL YEAR TO MONTH")

folder = tempfile.mkdtemp()
answers, paths = [], {}
for name, text in TEXTS.items():
    paths[name] = os.path.join(folder, name.replace(" ", "_").replace(",", "") + ".csv")
    with open(paths[name], "wb") as file: file.write(base64.b64decode(text) if name in B64 else text.encode())
for case in cases:
    try:
        reader = spark.read.options(**case["options"])
        if case["schema"]: reader = reader.schema(case["schema"])
        frame = reader.csv(paths[case["name"]])
        fields = [[f.name, f.dataType.simpleString()] for f in frame.schema.fields]
        shown = frame.toDF(*[f"c{i}" for i in range(len(fields))])
        rows = [list(row) for row in shown.select([col(f"c{i}").cast("string") for i in range(len(fields))]).collect()] if fields else []
        answer = {"schema": fields, "rows": rows}
    except Exception as error:
        condition = getattr(error, "getCondition", lambda: None)()
        answer = {"error": condition or "other"}
    answers.append({**case, "answer": answer})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "csv-answers.json"), "w") as out:
    texts = {name: ({"base64": text} if name in B64 else {"text": text}) for name, text in TEXTS.items()}
    out.write('{"recorded":' + str(int(time.time())) + ',"texts":' + json.dumps(texts, ensure_ascii=False) + ',"cases":[\n' + ",\n".join(json.dumps(a, ensure_ascii=False) for a in answers) + "\n]}\n")
print(len(answers), "cases")
spark.stop()
