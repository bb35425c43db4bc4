/** Catches vectors that hold other values when they are put together than they held apart. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import { array, BIGINT, BOOLEAN, CALENDAR_INTERVAL, decimal, field, INT, map, STRING, struct, type DataType } from "../types/data-type.ts";
import { cellAt, vectorOf } from "./cells.ts";
import { concatenate, rowsFrom } from "./pieces.ts";

const seed = Number(process.env["MILLRACE_SEED"] ?? "11"), random = seededRandom(seed), below = (end: number): number => random.uint32() % end;

function cell(type: DataType): Cell {
  if (below(5) === 0) return null;
  switch (type.kind) {
    case "boolean": return below(2) === 0;
    case "int": return below(1000);
    case "bigint": case "decimal": return BigInt(below(1000));
    case "string": return "x".repeat(below(20));
    case "calendar_interval": return { months: below(9), days: 1, micros: 5n };
    case "array": return Array.from({ length: below(4) }, () => cell(type.element));
    case "map": return { entries: Array.from({ length: below(3) }, (_, i) => [i, cell(type.value)] as [Cell, Cell]) };
    case "struct": return type.fields.map(one => cell(one.type));
    default: throw new Error(type.kind);
  }
}

test("parts keep their values, also parts that are cut", () => {
  const types = [BOOLEAN, INT, BIGINT, decimal(30, 2), STRING, CALENDAR_INTERVAL, array(STRING), map(INT, array(INT)), struct([field("a", STRING), field("b", array(struct([field("c", BIGINT)])))])];
  for (const type of types) for (let run = 0; run < 20; run++) {
    const arena = new Arena(), parts = Array.from({ length: 1 + below(4) }, () => Array.from({ length: below(7) }, () => cell(type))), cuts = parts.map(part => below(part.length + 1));
    const made = concatenate(parts.map((part, i) => ({ vector: rowsFrom(vectorOf(type, part, arena), cuts[i]!), length: part.length - cuts[i]! })), arena), wanted = parts.flatMap((part, i) => part.slice(cuts[i]));
    assert.deepEqual(wanted.map((_, i) => cellAt(made, i)), wanted, `seed ${seed}, ${type.kind}`);
    arena.release();
  }
});
