/**
 * A schema that data was written with, one that it is read as, and a column: compiled to steps that write the column. Writer and
 * reader are matched by the rules of the specification (https://avro.apache.org/docs/1.12.0/specification/#schema-resolution);
 * what doesn't match is malformed where a value of it is met. Fields of records that the column lacks are gone over.
 */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { typeToSql, type StructType } from "../../types/data-type.ts";
import { ByteCursor } from "../binary/byte-cursor.ts";
import { Skipper, descend, leastBytes, readCount, readInt, readLength, type Step } from "./avro-bytes.ts";
import type { Constants } from "../binary/constants.ts";
import { defaultBytes } from "./defaults.ts";
import { failing, isPromoted, leafStep } from "./decode-values.ts";
import { avroSchemaText, nonNullBranches, type AvroField, type AvroMap, type AvroRecord, type AvroSchema, type AvroUnion } from "./schema.ts";
import { incompatible, widenedPair } from "./sql-types.ts";

/** Keys of one map that are compared one by one. */
const FEW_KEYS = 16;

export interface ResolveOptions {
  /** Fields of records and columns are matched by their places. */
  readonly byPosition: boolean;
}

export class Resolver {
  readonly #constants: Constants;
  readonly #options: ResolveOptions;
  readonly #skip = new Skipper();

  constructor(constants: Constants, options: ResolveOptions) {
    this.#constants = constants;
    this.#options = options;
  }

  /** @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA where the column can't hold what is read */
  step(written: AvroSchema, read: AvroSchema, column: VectorWriter): Step {
    if (written.kind === "union") {
      const steps = written.branches.map(branch => this.step(branch, read, column));
      if (steps.length === 2 && written.branches[0]!.kind === "null") return twoBranches(steps[0]!, steps[1]!);
      return cursor => (steps[readInt(cursor)] ?? cursor.fail("a union has no such branch"))(cursor);
    }
    if (read.kind === "union") return this.#toUnion(written, read, column);
    switch (read.kind) {
      case "record": return written.kind === "record" ? this.#record(written, read, column) : mismatched(written, read);
      case "array": {
        if (written.kind !== "array") return mismatched(written, read);
        if (column.type.kind !== "array") throw this.#cannot(read, column);
        return arrayStep(this.step(written.items, read.items, column.children[0]!), leastBytes(written.items), column);
      }
      case "map": {
        if (written.kind !== "map") return mismatched(written, read);
        if (column.type.kind !== "map" || column.type.key.kind !== "string") throw this.#cannot(read, column);
        return this.#map(written, this.step(written.values, read.values, column.children[1]!), column);
      }
      default: {
        if (written.kind === "record" || written.kind === "array" || written.kind === "map") return mismatched(written, read);
        if (written.kind !== read.kind && !isPromoted(written.kind, read.kind)) return mismatched(written, read);
        if (written.kind === "enum" && read.kind === "enum" && !sameName(written, read)) return mismatched(written, read);
        if (written.kind === "fixed" && read.kind === "fixed" && (!sameName(written, read) || written.size !== read.size)) return mismatched(written, read);
        return leafStep(written, read, column, this.#constants);
      }
    }
  }

  #toUnion(written: Exclude<AvroSchema, AvroUnion>, read: AvroUnion, column: VectorWriter): Step {
    const branch = branchFor(written, read);
    if (branch === undefined) return mismatched(written, read);
    const branches = nonNullBranches(read);
    if (branch.kind === "null") return () => column.null();
    if (branches.length === 1 || widenedPair(branches)?.kind === column.type.kind) return this.step(written, branch, column);
    if (column.type.kind !== "struct" || column.type.fields.length !== branches.length) throw this.#cannot(read, column);
    const place = branches.indexOf(branch), member = this.step(written, branch, column.children[place]!);
    const others = column.children.filter((_, i) => i !== place);
    return cursor => {
      member(cursor);
      for (const other of others) other.null();
      column.close();
    };
  }

  #record(written: AvroRecord, read: AvroRecord, column: VectorWriter): Step {
    if (column.type.kind !== "struct") throw this.#cannot(read, column);
    const wanted = this.#fieldsOf(read, column.type), steps: Step[] = [], found = new Set<AvroField>();
    for (const field of written.fields) {
      const target = read.fields.find(f => f.name === field.name && !found.has(f)) ?? read.fields.find(f => f.aliases.includes(field.name) && !found.has(f));
      const place = target === undefined ? -1 : wanted.indexOf(target);
      if (target !== undefined) found.add(target);
      steps.push(place < 0 ? this.#skip.step(field.schema) : this.step(field.schema, target!.schema, column.children[place]!));
    }
    for (const field of read.fields) {
      if (found.has(field)) continue;
      const place = wanted.indexOf(field);
      if (!("default" in field)) steps.push(failing(`the field ${field.name} is missing, and has no default`));
      else if (place >= 0) steps.push(this.#default(field, column.children[place]!));
    }
    wanted.forEach((field, place) => {
      if (field !== undefined) return;
      const child = column.children[place]!;
      steps.push(() => child.null());
    });
    return cursor => {
      descend(cursor);
      for (let i = 0; i < steps.length; i++) steps[i]!(cursor);
      column.close();
      cursor.depth--;
    };
  }

  /** The field that each column is read from. */
  #fieldsOf(read: AvroRecord, { fields }: StructType): readonly (AvroField | undefined)[] {
    return fields.map((field, i) => {
      if (this.#options.byPosition) return read.fields[i];
      const name = field.name.toLowerCase(), same = read.fields.filter(f => f.name.toLowerCase() === name), exact = same.find(f => f.name === field.name);
      if (exact === undefined && same.length > 1) throw incompatible(`Searching for '${field.name}' in the Avro schema ${read.fullName} gave ${same.length} matches. Candidates: [${same.map(f => f.name).join(", ")}]`);
      const match = exact ?? same[0];
      if (match === undefined && !field.nullable) throw incompatible(`Cannot find field '${field.name}' in the Avro schema ${read.fullName}`);
      return match;
    });
  }

  #default(field: AvroField, column: VectorWriter): Step {
    const constant = this.#constants.add(defaultBytes(field.schema, field.default)), step = this.step(field.schema, field.schema, column), cursor = new ByteCursor();
    return () => {
      cursor.over(constant.pointer, constant.bytes.length);
      step(cursor);
    };
  }

