/**
 * percentile_approx by the algorithm of Greenwald and Khanna (Space-efficient Online Computation of Quantile Summaries,
 * 2001), with the details that Spark chose, so that small inputs give the same answers.
 */
import type { AggregateFunction } from "../../plan/function.ts";
import { BIGINT, DOUBLE, array, field, isNumeric, struct, type DataType } from "../../types/data-type.ts";
import { checkCount } from "../define.ts";
import { mismatch, nonFoldable, unexpectedType } from "../errors.ts";
import { checkShares, literalNumber, numberAs } from "./percentiles.ts";
import { objectAggregate } from "./objects.ts";
import type { Cell } from "../../types/cell.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { valueSql } from "../sql-text.ts";

/** A value that stands for `g` values; its rank is uncertain by `delta`. */
interface Sample { readonly value: number; readonly g: number; readonly delta: number }

const HEAD_VALUES = 50_000, COMPRESS_AT = 10_000, DEFAULT_ACCURACY = 10_000;

export class QuantileSummary {
  readonly relativeError: number;
  samples: Sample[] = [];
  count = 0;
  #head: number[] = [];

  constructor(relativeError: number) { this.relativeError = relativeError; }

  add(value: number): void {
    this.#head.push(value);
    if (this.#head.length >= HEAD_VALUES) {
      this.#insertHead();
      if (this.samples.length >= COMPRESS_AT) this.compress();
    }
  }

  compress(): void {
    this.#insertHead();
    const limit = 2 * this.relativeError * this.count, { samples } = this;
    if (samples.length === 0) return;
    const kept: Sample[] = [];
    let head = samples[samples.length - 1]!;
    // The least value stays as it is.
    for (let i = samples.length - 2; i >= 1; i--) {
      const sample = samples[i]!;
      if (sample.g + head.g + head.delta < limit) head = { ...head, g: head.g + sample.g };
      else { kept.push(head); head = sample; }
    }
    kept.push(head);
    if (samples[0]!.value <= head.value && samples.length > 1) kept.push(samples[0]!);
    this.samples = kept.reverse();
  }

