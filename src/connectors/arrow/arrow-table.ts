/** Arrow data in memory as a table: the bytes of a file or stream, or a table of apache-arrow or flechette. */
import type { Batch } from "../../columns/batch.ts";
import { ArrowFile, readLayout } from "../../formats/arrow/arrow-file.ts";
import { sqlFieldOf } from "../../formats/arrow/arrow-schema.ts";
import type { LibraryTable } from "../../formats/arrow/library-shapes.ts";
import { libraryBatches, libraryFields } from "../../formats/arrow/library-table.ts";
import type { FileBytes } from "../../formats/file-format.ts";
import type { Table } from "../../io/source.ts";
import { struct, type StructType } from "../../types/data-type.ts";

/** What a program hands over. */
export type ArrowInMemory = Uint8Array | ArrayBuffer | LibraryTable;

export const arrowDataTable = async (data: ArrowInMemory): Promise<Table> =>
  data instanceof Uint8Array ? await bytesTable(data) : data instanceof ArrayBuffer ? await bytesTable(new Uint8Array(data)) : libraryTable(data);

/** @throws ExecutionError FAILED_READ_FILE.NO_HINT for bytes that are no Arrow file or stream */
async function bytesTable(bytes: Uint8Array): Promise<Table> {
  const file: FileBytes = {
    path: "Arrow data", size: bytes.length, modifiedMicros: 0,
    read: async (offset, length, target = new Uint8Array(length)) => {
      if (offset < 0 || offset + length > bytes.length) throw new RangeError(`bytes ${offset} to ${offset + length} of Arrow data, which has ${bytes.length}`);
      target.set(bytes.subarray(offset, offset + length));
      return target;
    },
  };
  const layout = await readLayout(file);
  return tableOver(struct(layout.fields.map(sqlFieldOf)), async function* (wanted, signal) {
    const open = new ArrowFile(file, layout, wanted);
    try {
      yield* open.batches(open.parts[0]!, signal);
    } finally {
      open.release();
    }
  });
}

/** @throws AnalysisError MILLRACE_UNSUPPORTED, ExecutionError MILLRACE_MALFORMED_ARROW */
function libraryTable(table: LibraryTable): Table {
  const fields = libraryFields(table);
  return tableOver(struct(fields.map(sqlFieldOf)), (wanted, signal) => libraryBatches(table, fields, wanted, signal));
}

function tableOver(schema: StructType, batches: (wanted: StructType, signal: AbortSignal) => Iterable<Batch> | AsyncIterable<Batch>): Table {
  return {
    name: "arrow", description: "Arrow data", schema, isStreaming: false, replayable: true, fingerprint: null,
    batch: () => ({
      schema, description: "Arrow data",
      planBatch: async () => [0],
      async read(_split, { columns, signal }, receiver) {
        for await (const batch of batches(struct(columns.map(name => schema.fields.find(one => one.name === name)!)), signal)) {
          if (!receiver.push(batch)) return;
          await receiver.ready?.();
        }
      },
    }),
  };
}
