/**
 * `read.format("state")`: the state of one operator as rows (key, value, partition_id), after any batch that the
 * checkpoint keeps; or what each batch changed in it. Columns and options are those of Spark's state data source. A
 * partition is a key group. The whole state of the operator is loaded for it, as a start of the query would.
 */
import { AnalysisError } from "../../base/errors.ts";
import type { CheckpointReading } from "../../checkpoint/inspect.ts";
import { Batch } from "../../columns/batch.ts";
import { constantVector } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import type { BatchReceiver, BatchTable, ReadRequest, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { StateChange, StateRows, StateStore, StateView } from "../../operators/state-view.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import { BIGINT, INT, STRING, field, struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { batchToRead, changesOf, keptBatches, loadView, readSteadily, storeToRead } from "./checkpoint-state.ts";
import { batchUnavailable } from "./state-errors.ts";
import { endBeforeStart, stateOptions, type StateOptions } from "./state-options.ts";

interface Batches { readonly from: number; readonly to: number }

export async function stateTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  if (read.isStreaming) throw new AnalysisError({
    condition: "MILLRACE_BATCH_ONLY", sqlState: "0A000", message: "State is read as a table, not as a stream.", hint: "use read, and readChangeFeed for what changed",
  });
  const options = stateOptions(read.paths, read.options);
  // What the columns are, and which batches: fixed here, so that a frame shows the same each time it is collected.
  const { schema, batches } = await readSteadily(environment, options.path, async reading => {
    const { view, store } = storeToRead(reading, options);
    view.release();
    return { schema: options.changes === undefined ? stateSchema(store) : changeSchema(store), batches: batchesOf(reading, options) };
  });
  const description = `state ${options.path}`;
  const batch = (): BatchTable => ({
    schema, description, planBatch: async () => [batches],
    async read(split, request, receiver) {
      const source = new StateReader(options, schema, split as Batches, environment, request, receiver);
      try { await source.read(); } finally { source.release(); }
    },
  });
  return { name: `state.\`${options.path}\``, description, schema, isStreaming: false, replayable: true, fingerprint: { state: options.path }, batch };
}

/** Columns in front of partition_id, as Spark names them by what a store holds. */
function stateSchema({ key, value, layout = "value" }: StateStore): StructType {
  const last = field("partition_id", INT), grouping: StructType = { kind: "struct", fields: key.fields.slice(0, -1) };
  switch (layout) {
    case "value": return struct([field("key", key), field("value", value), last]);
    case "list": return struct([field("key", key), field("list_element", value), last]);
    case "map": return struct([field("key", grouping), field("user_map_key", key.fields.at(-1)!.type), field("user_map_value", value), last]);
    case "timers": case "whole": return struct([field("key", key), value.fields[0]!, last]);
  }
}

/** The columns of stateSchema. */
function stateColumns(rows: StateRows, { layout = "value" }: StateStore, { fields }: StructType): readonly Vector[] {
  const of = (column: number, children: readonly Vector[]): Vector => new Vector(fields[column]!.type, 0, 0, { children });
  switch (layout) {
    case "value": case "list": return [of(0, rows.keys), of(1, rows.values)];
    case "map": return [of(0, rows.keys.slice(0, -1)), rows.keys.at(-1)!, of(2, rows.values)];
    case "timers": case "whole": return [of(0, rows.keys), rows.values[0]!];
  }
}

const changeSchema = ({ key, value }: StateStore): StructType =>
  struct([field("batch_id", BIGINT), field("change_type", STRING), field("key", key), field("value", value), field("partition_id", INT)]);

function batchesOf(reading: CheckpointReading, { path, batchId, changes }: StateOptions): Batches {
  if (changes === undefined) {
    const one = batchToRead(reading, path, batchId);
    return { from: one, to: one };
  }
  const { from, to = reading.lastBatchId } = changes;
  if (to < from) throw endBeforeStart(to, from);
  const kept = keptBatches(reading);
  for (const id of [from, to]) if (id > kept.to || reading.changesOf(id) === undefined) throw batchUnavailable(id, path, `the state of batches ${kept.from} to ${kept.to} can be read, and the changes of those behind the oldest snapshot among them`);
  return { from, to };
}

