/** Catches a stream joined with a table that misses a change of the table, or reads it again although nothing changed. */
import assert from "node:assert/strict";
import test from "node:test";
import { batchesOf } from "../columns/row-batches.ts";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import type { BatchTable, Table } from "../io/source.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { localEngine } from "./local-engine.ts";
import type { Source } from "./reader.ts";
import { bigint, schema, string, structTypeOf } from "./schema.ts";
import { createSession } from "./session.ts";

const Row = schema({ id: bigint().notNull(), name: string() });
interface Row { id: bigint; name: string | null }

/** A table that is changed from outside, and counts how often it is read. */
class ChangingTable implements Table {
  readonly name = "changing";
  readonly description = "changing";
  readonly schema = structTypeOf(Row);
  readonly isStreaming = false;
  readonly replayable = true;
  readonly fingerprint = null;
  readonly versioned: boolean;
  rows: (readonly Cell[])[] = [];
  version = 0;
  reads = 0;

  constructor(versioned: boolean) { this.versioned = versioned; }

  batch(): BatchTable {
    return {
      schema: this.schema, description: this.name, splitsAreVersioned: this.versioned,
      planBatch: async () => [this.version],
      read: async (_split, { columns }, receiver) => {
        this.reads++;
        const arena = new Arena();
        for (const batch of batchesOf(this.schema, this.rows, arena, { columns })) receiver.push(batch);
        arena.release();
      },
    };
  }
}

for (const versioned of [true, false]) {
  test(`a table beside a stream is read ${versioned ? "when it changed" : "for each batch when it can't tell"}`, async () => {
    await using mill = createSession({ timeZone: "UTC" }, localEngine);
    const before = linearMemory().inUseBytes, seen: string[] = [], stream = new MemoryTable("s", structTypeOf(Row)), table = new ChangingTable(versioned);
    const source = (of: Table) => Object.assign(of, { format: "memory", options: {} }) as unknown as Source<Row>;
    mill.readStream.from(source(stream)).createTempView("s");
    mill.read.from(source(table)).createTempView("t");
    const query = await mill.sql("SELECT s.id, t.name FROM s LEFT JOIN t ON s.id = t.id").writeStream.foreachBatch(async batch => {
      for (const row of await batch.collect()) seen.push(JSON.stringify(Object.values(row as object).map(String)));
    }).start();
    const run = async (...ids: bigint[]) => {
      stream.add(ids.map(id => [id, null]));
      await query.processAllAvailable();
    };
    table.rows = [[1n, "one, with a name of some length"]];
    await run(1n, 2n);
    await run(1n);
    assert.equal(table.reads, versioned ? 1 : 2);
    table.rows = [[1n, "uno"], [2n, "due"]];
    table.version++;
    await run(1n, 2n);
    assert.equal(table.reads, versioned ? 2 : 3);
    assert.deepEqual(seen, ['["1","one, with a name of some length"]', '["2","null"]', '["1","one, with a name of some length"]', '["1","uno"]', '["2","due"]']);
    await query.stop();
    assert.equal(linearMemory().inUseBytes, before);
  });
}
