/** What joins of two streams share: inputs that end one after the other, rows kept of both, and what is counted of them. */
import type { Batch } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import type { Evaluator } from "../plan/function.ts";
import { JoinState, type JoinShape } from "../state/join-state.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { joinView } from "./join-view.ts";
import type { Operator } from "./operator.ts";
import type { StateView } from "./state-view.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";

/** Left, right. */
export type SideIndex = 0 | 1;

export interface StreamSide {
  readonly schema: StructType;
  readonly keys: readonly Evaluator[];
  /** The column that is a key as it stands, -1 for one that is computed. */
  readonly keyColumns: readonly number[];
}

export interface TwoStreamParts {
  readonly sides: readonly [StreamSide, StreamSide];
  readonly operatorId: () => number;
}

export abstract class TwoStreams implements StatefulOperator {
  readonly leftInput: Operator;
  readonly rightInput: Operator;
  protected readonly context: ExecutionContext;
  protected readonly next: Operator;
  protected readonly state: JoinState;
  /** As progress names it. */
  protected readonly name: string;
  readonly #operatorId: () => number;
  readonly #shape: JoinShape;
  #view: StateView | undefined;
  /** Inputs that ended in this batch. */
  protected finished = 0;
  /** Rows of this batch that were kept, that went, and that came too late. */
  protected updated = 0;
  protected removed = 0;
  protected late = 0;

  /** `groupBytes`: of a key's group, for the operator's own use. */
  constructor(name: string, { sides: [left, right], operatorId }: TwoStreamParts, context: ExecutionContext, next: Operator, groupBytes = 0) {
    this.name = name;
    this.#operatorId = operatorId;
    this.context = context;
    this.next = next;
    this.#shape = { keyTypes: left.keys.map(key => key.type), sides: [left.schema, right.schema], keyColumns: [left.keyColumns, right.keyColumns], ...(groupBytes > 0 && { groupBytes }) };
    this.state = new JoinState(this.#shape);
    const port = (side: SideIndex): Operator => ({ push: batch => this.take(side, batch), finish: () => this.finish() });
    this.leftInput = port(0);
    this.rightInput = port(1);
  }

  protected abstract take(side: SideIndex, batch: Batch): boolean;
  /** Both inputs have ended. */
  protected abstract settle(): void;
  abstract wantsBatch(watermarkMillis: number): boolean;

  get operatorId(): number { return this.#operatorId(); }
  get fingerprint(): string { return this.state.fingerprint; }
  get stateView(): StateView { return (this.#view ??= joinView(this.#shape, this.state)); }

  beginBatch(): void {
    this.state.beginBatch();
    this.finished = this.updated = this.removed = this.late = 0;
  }

  /** Rows come in through the two inputs. */
  push(batch: Batch): boolean { return this.leftInput.push(batch); }

  /** Called as each input ends. */
  finish(): void {
    if (++this.finished < 2) return;
    this.settle();
    this.next.finish();
  }

  changes(): readonly Uint8Array[] { return this.state.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.state.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void { this.state.load(block); }
  release(): void { this.state.release(); }

  metrics(): StateMetrics {
    const [left, right] = this.state.sides;
    return {
      operatorName: this.name, rowsTotal: left.count + right.count, rowsUpdated: this.updated, rowsRemoved: this.removed,
      rowsDroppedByWatermark: this.late, memoryBytes: this.state.bytes, lateRows: this.late,
    };
  }

  /** Columns as they are kept: behind those of the batch, keys that are computed. */
  protected keptColumns(side: SideIndex, batch: Batch, keys: readonly Vector[]): readonly Vector[] {
    const computed = this.state.computedKeys[side]!;
    return computed.length === 0 ? batch.columns : [...batch.columns, ...computed.map(key => keys[key]!)];
  }

  /** `passing`: rows that came in this batch, and so were never kept as far as it is concerned. */
  protected countRemoved(removed: number, passing: number): void {
    this.removed += removed - passing;
    this.updated -= passing;
  }
}
