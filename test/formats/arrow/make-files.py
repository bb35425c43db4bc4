"""Writes files/, rare/ and expected.json: Arrow files and streams by pyarrow, of all types that are read, with what they hold; checks files that Millrace wrote.

    python make-files.py                  # with pyarrow
    python make-files.py check FOLDER     # rows of what Millrace wrote, by pyarrow and DuckDB, as JSON
"""
import datetime, decimal, json, os, sys
import pyarrow as pa, pyarrow.ipc as ipc
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "files")

def shown(v):
    if isinstance(v, bytes): return v.hex()
    if isinstance(v, datetime.datetime): return v.strftime("%Y-%m-%dT%H:%M:%S") + (f".{v.microsecond:06d}".rstrip("0") if v.microsecond else "") + ("Z" if v.tzinfo else "")
    if isinstance(v, datetime.date): return v.isoformat()
    if isinstance(v, datetime.timedelta): return round(v.total_seconds() * 1e6)
    if isinstance(v, decimal.Decimal): return format(v, "f")
    if isinstance(v, tuple): return [shown(x) for x in v]
    if isinstance(v, list): return [shown(x) for x in v]
    if isinstance(v, dict): return {k: shown(x) for k, x in v.items()}
    return v

if len(sys.argv) > 2:
    answers = {}
    for name in sorted(os.listdir(sys.argv[2])):
        if not name.endswith((".arrow", ".arrows")): continue
        with pa.OSFile(os.path.join(sys.argv[2], name)) as file:
            held = table = (ipc.open_file if name.endswith(".arrow") else ipc.open_stream)(file).read_all()
        table.validate(full=True)
        answers[name] = [shown(r) for r in table.to_pylist()]
        try:
            import duckdb
            answers[name + " in DuckDB"] = duckdb.sql("SELECT count(*), sum(id) FROM held").fetchall()[0]
        except ImportError: pass
    print(json.dumps(answers))
    sys.exit()

utc = datetime.timezone.utc
N = 70
def col(make, every=6): return [None if n % every == every - 1 else make(n) for n in range(N)]
base = datetime.datetime(2020, 1, 1)
COLUMNS = {
    "i8": (pa.int8(), col(lambda n: n - 35)), "i16": (pa.int16(), col(lambda n: n * 300)), "i32": (pa.int32(), col(lambda n: -n * 70000)), "i64": (pa.int64(), [n * 10 ** 12 for n in range(N)]),
    "u8": (pa.uint8(), col(lambda n: 186 + n)), "u16": (pa.uint16(), col(lambda n: 65535 - n)), "u32": (pa.uint32(), col(lambda n: 2 ** 32 - 1 - n)), "u64": (pa.uint64(), col(lambda n: 2 ** 53 - n)),
    "f16": (pa.float16(), None), "f32": (pa.float32(), col(lambda n: n / 4)), "f64": (pa.float64(), col(lambda n: n * 1.1)), "b": (pa.bool_(), col(lambda n: n % 3 == 0)),
    "s": (pa.string(), col(lambda n: ["", "x", "äöü€", "a text that is longer than twelve bytes"][n % 4])), "ls": (pa.large_string(), col(lambda n: f"large {n}")), "sv": (pa.string_view(), col(lambda n: "v" * n)),
    "raw": (pa.binary(), col(lambda n: bytes(range(n % 30)))), "fix": (pa.binary(3), col(lambda n: bytes([n, 0, 255]))), "bv": (pa.binary_view(), col(lambda n: bytes([n]) * (n % 20))),
    "dec": (pa.decimal128(10, 2), col(lambda n: decimal.Decimal(n * 12345 - 120000).scaleb(-2))), "wide": (pa.decimal128(38, 4), col(lambda n: decimal.Decimal(n * 10 ** 30 + 7).scaleb(-4, decimal.Context(prec=60)))),
    "d32": (pa.date32(), col(lambda n: datetime.date(1960, 1, 1) + datetime.timedelta(days=n * 99))), "d64": (pa.date64(), col(lambda n: datetime.date(1960, 1, 1) + datetime.timedelta(days=n * 99))),
    "ts_s": (pa.timestamp("s", "UTC"), col(lambda n: (base + datetime.timedelta(seconds=n * 1001)).replace(tzinfo=utc))), "ts_ms": (pa.timestamp("ms"), col(lambda n: base - datetime.timedelta(days=12000, milliseconds=n * 1001))),
    "ts_us": (pa.timestamp("us", "Europe/Paris"), None), "ts_ns": (pa.timestamp("ns"), col(lambda n: base + datetime.timedelta(microseconds=n * 1001))),
    "dur": (pa.duration("ms"), col(lambda n: datetime.timedelta(milliseconds=n * 1001 - 5000))),
    "list": (pa.list_(pa.string()), col(lambda n: [None if k % 3 == 2 else f"v{k}" for k in range(n % 5)])), "llist": (pa.large_list(pa.int32()), col(lambda n: list(range(n % 4)))), "flist": (pa.list_(pa.int16(), 2), col(lambda n: [n, None])),
    "map": (pa.map_(pa.string(), pa.int32()), None), "rec": (pa.struct([("x", pa.int32()), ("y", pa.list_(pa.struct([("z", pa.string())])))]), col(lambda n: {"x": n, "y": [{"z": f"z{n}"}] * (n % 3)})),
    "dict": (pa.dictionary(pa.int8(), pa.string()), col(lambda n: f"word number {n % 4}")), "ldict": (pa.list_(pa.dictionary(pa.int32(), pa.string())), col(lambda n: [f"w{n % 3}"])), "nothing": (pa.null(), [None] * N), "dec64": (pa.decimal64(12, 3) if hasattr(pa, "decimal64") else pa.decimal128(12, 3), col(lambda n: decimal.Decimal(n * 1001 - 5).scaleb(-3))),
}
arrays, expected = {}, {}
for name, (type, values) in COLUMNS.items():
    if name == "f16":
        import numpy
        values = [n / 8 for n in range(N)]; arrays[name] = pa.array(numpy.array(values, dtype="float16")); expected[name] = values; continue
    if name == "ts_us":
        values = col(lambda n: (base + datetime.timedelta(microseconds=n * 7)).replace(tzinfo=utc)); arrays[name] = pa.array(values, type=type); expected[name] = shown(values); continue
    if name == "map":
        pairs = col(lambda n: [(f"k{k}", k * n) for k in range(n % 3)]); arrays[name] = pa.array(pairs, type=type); expected[name] = [None if p is None else dict(p) for p in pairs]; continue
    arrays[name] = pa.array(values, type=type)
    expected[name] = shown(values)
