/** Kernels of text functions whose other arguments are constant, as they mostly are. Each gives undefined where it has none. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { EvalContext, RowKernel, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { INT, STRING, type DataType } from "../../types/data-type.ts";
import { literalValue } from "../define.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { isAscii } from "./text.ts";

/** Bytes of results of one batch above which text goes row by row, where one that is too long is an error. */
const MOST_BYTES = 1 << 28;

/** Constant text of an argument; undefined if it is none. */
export function constantText(arg: ResolvedExpression | undefined): string | undefined {
  const value = literalValue(arg)?.value;
  return typeof value === "string" ? value : undefined;
}
export function constantInt(arg: ResolvedExpression | undefined): number | undefined {
  const value = literalValue(arg)?.value;
  return typeof value === "number" ? value : undefined;
}

type Run = (args: readonly Vector[], rows: Selection, context: EvalContext, out: Vector) => boolean | void;

/** Over arguments given by their places; what isn't done by `run`, and a batch without columns, goes row by row. */
function texts(row: RowKernel, run: Run, used: readonly number[] = [0], type: DataType = STRING): VectorKernel {
  const byRow = rowVector(type, row);
  return (args, rows, length, context) => {
    const chosen = used.map(i => args[i]!);
    if (chosen.every(arg => arg.isConstant)) return byRow(args, rows, length, context);
    const out = emptyVector(type, length, combinedValidity(chosen, rows, length, context), context);
    return run(chosen, rows, context, out) === false ? byRow(args, rows, length, context) : out;
  };
}

/** Room for as many bytes, or undefined where they are too many. */
const heapOf = (bytes: number, { arena }: EvalContext): number | undefined => (bytes > MOST_BYTES ? undefined : arena.allocate(bytes + 16));
/** All bytes of a column, of short strings too. */
const bytesOf = (a: Vector, rows: Selection): number => kernels().longBytes(a.data, maskOf(a), rows.pointer, rows.count) + 12 * rows.count;

/** trim and its kin; `characters` undefined: blanks. `at`: the place of the text among the arguments. */
export function trimVector(characters: string | undefined, left: boolean, right: boolean, row: RowKernel, at = 0): VectorKernel | undefined {
  const set = characters ?? " ";
  if (!isAscii(set)) return undefined;
  let bits = 0n;
  for (const c of set) bits |= 1n << BigInt(c.charCodeAt(0));
  const low = BigInt.asIntN(64, bits), high = BigInt.asIntN(64, bits >> 64n), sides = (left ? 1 : 0) | (right ? 2 : 0);
  return texts(row, ([a], rows, _context, out) => { kernels().trimViews(sides, low, high, a!.data, maskOf(a!), rows.pointer, rows.count, out.data); }, [at]);
}

/** instr(text, wanted), or locate with the places the other way round. */
export const positionVector = (row: RowKernel, text: number, wanted: number): VectorKernel =>
  texts(row, ([a, b], rows, _context, out) => { kernels().positionViews(a!.data, maskOf(a!), b!.data, maskOf(b!), rows.pointer, rows.count, out.data); }, [text, wanted], INT);

/** Up to `count` code points from a position as of substring. */
export const sliceVector = (row: RowKernel, position: number, count: number): VectorKernel =>
  texts(row, ([a], rows, _context, out) => { kernels().substringViews(a!.data, maskOf(a!), position, count, rows.pointer, rows.count, out.data); });

/** split_part and substring_index by a constant delimiter and number. */
export function partVector(kind: "part" | "index", delimiter: string | undefined, number: number | undefined, row: RowKernel): VectorKernel | undefined {
  if (delimiter === undefined || delimiter === "" || number === undefined || (number === 0 && kind === "part")) return undefined;
  return texts(row, ([a, b], rows, _context, out) => { (kind === "part" ? kernels().partViews : kernels().indexViews)(number, a!.data, maskOf(a!), b!.data, maskOf(b!), rows.pointer, rows.count, out.data); }, [0, 1]);
}

export function replaceVector(row: RowKernel): VectorKernel {
  return texts(row, ([a, b, c], rows, context, out) => {
    const { valid } = out, bytes = kernels().replaceBytes(a!.data, maskOf(a!), b!.data, maskOf(b!), c!.data, maskOf(c!), valid, rows.pointer, rows.count), heap = heapOf(bytes, context);
    if (heap === undefined) return false;
    kernels().replaceViews(a!.data, maskOf(a!), b!.data, maskOf(b!), c!.data, maskOf(c!), valid, rows.pointer, rows.count, out.data, heap);
    return true;
  }, [0, 1, 2]);
}

