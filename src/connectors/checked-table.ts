/** A table whose rows are judged as they are read: what fails is a bad record, or ends the query in mode FAILFAST. */
import { ExecutionError } from "../base/errors.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, selectedRows, vectorOf } from "../columns/cells.ts";
import { gather } from "../columns/gather.ts";
import type { BatchReceiver, ReadRequest, Split, Table } from "../io/source.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { isRefusal, type RowCheck, type RowRefusal } from "../plan/row-check.ts";
import type { Cell } from "../types/cell.ts";
import { struct, type StructType } from "../types/data-type.ts";
import { rowReader } from "../types/edge-values.ts";
import { stringify } from "../types/values.ts";

type Read = (split: Split, request: ReadRequest, receiver: BatchReceiver) => Promise<void>;

/** `table` has the columns that the check takes, and maybe more. */
export function checkedTable(table: Table, check: RowCheck, failFast: boolean): Table {
  const others = table.schema.fields.filter(one => !check.input.fields.some(other => other.name === one.name)), schema = struct([...check.output.fields, ...others]);
  const checked = (read: Read, where: string): Read => (split, request, receiver) => readChecked(read, { split, request, receiver, check, where, failFast });
  const { batch, stream } = table;
  return {
    name: table.name, description: table.description, schema, isStreaming: table.isStreaming, replayable: table.replayable, fingerprint: table.fingerprint,
    ...(table.hiddenColumns && { hiddenColumns: table.hiddenColumns }), ...(table.readLimit && { readLimit: table.readLimit }), ...(table.refresh && { refresh: table.refresh }),
    ...(batch !== undefined && { batch: () => { const inner = batch.call(table); return withRead(inner, { schema, read: checked(inner.read.bind(inner), table.description) }); } }),
    ...(stream !== undefined && { stream: context => { const { columns: _all, ...rest } = context, inner = stream.call(table, rest); return withRead(inner, { read: checked(inner.read.bind(inner), table.description) }); } }),
  };
}

/** The object with other members in the place of its own. */
const withRead = <T extends object>(inner: T, own: Partial<T>): T => new Proxy(inner, {
  get: (target, name) => {
    if (Object.hasOwn(own, name)) return own[name as keyof T];
    const value: unknown = Reflect.get(target, name, target);
    return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
  },
});

interface Checking { readonly split: Split; readonly request: ReadRequest; readonly receiver: BatchReceiver; readonly check: RowCheck; readonly where: string; readonly failFast: boolean }

async function readChecked(read: Read, { split, request, receiver, check, where, failFast }: Checking): Promise<void> {
  const { input, output } = check, beside = request.columns.filter(name => !output.fields.some(one => one.name === name)), columns = [...input.fields.map(one => one.name), ...beside];
  const arena = new Arena(), shown = rowReader(input), { u32 } = linearMemory();
  let seen = 0;
  const refuse = (row: readonly Cell[], { reason, column }: RowRefusal): void => {
    const raw = stringify(shown(row)) ?? "";
    if (failFast) throw new ExecutionError({
      condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", sqlState: "22023", message: `Malformed records are detected in record parsing: ${raw}.\nParse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
      messageParameters: { badRecord: raw, failFastMode: "FAILFAST" }, hint: reason,
    });
    const bytes = Buffer.from(raw);
    receiver.badRecord({ origin: where, offset: seen, length: bytes.length, reason, raw: bytes, ...(column !== undefined && { column }) });
  };
  const push = (batch: Batch): boolean => {
    const kept: number[] = [], rows: (readonly Cell[])[] = [];
    for (const row of selectedRows(batch)) {
      const cells = input.fields.map((_, i) => cellAt(batch.columns[i]!, row)), result = check.cells(cells);
      if (isRefusal(result)) refuse(cells, result);
      else {
        kept.push(row);
        rows.push(result);
      }
      seen++;
    }
    if (kept.length === 0) return true;
    const numbers = arena.allocate(4 * kept.length);
    u32.set(kept, numbers >>> 2);
    const schema: StructType = { kind: "struct", fields: [] };
    const vectors = request.columns.map(name => {
      const at = output.fields.findIndex(one => one.name === name);
      return at < 0 ? gather(batch.columns[columns.indexOf(name)]!, numbers, kept.length, arena) : vectorOf(output.fields[at]!.type, rows.map(row => row[at]!), arena);
    });
    const fields = request.columns.map((name, i) => output.fields.find(one => one.name === name) ?? { ...batch.schema.fields[columns.indexOf(name)]!, type: vectors[i]!.type });
    const more = receiver.push(new Batch({ ...schema, fields }, vectors, kept.length));
    arena.reset();
    return more;
  };
  try {
    await read(split, { columns, signal: request.signal }, { push, badRecord: record => receiver.badRecord(record), ...(receiver.ready !== undefined && { ready: () => receiver.ready!() }) });
  } finally {
    arena.release();
  }
}
