/** A join of two streams, by comparing every row with every row. */
import { evaluate, isTrue, keyOf } from "./expressions.ts";
import { conjuncts, lit, type Expression, type JoinKind, type Query, type Row, type Value } from "./query.ts";
import { beginBatch, metrics, reached, type Watermarks } from "./operators.ts";

type JoinQuery = Extract<Query, { kind: "join" }>;
interface Stored { readonly row: Row; matched: boolean }
/** What the analysis of the inputs says. `time` is the column that carries a watermark. */
export interface JoinInput { readonly columns: readonly string[]; readonly time: string | undefined }

const MILLI = 1000;

export class StreamJoin {
  readonly metrics = metrics("symmetricHashJoin");
  readonly #query: JoinQuery;
  readonly #inputs: readonly [JoinInput, JoinInput];
  #left: Stored[] = [];
  #right: Stored[] = [];

  constructor(query: JoinQuery, left: JoinInput, right: JoinInput) {
    this.#query = query;
    this.#inputs = [left, right];
  }

  get wantsBatch(): boolean { return this.#leavesAt("left", 0) !== undefined || this.#leavesAt("right", 0) !== undefined; }

  /** How far behind the watermark rows may come out. */
  get setBack(): number {
    return -Math.min(0, ...[this.#leavesAt("left", 0), this.#leavesAt("right", 0)].map(rule => rule?.at ?? 0));
  }

  run(left: readonly Row[], right: readonly Row[], { late, evict }: Watermarks): Row[] {
    beginBatch(this.metrics);
    const { how } = this.#query, result: Row[] = [];
    const onTime = (rows: readonly Row[], side: 0 | 1) => rows.filter(row => {
      const { time } = this.#inputs[side];
      if (time === undefined || !reached(row[time]!, late)) return true;
      this.metrics.numRowsDroppedByWatermark++;
      return false;
    });
    const newLeft = onTime(left, 0), newRight = onTime(right, 1);
    if (how === "semi") this.#semi(newLeft, newRight, evict, result);
    else this.#symmetric(newLeft, newRight, evict, result);
    this.#left = this.#left.filter(stored => !this.#leaves("left", stored, evict, result));
    this.#right = this.#right.filter(stored => !this.#leaves("right", stored, evict, result));
    this.metrics.numRowsTotal = this.#left.length + this.#right.length;
    return result;
  }

  #symmetric(newLeft: readonly Row[], newRight: readonly Row[], evict: number, result: Row[]): void {
    const { how, onLeft, onRight } = this.#query;
    for (const row of newLeft) {
      const stored = { row, matched: false };
      if (onLeft !== undefined && !isTrue(onLeft, row)) {
        if (keeps(how, "left")) result.push(this.#joined(row, undefined));
        continue;
      }
      for (const other of this.#right) if (this.#matches(row, other.row)) this.#match(stored, other, result);
      this.#left.push(stored);
      this.metrics.numRowsUpdated++;
    }
    for (const row of newRight) {
      const stored = { row, matched: false };
      if (onRight !== undefined && !isTrue(onRight, row)) {
        if (keeps(how, "right")) result.push(this.#joined(undefined, row));
        continue;
      }
      for (const other of this.#left) if (this.#matches(other.row, row)) this.#match(other, stored, result);
      // One that would leave at once is only stored if it still has to come out.
      if (this.#isDue("right", row, evict) && (stored.matched || !keeps(how, "right"))) continue;
      this.#right.push(stored);
      this.metrics.numRowsUpdated++;
    }
  }

  /**
   * A left row comes out once: at once if its partner is there, or when it comes. The left side is the second one here,
   * so that of it which would leave at once is not stored; no recorded answer shows that count.
   */
  #semi(newLeft: readonly Row[], newRight: readonly Row[], evict: number, result: Row[]): void {
    const all = [...this.#right.map(({ row }) => row), ...newRight];
    this.#left = this.#left.filter(({ row }) => {
      if (!newRight.some(other => this.#matches(row, other))) return true;
      result.push(this.#joined(row, undefined));
      this.metrics.numRowsRemoved++;
      return false;
    });
    for (const row of newLeft) {
      if (all.some(other => this.#matches(row, other))) {
        result.push(this.#joined(row, undefined));
        continue;
      }
      if (this.#isDue("left", row, evict)) continue;
      this.#left.push({ row, matched: false });
      this.metrics.numRowsUpdated++;
    }
    for (const row of newRight) {
      this.#right.push({ row, matched: false });
      this.metrics.numRowsUpdated++;
    }
  }

  #match(left: Stored, right: Stored, result: Row[]): void {
    left.matched = right.matched = true;
    result.push(this.#joined(left.row, right.row));
  }

  #matches(left: Row, right: Row): boolean {
    const { equal, range, condition, how, nullSafe } = this.#query, nulls = nullSafe === true || how === "full";
    if (!equal.every(([l, r]) => (nulls || left[l] !== null) && keyOf(left[l]!) === keyOf(right[r]!))) return false;
    if (range !== undefined) {
      const l = left[range.left] as number | null, r = right[range.right] as number | null;
      if (l === null || r === null) return false;
      if (range.from !== undefined && (r < l + range.from || (range.fromOpen === true && r === l + range.from))) return false;
      if (range.to !== undefined && (r > l + range.to || (range.toOpen === true && r === l + range.to))) return false;
    }
    return condition === undefined || evaluate(condition, { ...prefixed("l", left), ...prefixed("r", right) }) === true;
  }

  #joined(left: Row | undefined, right: Row | undefined): Row {
    return Object.fromEntries(Object.entries(this.#query.columns).map(([name, from]): [string, Value] => [name, (from.startsWith("l.") ? left : right)?.[from.slice(2)] ?? null]));
  }

  #isDue(side: "left" | "right", row: Row, watermark: number): boolean {
    const rule = this.#leavesAt(side, watermark);
    return rule !== undefined && reached(row[rule.column]!, rule.at);
  }

  #leaves(side: "left" | "right", { row, matched }: Stored, watermark: number, result: Row[]): boolean {
    if (!this.#isDue(side, row, watermark)) return false;
    this.metrics.numRowsRemoved++;
    if (!matched && keeps(this.#query.how, side)) result.push(side === "left" ? this.#joined(row, undefined) : this.#joined(undefined, row));
    return true;
  }

  /** By which column rows of a side leave, and from where on; undefined if they stay. */
  #leavesAt(side: "left" | "right", watermark: number): { readonly column: string; readonly at: number } | undefined {
    const { equal, range } = this.#query, [left, right] = this.#inputs;
    const key = equal.find(([l, r]) => l === left.time || r === right.time);
    if (key !== undefined) return { column: key[side === "left" ? 0 : 1], at: watermark };
    if (range === undefined || range.left !== left.time || range.right !== right.time) return undefined;
    // Spark takes `v > 5` over an outer side alone for a bound of its time, which then never comes.
    if (keeps(this.#query.how, side) && conjuncts(this.#query[side === "left" ? "onLeft" : "onRight"] ?? lit(true)).some(isAboveConstant)) return { column: range[side], at: 0 };
    if (side === "left") return range.to === undefined ? undefined : { column: range.left, at: watermark - range.to - (range.toOpen === true ? 0 : MILLI) };
    return range.from === undefined ? undefined : { column: range.right, at: watermark + range.from - (range.fromOpen === true ? 0 : MILLI) };
  }
}

const isAboveConstant = (e: Expression): boolean => "call" in e && (e.call === ">" || e.call === ">=" ? "literal" in e.args[1]! : (e.call === "<" || e.call === "<=") && "literal" in e.args[0]!);
const keeps = (how: JoinKind, side: "left" | "right"): boolean => how === side || how === "full";
const prefixed = (prefix: string, row: Row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [`${prefix}.${name}`, value]));