  /** Of a key that a map has twice the last value counts: such a map is read again without the others. */
  #map({ values }: AvroMap, value: Step, column: VectorWriter): Step {
    const [keys] = column.children as [VectorWriter, VectorWriter], least = 1 + leastBytes(values), skip = this.#skip.step(values);
    return cursor => {
      descend(cursor);
      const { at } = cursor, from = column.openFrom;
      let superseded: ReadonlySet<number> | undefined;
      for (;;) {
        let entry = 0;
        for (let count = readCount(cursor, least); count > 0; count = readCount(cursor, least)) {
          for (; count > 0; count--) {
            const length = readLength(cursor), pointer = cursor.take(length);
            if (superseded?.has(entry++) === true) skip(cursor);
            else {
              keys.bytes(pointer, length);
              value(cursor);
            }
          }
        }
        if (superseded !== undefined) break;
        superseded = repeatedKeys(keys, from);
        if (superseded === undefined) break;
        cursor.at = at;
        for (const child of column.children) child.truncate(from);
      }
      column.close();
      cursor.depth--;
    };
  }

  #cannot(read: AvroSchema, column: VectorWriter): Error {
    return incompatible(`Cannot convert Avro type ${avroSchemaText(read)} to SQL type ${typeToSql(column.type)}.`);
  }
}

const mismatched = (written: AvroSchema, read: AvroSchema): Step => failing(`${kindName(written)} can't be read as ${kindName(read)}`);
const kindName = (schema: AvroSchema): string => ("fullName" in schema ? `${schema.kind} ${schema.fullName}` : schema.kind);
type NamedSchema = AvroSchema & { readonly fullName: string; readonly name: string; readonly aliases: readonly string[] };
const sameName = (written: NamedSchema, read: NamedSchema): boolean => written.fullName === read.fullName || read.aliases.includes(written.fullName);

/** A union of null and something: what most fields are. */
function twoBranches(first: Step, second: Step): Step {
  return cursor => {
    const index = readInt(cursor);
    if (index === 1) second(cursor);
    else if (index === 0) first(cursor);
    else cursor.fail("a union has no such branch");
  };
}

function arrayStep(element: Step, least: number, column: VectorWriter): Step {
  return cursor => {
    descend(cursor);
    let total = 0;
    for (let count = readCount(cursor, least); count > 0; count = readCount(cursor, least)) {
      total += count;
      if (least === 0 && total > 1 << 20) cursor.fail("an array has too many elements");
      for (; count > 0; count--) element(cursor);
    }
    column.close();
    cursor.depth--;
  };
}

/** The branch of a reader's union that a value is read as: the same type, else one that it fits, else one that it is promoted to. */
function branchFor(written: Exclude<AvroSchema, AvroUnion>, read: AvroUnion): AvroSchema | undefined {
  const { branches } = read, same = branches.filter(branch => branch.kind === written.kind);
  if ("fullName" in written) {
    const named = same.filter((branch): branch is AvroSchema & NamedSchema => "fullName" in branch);
    return named.find(branch => sameName(written, branch)) ?? named.find(branch => branch.name === written.name) ?? (written.kind === "record" ? named[0] : undefined);
  }
  return same[0] ?? (written.kind === "array" || written.kind === "map" ? undefined : branches.find(branch => isPromoted(written.kind, branch.kind as "int")));
}

/** The entries from `from` on whose key comes again behind them; undefined if none does. */
function repeatedKeys(keys: VectorWriter, from: number): Set<number> | undefined {
  const count = keys.length - from;
  if (count < 2) return undefined;
  let found: Set<number> | undefined;
  if (count <= FEW_KEYS) {
    for (let i = 0; i < count - 1; i++) for (let j = i + 1; j < count; j++) if (keys.equal(from + i, from + j)) { (found ??= new Set()).add(i); break; }
    return found;
  }
  const last = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const key = keys.latin1(from + i), before = last.get(key);
    if (before !== undefined) (found ??= new Set()).add(before);
    last.set(key, i);
  }
  return found;
}