/** lpad and rpad up to a constant number of code points with constant ASCII text. */
export function padVector(side: "left" | "right", points: number | undefined, pad: string | undefined, row: RowKernel): VectorKernel | undefined {
  if (points === undefined || points < 0 || pad === undefined || pad === "" || !isAscii(pad)) return undefined;
  return texts(row, ([a], rows, context, out) => {
    const heap = heapOf(kernels().padBytes(points, 1, a!.data, maskOf(a!), rows.pointer, rows.count), context);
    if (heap === undefined) return false;
    const view = context.arena.allocate(16 + pad.length), { u32, bytes } = linearMemory();
    u32[view >>> 2] = pad.length;
    if (pad.length > 12) u32[(view >>> 2) + 2] = view + 16;
    bytes.write(pad, pad.length > 12 ? view + 16 : view + 4, "latin1");
    kernels().padViews(side === "left" ? 0 : 1, points, view, a!.data, maskOf(a!), rows.pointer, rows.count, out.data, heap);
    return true;
  });
}

export function repeatVector(times: number | undefined, row: RowKernel): VectorKernel | undefined {
  if (times === undefined) return undefined;
  return texts(row, ([a], rows, context, out) => {
    const heap = heapOf(Math.max(0, times) * bytesOf(a!, rows), context);
    if (heap === undefined) return false;
    kernels().repeatViews(times, a!.data, maskOf(a!), out.valid, rows.pointer, rows.count, out.data, heap);
    return true;
  });
}

/** translate between constant sets of ASCII characters, over ASCII text. */
export function translateVector(from: string | undefined, to: string | undefined, row: RowKernel): VectorKernel | undefined {
  if (from === undefined || to === undefined || !isAscii(from) || !isAscii(to)) return undefined;
  const table = Uint8Array.from({ length: 128 }, (_, c) => { const at = from.indexOf(String.fromCharCode(c)); return at < 0 ? c : at < to.length ? to.charCodeAt(at) : 255; });
  return texts(row, ([a], rows, context, out) => {
    const heap = heapOf(bytesOf(a!, rows), context), at = context.arena.allocate(128);
    if (heap === undefined) return false;
    linearMemory().u8.set(table, at);
    return kernels().translateViews(at, a!.data, maskOf(a!), out.valid, rows.pointer, rows.count, out.data, heap) < 0;
  });
}

/** reverse and initcap of ASCII text. */
export const rearrangeVector = (how: "reverse" | "initcap", row: RowKernel): VectorKernel => texts(row, ([a], rows, context, out) => {
  const heap = heapOf(bytesOf(a!, rows), context);
  return heap !== undefined && kernels().rearrangeViews(how === "reverse" ? 0 : 1, a!.data, maskOf(a!), out.valid, rows.pointer, rows.count, out.data, heap) < 0;
});

export const asciiVector = (row: RowKernel): VectorKernel => texts(row, ([a], rows, _context, out) => { kernels().firstPoints(a!.data, maskOf(a!), rows.pointer, rows.count, out.data); }, [0], INT);

/** concat_ws of texts by a constant separator. */
export function joinVector(row: RowKernel): VectorKernel {
  const byRow = rowVector(STRING, row, true);
  return (args, rows, length, context) => {
    const [separator, ...parts] = args as readonly [Vector, ...Vector[]], { u8, u32 } = linearMemory();
    if (!separator.isConstant || (separator.valid !== 0 && u8[separator.valid] === 0) || parts.every(part => part.isConstant)) return byRow(args, rows, length, context);
    const table = context.arena.allocate(12 * parts.length);
    parts.forEach(({ data, valid, isConstant }, i) => { u32.set([data, isConstant ? 0 : 0xffffffff, valid], (table >>> 2) + 3 * i); });
    const heap = heapOf(kernels().joinAllBytes(table, parts.length, separator.data, rows.pointer, rows.count), context);
    if (heap === undefined) return byRow(args, rows, length, context);
    const out = emptyVector(STRING, length, 0, context);
    kernels().joinAllViews(table, parts.length, separator.data, rows.pointer, rows.count, out.data, heap);
    return out;
  };
}
