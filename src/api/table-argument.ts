/** asTable(): a frame as the argument of a table function, which is called for each of its partitions. */
import type { PartitionedCall } from "../plan/relations.ts";
import type { Expr } from "./column.ts";
import type { FrameNode } from "./frame.ts";

export interface TableArgument {
  /** The function is called once for all rows that have the same values; without it, once for all rows. */
  partitionBy(...by: (string | Expr<unknown>)[]): TableArgument;
  /** The order of the rows in a partition. */
  orderBy(...by: (string | Expr<unknown>)[]): TableArgument;
  /** One call for all rows: as it is without partitionBy(). */
  withSinglePartition(): TableArgument;
}

export class TableArgumentNode {
  readonly #frame: FrameNode;
  readonly parts: Pick<PartitionedCall, "input" | "partitionBy" | "orderBy">;

  constructor(frame: FrameNode, parts: Pick<PartitionedCall, "partitionBy" | "orderBy"> = { partitionBy: [], orderBy: [] }) {
    this.#frame = frame;
    this.parts = { ...parts, input: frame.relation };
    Object.freeze(this);
  }

  partitionBy(...by: unknown[]): TableArgumentNode { return new TableArgumentNode(this.#frame, { ...this.parts, partitionBy: this.#frame.entries(by, "partitionBy").map(entry => (entry.expression.kind === "alias" ? entry.expression.child : entry.expression)) }); }
  orderBy(...by: unknown[]): TableArgumentNode { return new TableArgumentNode(this.#frame, { ...this.parts, orderBy: this.#frame.orderOf(by, "orderBy") }); }
  withSinglePartition(): TableArgumentNode { return new TableArgumentNode(this.#frame, { ...this.parts, partitionBy: [] }); }
}
