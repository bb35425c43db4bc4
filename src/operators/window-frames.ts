/** Where partitions, peers and frames of a window lie among sorted rows. Ends are exclusive. */
import type { CellOrder } from "../columns/compare-cells.ts";
import type { Cell } from "../types/cell.ts";

/** Some whole partitions in the order of the window: of each row, where its partition and its peers begin and end. */
export interface WindowRows {
  readonly count: number;
  readonly partitionStart: Int32Array;
  readonly partitionEnd: Int32Array;
  readonly peerStart: Int32Array;
  readonly peerEnd: Int32Array;
}

/** Bounds of a frame. A range bound with an offset is a value that rows are compared with: places among the operator's computed columns. */
export type FrameBound = { readonly at: "unbounded" | "current" } | { readonly at: "rows"; readonly offset: number } | { readonly at: "value"; readonly bound: number; readonly value: number; readonly order: CellOrder };
export interface FrameSpec { readonly unit: "rows" | "range"; readonly lower: FrameBound; readonly upper: FrameBound }
export interface Frames { readonly from: Int32Array; readonly to: Int32Array }

/** `isNewPartition` and `isNewPeer` compare a row with the one before. */
export function windowRows(count: number, isNewPartition: (row: number) => boolean, isNewPeer: (row: number) => boolean): WindowRows {
  const rows = { count, partitionStart: new Int32Array(count), partitionEnd: new Int32Array(count), peerStart: new Int32Array(count), peerEnd: new Int32Array(count) };
  let partition = 0, peer = 0;
  for (let i = 0; i <= count; i++) {
    const newPartition = i === count || i > 0 && isNewPartition(i), newPeer = newPartition || i > 0 && isNewPeer(i);
    if (newPeer) {
      rows.peerEnd.fill(i, peer, i);
      peer = i;
    }
    if (newPartition) {
      rows.partitionEnd.fill(i, partition, i);
      partition = i;
    }
    if (i === count) break;
    rows.partitionStart[i] = partition;
    rows.peerStart[i] = peer;
  }
  return rows;
}

/** The frame of each row; empty ones have `from` = `to`. `cells`: the computed columns. */
export function framesOf(spec: FrameSpec, rows: WindowRows, cells: (column: number) => readonly Cell[]): Frames {
  const from = edge(spec.lower, spec.unit, rows, cells, false), to = edge(spec.upper, spec.unit, rows, cells, true);
  for (let i = 0; i < rows.count; i++) if (from[i]! > to[i]!) from[i] = to[i]!;
  return { from, to };
}

function edge(bound: FrameBound, unit: "rows" | "range", rows: WindowRows, cells: (column: number) => readonly Cell[], isUpper: boolean): Int32Array {
  const { count, partitionStart, partitionEnd, peerStart, peerEnd } = rows;
  switch (bound.at) {
    case "unbounded": return (isUpper ? partitionEnd : partitionStart).slice();
    case "current": return unit === "range" ? (isUpper ? peerEnd : peerStart).slice() : Int32Array.from({ length: count }, (_, i) => (isUpper ? i + 1 : i));
    case "rows": return Int32Array.from({ length: count }, (_, i) => Math.min(partitionEnd[i]!, Math.max(partitionStart[i]!, i + bound.offset + (isUpper ? 1 : 0))));
    case "value": {
      // Bounds rise with the rows, so one walk finds all of them.
      const bounds = cells(bound.bound), values = cells(bound.value), out = new Int32Array(count), least = isUpper ? 1 : 0;
      for (let i = 0, at = 0; i < count; i++) {
        if (i === partitionStart[i]) at = i;
        while (at < partitionEnd[i]! && bound.order(values[at]!, bounds[i]!) < least) at++;
        out[i] = at;
      }
      return out;
    }
  }
}
