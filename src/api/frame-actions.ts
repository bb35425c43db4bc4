/** Actions of frames: what asks the engine for rows. */
import { createHash } from "node:crypto";
import type { StructType } from "../types/data-type.ts";
import { rowReader, type EdgeRow } from "../types/edge-values.ts";
import { badArgument, streamingAction } from "./api-errors.ts";
import type { ArrowOptions } from "./arrow.ts";
import type { Rows } from "./engine.ts";
import { frameNode, type FrameNode } from "./frame.ts";
import { GroupNode } from "./grouped-data.ts";
import { showText } from "./show.ts";
import type { ActionOptions } from "./streaming-query.ts";

export async function rows(frame: FrameNode, action: string, options: ActionOptions): Promise<EdgeRow[]> {
  let read: ReturnType<typeof rowReader> | undefined;
  const all: EdgeRow[] = [];
  for await (const { schema, rows } of batches(frame, action, options)) {
    read ??= rowReader(schema);
    for (const cells of rows) all.push(read(cells));
  }
  return all;
}

export async function* eachRow(frame: FrameNode): AsyncGenerator<EdgeRow> {
  let read: ReturnType<typeof rowReader> | undefined;
  for await (const { schema, rows } of batches(frame, "for await", {})) {
    read ??= rowReader(schema);
    for (const cells of rows) yield read(cells);
  }
}

export async function tail(frame: FrameNode, n: number, options: ActionOptions): Promise<EdgeRow[]> {
  if (!Number.isInteger(n) || n < 0) throw badArgument(`tail(${n}): a whole number from 0 is expected.`);
  let last: Rows[number][] = [], read: ReturnType<typeof rowReader> | undefined;
  for await (const { schema, rows } of batches(frame, "tail", options)) {
    read ??= rowReader(schema);
    last.push(...rows);
    if (last.length > 2 * n + 4096) last = n === 0 ? [] : last.slice(-n);
  }
  return n === 0 ? [] : last.slice(-n).map(cells => read!(cells));
}

export async function count(frame: FrameNode, options: ActionOptions): Promise<number> {
  const counted = new GroupNode(frame, []).count() as FrameNode;
  for await (const { rows } of batches(counted, "count", options)) if (rows.length > 0) return Number(rows[0]![0]);
  return 0;
}

/** The pieces of a stream of Arrow, as batches of rows are ready; the query waits for whoever takes them. */
export async function* arrowPieces(frame: FrameNode, action: string, { signal, compression = "none" }: ActionOptions & ArrowOptions): AsyncGenerator<Uint8Array> {
  if (frame.isStreaming) throw streamingAction(action);
  signal?.throwIfAborted();
  yield* await frame.session.engine.arrow(frame.relation, { signal, compression });
}
export async function toArrow(frame: FrameNode, options: ActionOptions & ArrowOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of arrowPieces(frame, "toArrow", options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

export type ShowOptions = ActionOptions & { truncate?: boolean | number; vertical?: boolean };

export async function showString(frame: FrameNode, n: number, { truncate = true, vertical = false, signal }: ShowOptions): Promise<string> {
  const count = Math.max(0, Math.min(n, 2_147_483_631)), cells: Rows[number][] = [];
  // One row more than is shown tells whether there are more; without any the schema is still wanted.
  if (frame.isStreaming) throw streamingAction("show");
  const { schema, batches } = await frame.session.engine.execute(frame.limit(count + 1).relation, { signal });
  for await (const rows of batches) cells.push(...rows);
  return showText(schema, cells, { numRows: count, truncate: truncate === true ? 20 : truncate === false ? 0 : truncate, vertical, timeZone: frame.session.timeZone });
}

export async function sameSemantics(frame: FrameNode, other: unknown): Promise<boolean> {
  const right = frameNode(other, "sameSemantics"), { engine } = frame.session;
  return await engine.semantics(frame.relation) === await engine.semantics(right.relation);
}
/** 32 bits of a hash of the plan's meaning. */
export async function semanticHash(frame: FrameNode): Promise<number> { return createHash("sha256").update(await frame.session.engine.semantics(frame.relation)).digest().readInt32LE(); }

/** What a frame gives, batch by batch. @throws AnalysisError for streams */
async function* batches(frame: FrameNode, action: string, { signal }: ActionOptions): AsyncGenerator<{ schema: StructType; rows: Rows }> {
  if (frame.isStreaming) throw streamingAction(action);
  signal?.throwIfAborted();
  const { schema, batches } = await frame.session.engine.execute(frame.relation, { signal });
  for await (const rows of batches) {
    signal?.throwIfAborted();
    yield { schema, rows };
  }
}