/** One read: loads a view and hands its rows on. */
class StateReader {
  readonly #options: StateOptions;
  readonly #schema: StructType;
  readonly #batches: Batches;
  readonly #environment: ConnectorEnvironment;
  readonly #request: ReadRequest;
  readonly #receiver: BatchReceiver;
  readonly #arena = new Arena();
  #view: StateView | undefined;

  constructor(options: StateOptions, schema: StructType, batches: Batches, environment: ConnectorEnvironment, request: ReadRequest, receiver: BatchReceiver) {
    this.#options = options;
    this.#schema = schema;
    this.#batches = batches;
    this.#environment = environment;
    this.#request = request;
    this.#receiver = receiver;
  }

  async read(): Promise<void> {
    if (this.#options.changes === undefined) await this.#readState();
    else await this.#readChanges();
  }

  release(): void {
    this.#view?.release();
    this.#arena.release();
  }

  async #readState(): Promise<void> {
    const store = await readSteadily(this.#environment, this.#options.path, async reading => {
      const { view, store: opened } = this.#open(reading);
      await loadView(view, reading, this.#options.operatorId, batchToRead(reading, this.#options.path, this.#batches.to));
      return opened;
    });
    for (const rows of store.rows(this.#arena)) {
      const more = this.#push(rows, stateColumns(rows, store, this.#schema));
      this.#arena.reset();
      if (!more) return;
      await this.#pause();
    }
  }

  /** Batch by batch: those that came through stay, when the log moves under the next. */
  async #readChanges(): Promise<void> {
    const { path, operatorId } = this.#options;
    for (let batchId = this.#batches.from; batchId <= this.#batches.to; batchId++) {
      const { view, store, blocks } = await readSteadily(this.#environment, path, async reading => {
        const opened = this.#open(reading), places = changesOf(reading, operatorId, batchId), kept = keptBatches(reading);
        if (places === undefined) throw batchUnavailable(batchId, path, `batches ${kept.from} to ${kept.to} can be read`);
        if (opened.view.changesNeedState === true && batchId > 0) await loadView(opened.view, reading, operatorId, batchToRead(reading, path, batchId - 1));
        const bytes: Uint8Array[] = [];
        for (const place of places) bytes.push(await reading.readState(place));
        return { ...opened, blocks: bytes };
      });
      for (const block of blocks) {
        let more = true;
        view.changes(block, store, this.#arena, (rows, change) => { more &&= this.#push(rows, this.#changeColumns(rows, batchId, change)); });
        this.#arena.reset();
        if (view.changesNeedState === true) view.load(block);
        if (!more) return;
        await this.#pause();
      }
    }
  }

  #open(reading: CheckpointReading): { readonly view: StateView; readonly store: StateStore } {
    this.#view?.release();
    const opened = storeToRead(reading, this.#options);
    this.#view = opened.view;
    return opened;
  }

  #changeColumns(rows: StateRows, batchId: number, change: StateChange): readonly Vector[] {
    const arena = this.#arena, [, , key, value] = this.#schema.fields;
    return [
      constantVector(BIGINT, BigInt(batchId), arena), constantVector(STRING, change, arena), new Vector(key!.type, 0, 0, { children: rows.keys }),
      change === "delete" ? constantVector(value!.type, null, arena) : new Vector(value!.type, 0, 0, { children: rows.values }),
    ];
  }

  /** `columns`: all but partition_id. */
  #push(rows: StateRows, columns: readonly Vector[]): boolean {
    const { fields } = this.#schema, all = [...columns, constantVector(INT, rows.keyGroup, this.#arena)];
    const picked = this.#request.columns.map(name => fields.findIndex(other => other.name === name));
    return this.#receiver.push(new Batch({ kind: "struct", fields: picked.map(i => fields[i]!) }, picked.map(i => all[i]!), rows.count));
  }

  async #pause(): Promise<void> {
    this.#request.signal.throwIfAborted();
    await this.#receiver.ready?.();
  }
}