table = pa.table(arrays)
os.makedirs(OUT, exist_ok=True)
for codec in [None, "lz4", "zstd"]:
    options = ipc.IpcWriteOptions(compression=codec)
    with pa.OSFile(os.path.join(OUT, f"file-{codec}.arrow"), "wb") as sink, ipc.new_file(sink, table.schema, options=options) as writer:
        for batch in table.to_batches(max_chunksize=40): writer.write_batch(batch)
    with pa.OSFile(os.path.join(OUT, f"stream-{codec}.arrows"), "wb") as sink, ipc.new_stream(sink, table.schema, options=options) as writer:
        for batch in table.to_batches(max_chunksize=40): writer.write_batch(batch)
# More than one block of LZ4, which point into each other.
big = pa.table({"id": pa.array(range(12000), pa.int64()), "s": pa.array([f"row {n % 100} of many" for n in range(12000)])})
with pa.OSFile(os.path.join(OUT, "big-lz4.arrow"), "wb") as sink, ipc.new_file(sink, big.schema, options=ipc.IpcWriteOptions(compression="lz4")) as writer: writer.write_table(big)
# Types of which few writers make use, and dictionaries that grow.
RARE = os.path.join(HERE, "rare")
os.makedirs(RARE, exist_ok=True)
ends = lambda type: pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 5], type), pa.array(["a", None, "a longer text of many bytes"]))
rare = pa.table({
    "runs16": ends(pa.int16()), "runs32": ends(pa.int32()), "runs64": ends(pa.int64()),
    "views": pa.ListViewArray.from_arrays(pa.array([4, 0, 0, 1, 2], pa.int32()), pa.array([2, 0, 3, 1, 0], pa.int32()), pa.array([10, 11, 12, 13, 14, None]), mask=pa.array([False, False, False, False, True])),
    "large": pa.array([["x"], ["y", None], None, [], ["z"]], pa.large_list_view(pa.string())), "deep": pa.array([[[1], []], [], None, [[2, 3]], [None]], pa.list_view(pa.list_view(pa.int32()))),
    "wide": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-99999999999999999999999999999999.50"), decimal.Decimal(0), decimal.Decimal("7.00")], pa.decimal256(38, 2)), "narrow": pa.array([decimal.Decimal("-1.25"), None, decimal.Decimal("2.50"), decimal.Decimal(0), decimal.Decimal(3)], pa.decimal256(10, 2)),
})
with pa.OSFile(os.path.join(RARE, "types.arrow"), "wb") as sink, ipc.new_file(sink, rare.schema) as writer: writer.write_table(rare)
with pa.OSFile(os.path.join(RARE, "too-wide.arrow"), "wb") as sink:
    table = pa.table({"d": pa.array([decimal.Decimal(2 ** 200)], pa.decimal256(76, 0))})
    with ipc.new_file(sink, table.schema) as writer: writer.write_table(table)
with pa.OSFile(os.path.join(RARE, "union.arrow"), "wb") as sink:
    table = pa.table({"id": pa.array([1, 2]), "u": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])])})
    with ipc.new_file(sink, table.schema) as writer: writer.write_table(table)
growing = pa.schema([("word", pa.dictionary(pa.int8(), pa.string()))])
with pa.OSFile(os.path.join(RARE, "growing.arrows"), "wb") as sink, ipc.new_stream(sink, growing, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
    for values, words in [([0, 1, None], ["a", "b"]), ([2, 0], ["a", "b", "a third word of the dictionary"]), ([3, 3], ["a", "b", "a third word of the dictionary", ""]), ([0, 1], ["b", "new"])]:
        writer.write_batch(pa.record_batch([pa.DictionaryArray.from_arrays(pa.array(values, pa.int8()), pa.array(words))], schema=growing))

rows = [{name: expected[name][n] for name in COLUMNS} for n in range(N)]
json.dump(rows, open(os.path.join(HERE, "expected.json"), "w"))
