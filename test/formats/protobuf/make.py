"""Writes cases.json: descriptors by protoc, messages by Google's library, and what they are as rows by the rules of Spark.

    python -m venv venv && venv/bin/pip install protobuf==7.36.2 grpcio-tools && venv/bin/python make.py
"""
import base64, json, os, random, tempfile
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

FILES = {
    "two.proto": """syntax = "proto2"; package t2;
message Inner { optional int32 n = 1; repeated string tags = 2; required bool ok = 3 [default = true]; }
message Two {
  required int32 id = 1; optional string name = 2 [default = "none\\"x"]; optional Color color = 3 [default = GREEN]; repeated int32 plain = 4; repeated sint64 packed = 5 [packed = true];
  optional Inner inner = 6; repeated Inner inners = 7; optional bytes raw = 8 [default = "a\\001b"]; optional double d = 9 [default = -inf]; optional group Part = 10 { optional int32 x = 1; optional string y = 2; }
  repeated group Parts = 11 { optional int32 z = 1; } enum Color { RED = 0; GREEN = 5; BLUE = -3; } optional uint64 big = 12 [default = 18446744073709551615]; optional float f = 13; repeated Color colors = 14; map<string, Color> by = 15;
}""",
    "three.proto": """syntax = "proto3"; package t3;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/any.proto";
enum Kind { NONE = 0; SOME = 1; ALL = 2; SAME = -1; }
message All {
  double a = 1; float b = 2; int32 c = 3; int64 d = 4; uint32 e = 5; uint64 f = 6; sint32 g = 7; sint64 h = 8; fixed32 i = 9; fixed64 j = 10; sfixed32 k = 11; sfixed64 l = 12; bool m = 13; string n = 14; bytes o = 15; Kind p = 16;
  optional int32 oc = 17; optional string on = 18; optional Kind op = 19;
  repeated double ra = 20; repeated int32 rc = 21; repeated int64 rd = 22; repeated sint32 rg = 23; repeated bool rm = 24; repeated string rn = 25; repeated bytes ro = 26; repeated Kind rp = 27; repeated fixed32 ri = 28; repeated int32 loose = 29 [packed = false];
  map<string, int32> ms = 30; map<int32, Sub> mm = 31; map<bool, Kind> mk = 32; map<sint64, bytes> mb = 33;
  oneof choice { int32 x = 34; string y = 35; Sub z = 36; }
  Sub sub = 37; repeated Sub subs = 38; google.protobuf.Timestamp ts = 39; google.protobuf.Duration du = 40; repeated google.protobuf.Timestamp tss = 41; google.protobuf.Any any = 42; int32 far = 100000;
}
message Sub { int32 v = 1; Sub2 deeper = 2; repeated int32 list = 3; }
message Sub2 { string t = 1; google.protobuf.Timestamp at = 2; }
message Wrapped { google.protobuf.BoolValue a = 1; google.protobuf.Int32Value b = 2; google.protobuf.UInt32Value c = 3; google.protobuf.Int64Value d = 4; google.protobuf.UInt64Value e = 5; google.protobuf.StringValue f = 6; google.protobuf.BytesValue g = 7; google.protobuf.FloatValue h = 8; google.protobuf.DoubleValue i = 9; repeated google.protobuf.Int32Value j = 10; }
message Tree { int32 v = 1; Tree left = 2; repeated Tree rest = 3; map<string, Tree> named = 4; }
message Empty {} message HasEmpty { Empty e = 1; int32 v = 2; }
""",
    "editions.proto": """edition = "2023"; package te;
option features.field_presence = IMPLICIT;
message Ed { int32 a = 1; int32 b = 2 [features.field_presence = EXPLICIT]; int32 c = 3 [features.field_presence = LEGACY_REQUIRED]; Part part = 4 [features.message_encoding = DELIMITED]; repeated int32 loose = 5 [features.repeated_field_encoding = EXPANDED]; Shut shut = 6 [features.field_presence = EXPLICIT]; string text = 7 [features.utf8_validation = NONE]; }
message Part { int32 x = 1; repeated Part parts = 2 [features.message_encoding = DELIMITED]; }
enum Shut { option features.enum_type = CLOSED; OFF = 3; ON = 4; }
""",
}
R = random.Random(7)