  #insertHead(): void {
    if (this.#head.length === 0) return;
    const sorted = Float64Array.from(this.#head).sort(), { samples } = this, merged: Sample[] = [];
    this.#head = [];
    let next = 0;
    sorted.forEach((value, i) => {
      while (next < samples.length && samples[next]!.value <= value) merged.push(samples[next++]!);
      this.count++;
      const atEdge = merged.length === 0 || (next === samples.length && i === sorted.length - 1);
      merged.push({ value, g: 1, delta: atEdge ? 0 : Math.floor(2 * this.relativeError * this.count) });
    });
    while (next < samples.length) merged.push(samples[next++]!);
    this.samples = merged;
  }

  merge(other: QuantileSummary): void {
    this.compress();
    other.compress();
    if (other.count === 0) return;
    if (this.count === 0) {
      this.samples = other.samples;
      this.count = other.count;
      return;
    }
    const a = this.samples, b = other.samples, merged: Sample[] = [];
    const deltaA = Math.floor(2 * other.relativeError * other.count), deltaB = Math.floor(2 * this.relativeError * this.count);
    let i = 0, j = 0;
    while (i < a.length || j < b.length) {
      const fromA = j >= b.length || (i < a.length && a[i]!.value < b[j]!.value);
      const sample = fromA ? a[i++]! : b[j++]!;
      // Between two samples of the other summary its rank there is uncertain too.
      const isInside = fromA ? j > 0 && j < b.length : i > 0 && i < a.length;
      merged.push(isInside ? { ...sample, delta: sample.delta + (fromA ? deltaA : deltaB) } : sample);
    }
    this.samples = merged;
    this.count += other.count;
    this.compress();
  }

  /** The values at shares from 0 to 1, in their order. */
  query(shares: readonly number[]): number[] {
    this.compress();
    const { samples, count, relativeError } = this, out: number[] = new Array<number>(shares.length).fill(0);
    const targetError = Math.trunc(samples.reduce((greatest, { g, delta }) => Math.max(greatest, g + delta), 0) / 2);
    const first = samples[0]!.value, last = samples[samples.length - 1]!.value;
    let at = 0, minRank = samples[0]!.g;
    for (const [share, place] of shares.map((s, i) => [s, i] as const).sort((x, y) => x[0] - y[0])) {
      if (share <= relativeError || samples.length === 1) { out[place] = first; continue; }
      if (share >= 1 - relativeError) { out[place] = last; continue; }
      const rank = Math.ceil(share * count);
      let found = last;
      for (; at < samples.length - 1; minRank += samples[++at]!.g) {
        if (minRank + samples[at]!.delta - targetError <= rank && rank <= minRank + targetError) { found = samples[at]!.value; break; }
      }
      out[place] = found;
    }
    return out;
  }
}

interface State { readonly summary: QuantileSummary; shares: Cell }

const SAMPLES: DataType = array(struct([field("value", DOUBLE), field("g", BIGINT), field("delta", BIGINT)]));

export const percentileApprox: AggregateFunction = {
  kind: "aggregate", name: "percentile_approx", aliases: ["approx_percentile"], usage: "percentile_approx(expr, percentage[, accuracy])",
  description: "A value near the percentile; its rank is off by at most 1 / accuracy of the rows.", cases: [["percentile_approx(4, 0.5)", "4"]],
  bind(args, _settings, origin) {
    const name = "percentile_approx";
    checkCount(name, args.length, 2, 3, origin);
    const from = args[0]!.type, percentage = args[1]!;
    const isMoment = from.kind === "date" || from.kind === "timestamp" || from.kind === "timestamp_ntz" || from.kind === "day_time_interval" || from.kind === "year_month_interval";
    if (!isNumeric(from) && !isMoment && from.kind !== "string" && from.kind !== "void") {
      throw unexpectedType(name, args, 0, "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")", origin);
    }
    const defaultAccuracy: ResolvedExpression = { kind: "literal", value: BigInt(DEFAULT_ACCURACY), type: BIGINT, nullable: false };
    const shown = args.length === 3 ? args : [...args, defaultAccuracy], accuracy = literalNumber(shown[2]!);
    if (accuracy === undefined) throw nonFoldable(name, args, 2, "accuracy", origin);
    if (!(accuracy > 0 && accuracy <= 2 ** 31 - 1)) {
      throw mismatch("VALUE_OUT_OF_RANGE", name, args, `The \`accuracy\` must be between (0, 2147483647] (current value = ${accuracy}L).`,
        { exprName: "accuracy", valueRange: "(0, 2147483647]", currentValue: valueSql(BIGINT, BigInt(accuracy)) }, origin);
    }
    checkShares(name, shown, percentage, origin);
    const type = from.kind === "string" || from.kind === "void" ? DOUBLE : from, many = percentage.type.kind === "array", scale = type.kind === "decimal" ? 10 ** type.scale : 1;
    const create = (): State => ({ summary: new QuantileSummary(1 / accuracy), shares: null });
    return {
      type: many ? array(type, false) : type, nullable: true, argTypes: [type, many ? array(DOUBLE) : DOUBLE, ...(args.length === 3 ? [BIGINT] : [])],
      implementation: objectAggregate<State>({
        merging: "rounds",
        create,
        update(state, [value, shares]) {
          state.shares = shares ?? null;
          if (value !== null && value !== undefined) state.summary.add(Number(value) / scale);
          return state;
        },
        merge(to, other) {
          to.shares ??= other.shares;
          to.summary.merge(other.summary);
          return to;
        },
        finish({ summary, shares }) {
          summary.compress();
          if (summary.count === 0 || shares === null) return null;
          const found = summary.query(typeof shares === "number" ? [shares] : shares as readonly number[]).map(value => numberAs(type, value));
          return typeof shares === "number" ? found[0]! : found;
        },
        stateType: struct([field("samples", SAMPLES), field("count", BIGINT), field("shares", array(DOUBLE))]),
        encode({ summary, shares }) {
          summary.compress();
          return [summary.samples.map(({ value, g, delta }) => [value, BigInt(g), BigInt(delta)]), BigInt(summary.count), typeof shares === "number" ? [shares] : shares];
        },
        decode(cell) {
          const [samples, count, shares] = cell as [[number, bigint, bigint][], bigint, number[] | null], state = create();
          state.summary.samples = samples.map(([value, g, delta]) => ({ value, g: Number(g), delta: Number(delta) }));
          state.summary.count = Number(count);
          state.shares = shares === null || many ? shares : shares[0]!;
          return state;
        },
      }),
    };
  },
};
