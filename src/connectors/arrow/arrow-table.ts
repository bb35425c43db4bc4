/** Arrow data in memory as a table: what other libraries hand over. */
import { ArrowFile, readLayout } from "../../formats/arrow/arrow-file.ts";
import { sqlFieldOf } from "../../formats/arrow/arrow-schema.ts";
import type { FileBytes } from "../../formats/file-format.ts";
import type { Table } from "../../io/source.ts";
import { struct } from "../../types/data-type.ts";

/** @throws ExecutionError FAILED_READ_FILE.NO_HINT for bytes that are no Arrow file or stream */
export async function arrowTable(bytes: Uint8Array): Promise<Table> {
  const file: FileBytes = {
    path: "Arrow data", size: bytes.length, modifiedMicros: 0,
    read: async (offset, length, target = new Uint8Array(length)) => {
      if (offset < 0 || offset + length > bytes.length) throw new RangeError(`bytes ${offset} to ${offset + length} of Arrow data, which has ${bytes.length}`);
      target.set(bytes.subarray(offset, offset + length));
      return target;
    },
  };
  const layout = await readLayout(file), schema = struct(layout.fields.map(sqlFieldOf));
  return {
    name: "arrow", description: "Arrow data", schema, isStreaming: false, replayable: true, fingerprint: null,
    batch: () => ({
      schema, description: "Arrow data",
      planBatch: async () => [0],
      async read(_split, { columns, signal }, receiver) {
        const open = new ArrowFile(file, layout, struct(columns.map(name => schema.fields.find(one => one.name === name)!)));
        try {
          for await (const batch of open.batches(open.parts[0]!, signal)) {
            if (!receiver.push(batch)) return;
            await receiver.ready?.();
          }
        } finally {
          open.release();
        }
      },
    }),
  };
}
