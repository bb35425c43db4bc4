/** `read.format("state-metadata")`: a row a store of each operator with state, as Spark's state metadata source has them. */
import { AnalysisError, MillraceError } from "../../base/errors.ts";
import type { OperatorFingerprint } from "../../checkpoint/types.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import type { Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import { openStateView } from "../../operators/open-state-view.ts";
import type { StateDescription } from "../../operators/state-view.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, INT, STRING, field, struct } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { batchToRead, keptBatches, readSteadily } from "./checkpoint-state.ts";
import { metadataOptions } from "./state-options.ts";

const SCHEMA = struct([
  field("operatorId", INT), field("operatorName", STRING), field("stateStoreName", STRING), field("numPartitions", INT),
  field("minBatchId", BIGINT), field("maxBatchId", BIGINT), field("operatorProperties", STRING),
]);

export async function stateMetadataTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  if (read.isStreaming) throw new AnalysisError({ condition: "MILLRACE_BATCH_ONLY", sqlState: "0A000", message: "What a checkpoint holds is read as a table, not as a stream.", hint: "use read" });
  const { path, batchId } = metadataOptions(read.paths, read.options), description = `state-metadata ${path}`;
  const rows = (): Promise<readonly (readonly Cell[])[]> => readSteadily(environment, path, async reading => {
    batchToRead(reading, path, batchId);
    const { from, to } = keptBatches(reading), partitions = Number(reading.constants["keyGroups"] ?? 256);
    return reading.query.operators.flatMap(operator => storesOf(operator).map(store =>
      [operator.operatorId, operator.name, store, partitions, BigInt(from), BigInt(to), operator.state === undefined ? "" : JSON.stringify(operator.state)]));
  });
  await rows(); // what is wrong with the path shows when the frame is made
  return {
    name: `\`state-metadata\`.\`${path}\``, description, schema: SCHEMA, isStreaming: false, replayable: true, fingerprint: { stateMetadata: path },
    batch: () => ({
      schema: SCHEMA, description, planBatch: async () => [null],
      async read(_split, request, receiver) {
        const arena = new Arena();
        try {
          for (const batch of batchesOf(SCHEMA, await rows(), arena, { columns: request.columns })) if (!receiver.push(batch)) return;
        } finally { arena.release(); }
      },
    }),
  };
}

/** One that can't be read is listed all the same. */
function storesOf({ state }: OperatorFingerprint): readonly string[] {
  if (state === undefined) return ["default"];
  try {
    const view = openStateView(state as StateDescription), names = view.stores.map(store => store.name);
    view.release();
    return names;
  } catch (error) {
    if (error instanceof MillraceError) return ["default"];
    throw error;
  }
}