def compile_all():
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            open(os.path.join(folder, name), "w").write(text)
        import grpc_tools
        out = os.path.join(folder, "out.desc")
        assert protoc.main(["", "-I" + folder, "-I" + os.path.join(os.path.dirname(grpc_tools.__file__), "_proto"), "--include_imports", "--descriptor_set_out=" + out, *[os.path.join(folder, n) for n in FILES]]) == 0
        return open(out, "rb").read()

BYTES = compile_all()
POOL = descriptor_pool.DescriptorPool()
for one in descriptor_pb2.FileDescriptorSet.FromString(BYTES).file:
    POOL.Add(one)
def make(name): return message_factory.GetMessageClass(POOL.FindMessageTypeByName(name))

INTS = {1: None, 3: (64, True), 4: (64, False), 5: (32, True), 6: (64, False), 7: (32, False), 13: (32, False), 15: (32, True), 16: (64, True), 17: (32, True), 18: (64, True)}

def value(f, depth):
    t = f.type
    if t in (1, 2): return float(R.choice([0, 1.5, -2.25, 1e9, 3.0]))
    if t in INTS:
        bits, signed = INTS[t]
        v = R.choice([0, 1, 127, 128, 300, 2 ** (bits - 1) - 1, R.getrandbits(bits - 1)])
        if signed and R.random() < 0.5: v = -v - 1
        if not signed and R.random() < 0.3: v = 2 ** bits - 1 - v
        return v
    if t == 8: return R.random() < 0.5
    if t == 9: return R.choice(["", "x", "a text that is longer than twelve bytes", "äöü€"])
    if t == 12: return bytes(R.randrange(256) for _ in range(R.randrange(20)))
    if t == 14: return R.choice(f.enum_type.values).number
    return fill(message_factory.GetMessageClass(f.message_type)(), depth + 1)

def fill(m, depth=0):
    d = m.DESCRIPTOR
    if d.full_name == "google.protobuf.Timestamp":
        m.seconds = R.choice([0, 1, 1700000000, -5]); m.nanos = R.choice([0, 1000, 999999000, 123456000]); return m
    if d.full_name == "google.protobuf.Duration":
        m.seconds = R.choice([0, 1, 86400, -5]); m.nanos = R.choice([0, 1000, 999999000]) * (-1 if m.seconds < 0 else 1); return m
    for f in d.fields:
        if f.type in (10, 11) and depth > 2 and not f.is_required: continue
        if f.is_repeated:
            if R.random() < 0.4: continue
            if f.message_type is not None and f.message_type.GetOptions().map_entry:
                k, v = f.message_type.fields_by_name["key"], f.message_type.fields_by_name["value"]
                target = getattr(m, f.name)
                for _ in range(R.randrange(4)):
                    key = value(k, depth)
                    if v.message_type is not None: target[key].CopyFrom(value(v, depth))
                    else: target[key] = value(v, depth)
            else:
                target = getattr(m, f.name)
                for _ in range(R.randrange(4)):
                    if f.message_type is not None: target.add().CopyFrom(value(f, depth))
                    else: target.append(value(f, depth))
        elif f.is_required or R.random() < 0.6:
            if f.message_type is not None: getattr(m, f.name).CopyFrom(value(f, depth))
            else: setattr(m, f.name, value(f, depth))
    return m

def enum_name(f, n):
    found = [v.name for v in f.enum_type.values if v.number == n]
    return found[0] if found else f"UNKNOWN_ENUM_VALUE_{f.enum_type.name}_{n}"

