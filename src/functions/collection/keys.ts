/** Values as keys of JavaScript maps and sets: equal values have equal keys (NaN, -0.0, nested values, DECIMALs of one scale). */
import type { Cell, MapCell } from "../../types/cell.ts";
import type { SqlSettings } from "../../plan/function.ts";
import type { DataType } from "../../types/data-type.ts";
import { executionError } from "../errors.ts";

export type KeyOf = (cell: Cell) => string | number | bigint | boolean | null;

export function keyOf(type: DataType): KeyOf {
  switch (type.kind) {
    case "float": case "double": return cell => (cell === null ? null : (cell as number) + 0);
    case "binary": return cell => (cell === null ? null : Buffer.from(cell as Uint8Array).toString("hex"));
    case "array": case "struct": case "map": case "calendar_interval": case "variant": return cell => (cell === null ? null : text(type, cell));
    default: return cell => cell as ReturnType<KeyOf>;
  }
}

function text(type: DataType, cell: Cell): string {
  if (cell === null) return "n";
  switch (type.kind) {
    case "array": return `[${(cell as readonly Cell[]).map(item => text(type.element, item)).join(",")}]`;
    case "struct": return `{${type.fields.map((f, i) => text(f.type, (cell as readonly Cell[])[i]!)).join(",")}}`;
    case "map": return `<${(cell as MapCell).entries.map(([k, v]) => `${text(type.key, k)}:${text(type.value, v)}`).join(",")}>`;
    case "calendar_interval": { const { months, days, micros } = cell as { months: number; days: number; micros: bigint }; return `${months}/${days}/${micros}`; }
    case "variant": return JSON.stringify(cell, (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v));
    default: return JSON.stringify(String(keyOf(type)(cell)));
  }
}

/** Puts entries together as a map. @throws ExecutionError NULL_MAP_KEY, DUPLICATED_MAP_KEY (unless the later value shall win) */
export function makeMap(keyType: DataType, entries: Iterable<readonly [Cell, Cell]>, conf: SqlSettings["conf"]): MapCell {
  const key = keyOf(keyType), found = new Map<ReturnType<KeyOf>, [Cell, Cell]>();
  for (const [k, v] of entries) {
    if (k === null) throw executionError("NULL_MAP_KEY", "2200E", "Cannot use null as map key.");
    const id = key(k), before = found.get(id);
    if (before === undefined) found.set(id, [typeof k === "number" ? k + 0 : k, v]);
    else if (conf.get("spark.sql.mapKeyDedupPolicy")?.toUpperCase() === "LAST_WIN") before[1] = v;
    else {
      throw executionError("DUPLICATED_MAP_KEY", "23505", `Duplicate map key ${String(k)} was found, please check the input data. If you want to remove the duplicated keys, you can set "spark.sql.mapKeyDedupPolicy" to "LAST_WIN" so that the key inserted at last takes precedence.`,
        { key: String(k), mapKeyDedupPolicy: "\"spark.sql.mapKeyDedupPolicy\"" });
    }
  }
  return { entries: [...found.values()] };
}
