/** Defaults of fields in Avro's encoding. */
import { invalidSchema, avroSchemaText, type AvroSchema } from "./schema.ts";

/** The default of a field in Avro's encoding, by the schema of the field. @throws AnalysisError MILLRACE_INVALID_AVRO_SCHEMA */
export function defaultBytes(schema: AvroSchema, value: unknown): Uint8Array {
  const out: number[] = [];
  if (!write(schema, value, out, 0)) throw invalidSchema(`a default of ${JSON.stringify(value, (_k, v: unknown) => (typeof v === "bigint" ? String(v) : v))} doesn't fit`, avroSchemaText(schema));
  return Uint8Array.from(out);
}

/** False if the value is none of the schema; `out` may then have some of it. */
function write(schema: AvroSchema, value: unknown, out: number[], depth: number): boolean {
  if (depth > 100) return false;
  const object = typeof value === "object" && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined;
  switch (schema.kind) {
    case "null": return value === null;
    case "boolean": out.push(value === true ? 1 : 0); return typeof value === "boolean";
    case "int": case "long": {
      if (typeof value !== "bigint" && !(typeof value === "number" && Number.isInteger(value))) return false;
      const bits = schema.kind === "int" ? 32 : 64, number = BigInt(value);
      if (BigInt.asIntN(bits, number) !== number) return false;
      writeVarint(number, out);
      return true;
    }
    case "float": case "double": {
      const number = typeof value === "bigint" ? Number(value) : value === "NaN" ? NaN : value === "INF" || value === "Infinity" ? Infinity : value === "-INF" || value === "-Infinity" ? -Infinity : value;
      if (typeof number !== "number") return false;
      out.push(...new Uint8Array((schema.kind === "float" ? new Float32Array([number]) : new Float64Array([number])).buffer));
      return true;
    }
    case "string": {
      if (typeof value !== "string") return false;
      const bytes = Buffer.from(value);
      writeVarint(BigInt(bytes.length), out);
      for (const byte of bytes) out.push(byte);
      return true;
    }
    case "bytes": case "fixed": {
      // Each sign is one byte.
      if (typeof value !== "string" || (schema.kind === "fixed" && value.length !== schema.size)) return false;
      if (schema.kind === "bytes") writeVarint(BigInt(value.length), out);
      for (let i = 0; i < value.length; i++) out.push(value.charCodeAt(i) & 0xff);
      return true;
    }
    case "enum": {
      const index = schema.symbols.indexOf(value as string);
      if (index >= 0) writeVarint(BigInt(index), out);
      return index >= 0;
    }
    case "array":
      if (!Array.isArray(value)) return false;
      if (value.length > 0) writeVarint(BigInt(value.length), out);
      if (!value.every(item => write(schema.items, item, out, depth + 1))) return false;
      out.push(0);
      return true;
    case "map": {
      if (object === undefined) return false;
      const entries = Object.entries(object);
      if (entries.length > 0) writeVarint(BigInt(entries.length), out);
      if (!entries.every(([key, item]) => write({ kind: "string" }, key, out, depth) && write(schema.values, item, out, depth + 1))) return false;
      out.push(0);
      return true;
    }
    case "record":
      return object !== undefined && schema.fields.every(f => (Object.hasOwn(object, f.name) ? write(f.schema, object[f.name], out, depth + 1) : "default" in f && write(f.schema, f.default, out, depth + 1)));
    case "union": {
      const from = out.length;
      for (const [i, branch] of schema.branches.entries()) {
        out.length = from;
        writeVarint(BigInt(i), out);
        if (write(branch, value, out, depth + 1)) return true;
      }
      return false;
    }
  }
}

function writeVarint(value: bigint, out: number[]): void {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
}