class Rules:
    def __init__(self, emit=False, ints=False, upcast=False, unwrap=False, depth=-1):
        self.emit, self.ints, self.upcast, self.unwrap, self.depth = emit, ints, upcast, unwrap, depth

    def one(self, f, v, above):
        t = f.type
        if t in INTS and t != 1:
            bits, _ = INTS[t]
            if t in (4, 13) and self.upcast: return v
            return v - 2 ** bits if v >= 2 ** (bits - 1) else v
        if t == 12: return base64.b64encode(v).decode()
        if t == 14: return v if self.ints else enum_name(f, v)
        if t in (10, 11):
            n = f.message_type.name
            if n in ("Timestamp", "Duration"): return v.seconds * 1000000 + int(v.nanos / 1000)
            if self.unwrap and f.message_type.full_name.startswith("google.protobuf.") and n.endswith("Value"): 
                inner = f.message_type.fields[0]
                return self.one(inner, v.value, above) if v.value or self.emit or v.ByteSize() else None
            return self.row(v, above)
        if t in (1, 2) and v in (float("inf"), float("-inf")): return "Infinity" if v > 0 else "-Infinity"
        return v

    def row(self, m, above=None):
        """Fields by name; those that are dropped as they lie in themselves too often are left out."""
        d = m.DESCRIPTOR
        above = dict(above or {})
        above[d.full_name] = above.get(d.full_name, 0) + 1
        out = {}
        for f in d.fields:
            mt = f.message_type
            inner = mt.fields_by_name["value"].message_type if mt is not None and mt.GetOptions().map_entry else mt
            if inner is not None and above.get(inner.full_name, 0) >= max(self.depth, 1): continue
            if inner is not None and inner.full_name == "t3.Empty": continue
            if f.is_repeated:
                got = getattr(m, f.name)
                if mt is not None and mt.GetOptions().map_entry:
                    k, v = mt.fields_by_name["key"], mt.fields_by_name["value"]
                    out[f.name] = sorted([[self.one(k, a, above), self.one(v, b, above)] for a, b in got.items()], key=lambda e: json.dumps(e[0]))
                else: out[f.name] = [self.one(f, x, above) for x in got]
            elif f.has_presence: out[f.name] = self.one(f, getattr(m, f.name), above) if m.HasField(f.name) or f.has_default_value else None
            else:
                v = getattr(m, f.name)
                isdef = v == f.default_value
                out[f.name] = self.one(f, v, above) if not isdef or self.emit else None
        return out

cases = []
SETS = [({}, Rules()), ({"emit.default.values": "true"}, Rules(emit=True)), ({"enums.as.ints": "true", "upcast.unsigned.ints": "true"}, Rules(ints=True, upcast=True))]
for name in ["t2.Two", "t3.All", "te.Ed"]:
    depth = 2 if name == "te.Ed" else -1
    for i in range(24):
        m = fill(make(name)()) if i > 0 else make(name)()
        if i == 0 and name == "t2.Two": m.id = 1
        if i == 0 and name == "te.Ed": m.c = 0
        options, rules = SETS[i % len(SETS)]
        rules = Rules(rules.emit, rules.ints, rules.upcast, rules.unwrap, depth)
        if depth > 0: options = {**options, "recursive.fields.max.depth": str(depth)}
        cases.append({"message": name, "options": options, "hex": m.SerializeToString(deterministic=True).hex(), "row": rules.row(m)})
for i in range(8):
    m = fill(make("t3.Wrapped")())
    cases.append({"message": "Wrapped", "options": {"unwrap.primitive.wrapper.types": "true"}, "hex": m.SerializeToString(deterministic=True).hex(), "row": Rules(unwrap=True).row(m)})
    cases.append({"message": "Wrapped", "options": {}, "hex": m.SerializeToString(deterministic=True).hex(), "row": Rules().row(m)})
for i in range(8):
    m = fill(make("t3.Tree")())
    for depth in (1, 2, 3):
        cases.append({"message": "Tree", "options": {"recursive.fields.max.depth": str(depth)}, "hex": m.SerializeToString(deterministic=True).hex(), "row": Rules(depth=depth).row(m)})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json"), "w") as out:
    out.write(json.dumps({"descriptor": base64.b64encode(BYTES).decode(), "cases": []})[:-2] + "\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")
