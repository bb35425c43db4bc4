/** The view of remembered keys; the columns of the value are those that Spark keeps beside them. */
import { constantVector } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { StateTable } from "../state/state-table.ts";
import { BIGINT, VOID, type StructType } from "../types/data-type.ts";
import { describeFields, describedFields, type StateDescription } from "./state-view.ts";
import { TableView, type ReadableTable } from "./table-view.ts";

export const DEDUPLICATE = "deduplicate";
/** A word that says that the group was seen; within the watermark a second one, when it leaves. */
export const SEEN_BYTES = 8, EXPIRY_BYTES = 8;

/** A table of keys, by their types. `within`: with the time at which each leaves. */
export function deduplicateTable(key: StructType, within: boolean, options: { readonly logged?: boolean; readonly timeKey?: { readonly key: number; readonly field?: number | undefined } | undefined } = {}): StateTable {
  const { timeKey, logged = false } = options;
  return new StateTable({
    keyTypes: key.fields.map(field => field.type), logged, stateBytes: within ? SEEN_BYTES + EXPIRY_BYTES : SEEN_BYTES,
    stateSchema: within ? "deduplicate within watermark" : "deduplicate", ...(within ? { timeState: SEEN_BYTES } : timeKey && { timeKey }),
  });
}

/** `table`: the operator's own. */
export function deduplicateView(key: StructType, within: boolean, table?: StateTable): TableView {
  const value: StructType = { kind: "struct", fields: [within ? { name: "expiresAtMicros", type: BIGINT, nullable: true } : { name: "__dummy__", type: VOID, nullable: true }] };
  const readable = (of: StateTable): ReadableTable => ({
    table: of, release: () => of.release(),
    values(addresses, count, arena) {
      if (!within) return [constantVector(VOID, null, arena)];
      const data = arena.allocate(8 * count);
      kernels().gather64(addresses, count, of.stateOffset + SEEN_BYTES, data);
      return [new Vector(BIGINT, data, 0)];
    },
  });
  return new TableView({
    description: { kind: DEDUPLICATE, keys: describeFields(key), within }, key, value,
    ...(table !== undefined && { of: readable(table) }), make: () => readable(deduplicateTable(key, within)),
  });
}

export function openDeduplicateView(description: StateDescription): TableView {
  return deduplicateView(describedFields(description["keys"]), description["within"] === true);
}
