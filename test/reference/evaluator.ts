/**
 * Runs a description batch by batch. It knows the rules that test/corpus/streaming/README.md tells and nothing of the
 * engine: rows are plain objects, state is what was seen.
 */
import { isTrue, evaluate } from "./expressions.ts";
import { StreamJoin } from "./join.ts";
import { Aggregation, Deduplication, Limit, Sessions, type Metrics, type Watermarks } from "./operators.ts";
import { call, col, columnsOf, conjuncts, replaced, type Expression, type OutputMode, type Query, type Row } from "./query.ts";

export interface ReferenceBatch {
  readonly batchId: number;
  readonly rows: readonly Row[];
  /** Milliseconds; null without watermark. */
  readonly watermark: number | null;
  readonly numInputRows: number;
  readonly state: readonly Metrics[];
  /** Milliseconds; of the first watermark operator that had rows. */
  readonly times: { readonly min: number; readonly max: number; readonly avg: number } | null;
}

export interface ReferenceOptions {
  readonly outputMode: OutputMode;
  readonly policy?: "min" | "max";
  readonly noDataBatches?: boolean;
  /** Columns of each source. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

/** The rows and watermarks (microseconds) of one batch. */
interface Batch { readonly rows: ReadonlyMap<string, readonly Row[]>; readonly late: number; readonly evict: number }

interface Node {
  readonly columns: readonly string[];
  /** Columns that carry a watermark, with its delay. */
  readonly marks: ReadonlyMap<string, number>;
  /** By so much the watermark is set back for what comes behind. */
  readonly setBack: number;
  run(batch: Batch): Row[];
}

interface Stateful { readonly metrics: Metrics; readonly wantsBatch: boolean }

class WatermarkOperator {
  readonly delay: number;
  /** Milliseconds. */
  greatest: number | undefined;
  seen: number[] = [];
  /** The greatest of the last batch. */
  last: number | undefined;
  constructor(delay: number) { this.delay = delay; }
  saw(micros: number | null): void {
    const millis = micros === null ? 0 : Math.floor(micros / 1000);
    this.seen.push(millis);
    if (this.greatest === undefined || millis > this.greatest) this.greatest = millis;
  }
  get allowed(): number { return this.greatest === undefined ? 0 : this.greatest - this.delay / 1000; }
}

export class Reference {
  readonly #options: ReferenceOptions;
  readonly #root: Node;
  readonly #watermarks: WatermarkOperator[] = [];
  readonly #stateful: Stateful[] = [];
  readonly #reads = new Map<string, number>();
  readonly #waiting = new Map<string, (readonly Row[])[]>();
  /** Rows of the batch that a limit didn't ask for. */
  #unread = 0;
  readonly batches: ReferenceBatch[] = [];
  /** Milliseconds: of the next batch, and of the last one. */
  #watermark = 0;
  #last = 0;

  constructor(query: Query, options: ReferenceOptions) {
    this.#options = options;
    this.#root = this.#build(query, [], undefined);
  }

  /** Makes rows visible as one chunk. */
  add(source: string, rows: readonly Row[]): void { this.#waiting.set(source, [...this.#waiting.get(source) ?? [], rows]); }

  /** Runs batches until nothing is left to do. */
  process(): void {
    for (;;) {
      const hasData = this.#waiting.size > 0, rose = this.batches.length > 0 && this.#watermark > this.#last;
      if (!hasData && !(this.#options.noDataBatches !== false && rose && this.#stateful.some(one => one.wantsBatch))) return;
      this.#runBatch();
    }
  }

  /**
   * The watermark that was reached is kept, what its operators saw is not. `isLost`: the commit of the last batch was
   * lost, so that it ran again, and where there are several operators they begin with what they saw in it.
   */
  restart(isLost = false): void {
    const { policy = "min" } = this.#options, again = isLost && this.#watermarks.length > 1 && this.batches.length > 0;
    for (const one of this.#watermarks) one.greatest = again ? one.last : undefined;
    if (again) this.#watermark = Math.max(this.#last, this.#allowed(policy));
    this.process();
  }

  #allowed(policy: "min" | "max"): number { return (policy === "min" ? Math.min : Math.max)(...this.#watermarks.map(one => one.allowed)); }

  #runBatch(): void {
    const rows = new Map([...this.#waiting].map(([name, chunks]) => [name, chunks.flat()])), { policy = "min" } = this.#options;
    this.#waiting.clear();
    this.#unread = 0;
    const result = this.#root.run({ rows, late: this.#last * 1000, evict: this.#watermark * 1000 });
    const { seen } = this.#watermarks.find(one => one.seen.length > 0) ?? { seen: [] };
    this.batches.push({
      batchId: this.batches.length, rows: result, watermark: this.#watermarks.length > 0 ? this.#watermark : null,
      numInputRows: [...rows].reduce((sum, [name, all]) => sum + all.length * (this.#reads.get(name) ?? 0), 0) - this.#unread,
      state: this.#stateful.map(({ metrics }) => ({ ...metrics })),
      times: seen.length === 0 ? null : { min: Math.min(...seen), max: Math.max(...seen), avg: Math.trunc(seen.reduce((a, b) => a + b, 0) / seen.length) },
    });
    for (const one of this.#watermarks) {
      one.last = one.seen.length === 0 ? undefined : Math.max(...one.seen);
      one.seen = [];
    }
    this.#last = this.#watermark;
    if (this.#watermarks.length > 0) this.#watermark = Math.max(this.#watermark, this.#allowed(policy));
  }

  /** `filters` hold at or below this place: each sinks as deep as Spark lets it. `wanted`: the columns that somebody above reads; undefined: all. */
  #build(query: Query, filters: readonly Expression[], wanted: Wanted): Node {
    switch (query.kind) {
      case "source": {
        const { name, watermark } = query;
        if (watermark !== undefined) return this.#build({ kind: "watermark", input: { kind: "source", name }, ...watermark }, filters, wanted);
        this.#reads.set(name, (this.#reads.get(name) ?? 0) + 1);
        return filtered(filters, { columns: this.#options.sources[name]!, marks: new Map(), setBack: 0, run: batch => [...batch.rows.get(name) ?? []] });
      }
      case "watermark": {
        const { column, delay } = query, operator = new WatermarkOperator(delay);
        const input = this.#build(query.input, filters.filter(one => !columnsOf(one).includes(column)), wanted);
        this.#watermarks.push(operator);
        const run = (batch: Batch) => {
          const rows = input.run(batch);
          for (const row of rows) operator.saw(row[column] as number | null);
          return rows;
        };
        return filtered(filters.filter(one => columnsOf(one).includes(column)), { ...input, marks: new Map([...input.marks, [column, delay]]), run });
      }
      case "filter": return this.#build(query.input, [...filters, ...conjuncts(query.where)], wanted);
      case "project": {
        const entries = Object.entries(query.columns), input = this.#build(query.input, filters.map(one => replaced(one, name => query.columns[name]!)), reading(entries.flatMap(([name, expression]) => isWanted(wanted, name) ? [expression] : [])));
        // A row without a time is in no window, so it is gone.
        const run = (batch: Batch) => input.run(batch).filter(row => !entries.some(([, expression]) => "window" in expression && evaluate(expression, row) === null))
          .map(row => Object.fromEntries(entries.map(([name, expression]) => [name, evaluate(expression, row)])));
        return { ...input, columns: entries.map(([name]) => name), marks: marksOf(query.columns, input), run };
      }
      case "union": {
        const own = this.#columnsOf(query), inputs = query.inputs.map((one, i) => this.#build(one, i === 0 ? filters : filters.map(filter => replaced(filter, name => col(this.#columnsOf(one)[this.#columnsOf(query.inputs[0]!).indexOf(name)]!))), wanted && new Set(this.#columnsOf(one).filter((_, at) => wanted.has(own[at]!)))));
        const { columns, marks } = inputs[0]!;
        const run = (batch: Batch) => inputs.flatMap(input => input.run(batch).map(row => Object.fromEntries(columns.map((name, at) => [name, row[input.columns[at]!]!]))));
        return { columns, marks, setBack: Math.max(...inputs.map(input => input.setBack)), run };
      }
      case "join": return this.#join(query, filters, wanted);
      default: return filtered(filters, this.#unary(query, and(wanted, reading(filters))));
    }
  }

  #unary(query: Extract<Query, { kind: "aggregate" | "sessions" | "dedup" | "limit" }>, wanted: Wanted): Node {
    const place = this.#stateful.push(undefined as never) - 1, input = this.#build(query.input, [], this.#readBy(query, wanted)), { outputMode } = this.#options;
    const node = (operator: Stateful & { run(rows: readonly Row[], watermarks: Watermarks): Row[] }, columns: readonly string[], marks: ReadonlyMap<string, number>): Node => {
      this.#stateful[place] = operator;
      return { columns, marks, setBack: input.setBack, run: batch => operator.run(input.run(batch), behind(batch, input)) };
    };
    switch (query.kind) {
      case "aggregate": {
        const marks = marksOf(query.keys, input);
        return node(new Aggregation(query.keys, query.values, [...marks.keys()][0], outputMode), [...Object.keys(query.keys), ...Object.keys(query.values)], marks);
      }
      case "sessions": {
        const delay = input.marks.get(query.time), marks = new Map(delay === undefined ? [] : [[query.as, delay]]);
        return node(new Sessions(query, outputMode, delay !== undefined), [query.as, ...Object.keys(query.keys), ...Object.keys(query.values)], marks);
      }
      case "dedup": {
        // Where nobody else reads the event time, only `within` keeps it from being pruned.
        const [time] = [...input.marks].filter(([name]) => query.within === true || query.columns === undefined || query.columns.includes(name) || isWanted(wanted, name));
        return node(new Deduplication(query.columns ?? input.columns, time && { column: time[0], delay: time[1] }, query.within === true), input.columns, input.marks);
      }
      case "limit": {
        const made = node(new Limit(query.rows), input.columns, input.marks), source = onlySource(query.input), operator = this.#stateful[place] as Limit;
        if (source === undefined) return made;
        // Rows are read one by one, until enough came through.
        const run = (batch: Batch): Row[] => {
          const all = batch.rows.get(source) ?? [], passed: Row[] = [];
          let read = 0;
          for (; read < all.length && passed.length < query.rows; read++) passed.push(...input.run({ ...batch, rows: new Map([[source, [all[read]!]]]) }));
          this.#unread += all.length - read;
          return operator.run(passed);
        };
        return { ...made, run };
      }
    }
  }

  /** The columns that an operator asks its input for. */
  #readBy(query: Extract<Query, { kind: "aggregate" | "sessions" | "dedup" | "limit" }>, wanted: Wanted): Wanted {
    switch (query.kind) {
      case "limit": return wanted;
      case "dedup": return query.columns === undefined ? undefined : and(wanted, new Set(query.columns));
      default: {
        const values = Object.entries(query.values).flatMap(([name, { arg }]) => arg !== undefined && isWanted(wanted, name) ? [arg] : []);
        return reading([...Object.values(query.keys), ...values, ...query.kind === "sessions" ? [col(query.time)] : []]);
      }
    }
  }

  #join(query: Extract<Query, { kind: "join" }>, above: readonly Expression[], wanted: Wanted): Node {
    const place = this.#stateful.push(undefined as never) - 1, { how, range, condition } = query;
    // What a side must have to match anything is asked of it first, unless its rows come out without a match.
    const needed = { l: new Set<string>(), r: new Set<string>() };
    if (query.nullSafe !== true) for (const [l, r] of query.equal) { needed.l.add(l); needed.r.add(r); }
    if (range !== undefined) { needed.l.add(range.left); needed.r.add(range.right); }
    if (condition !== undefined) for (const name of columnsOf(condition)) needed[name[0] as "l" | "r"].add(name.slice(2));
    const filters = (side: "l" | "r", own: Expression | undefined) => [...[...needed[side]].map(name => call("is not null", col(name))), ...own === undefined ? [] : conjuncts(own)];
    const isLeftKept = how === "left" || how === "full", isRightKept = how === "right" || how === "full";
    // A filter above over columns of one side is one of that side, unless its rows may also come out as nulls.
    const sideOf = (filter: Expression): "l" | "r" | undefined => {
      const sides = new Set(columnsOf(filter).map(name => query.columns[name]![0]));
      return sides.size !== 1 ? undefined : sides.has("l") && !isRightKept ? "l" : sides.has("r") && !isLeftKept ? "r" : undefined;
    };
    const from = (side: "l" | "r") => above.filter(filter => sideOf(filter) === side).map(filter => replaced(filter, name => col(query.columns[name]!.slice(2))));
    const asked = and(wanted, reading(above.filter(filter => sideOf(filter) === undefined)));
    const read = (side: "l" | "r", own: Expression | undefined): ReadonlySet<string> => new Set([
      ...query.equal.map(([l, r]) => side === "l" ? l : r), ...range === undefined ? [] : [side === "l" ? range.left : range.right],
      ...(condition === undefined ? [] : columnsOf(condition)).concat(Object.entries(query.columns).flatMap(([name, from]) => isWanted(asked, name) ? [from] : [])).flatMap(name => name[0] === side ? [name.slice(2)] : []),
      ...own !== undefined && (side === "l" ? isLeftKept : isRightKept) ? columnsOf(own) : [],
    ]);
    const readLeft = read("l", query.onLeft), readRight = read("r", query.onRight);
    const left = this.#build(query.left, [...from("l"), ...isLeftKept ? [] : filters("l", query.onLeft)], readLeft), right = this.#build(query.right, [...from("r"), ...isRightKept ? [] : filters("r", query.onRight)], readRight);
    const side = ({ columns, marks }: Node, read: ReadonlySet<string>) => ({ columns, time: [...marks.keys()].find(name => read.has(name)) }), operator = new StreamJoin(query, side(left, readLeft), side(right, readRight));
    this.#stateful[place] = operator;
    const marks = new Map(Object.entries(query.columns).flatMap(([name, from]): [string, number][] => {
      const delay = (from.startsWith("l.") ? left : right).marks.get(from.slice(2));
      return delay === undefined ? [] : [[name, delay]];
    }));
    const setBack = Math.max(left.setBack, right.setBack);
    return filtered(above.filter(filter => sideOf(filter) === undefined), {
      columns: Object.keys(query.columns), marks, setBack: setBack + operator.setBack, run: batch => operator.run(left.run(batch), right.run(batch), behind(batch, { setBack })),
    });
  }

  #columnsOf(query: Query): readonly string[] {
    switch (query.kind) {
      case "source": return this.#options.sources[query.name]!;
      case "watermark": case "filter": case "limit": case "dedup": return this.#columnsOf(query.input);
      case "project": case "join": return Object.keys(query.columns);
      case "aggregate": return [...Object.keys(query.keys), ...Object.keys(query.values)];
      case "sessions": return [query.as, ...Object.keys(query.keys), ...Object.keys(query.values)];
      case "union": return this.#columnsOf(query.inputs[0]!);
    }
  }
}

/** Columns that somebody reads; undefined: all. */
type Wanted = ReadonlySet<string> | undefined;
const isWanted = (wanted: Wanted, name: string): boolean => wanted === undefined || wanted.has(name);
const reading = (expressions: readonly Expression[]): ReadonlySet<string> => new Set(expressions.flatMap(columnsOf));
const and = (a: Wanted, b: ReadonlySet<string>): Wanted => a && new Set([...a, ...b]);

/** The source that a limit reads row by row. */
function onlySource(query: Query): string | undefined {
  switch (query.kind) {
    case "source": return query.name;
    case "watermark": case "filter": case "project": return onlySource(query.input);
    default: return undefined;
  }
}

const behind = ({ late, evict }: Batch, { setBack }: { readonly setBack: number }): Watermarks => ({ late: late - setBack, evict: evict - setBack });

function filtered(filters: readonly Expression[], node: Node): Node {
  return filters.length === 0 ? node : { ...node, run: batch => node.run(batch).filter(row => filters.every(filter => isTrue(filter, row))) };
}

/** A name for a column keeps its watermark, as windows over it and their times do; other expressions lose it. */
function marksOf(columns: Readonly<Record<string, Expression>>, input: Node): Map<string, number> {
  const root = (expression: Expression): string | undefined =>
    "column" in expression ? expression.column : "window" in expression ? root(expression.window) : "windowTime" in expression ? root(expression.windowTime) : undefined;
  return new Map(Object.entries(columns).flatMap(([name, expression]): [string, number][] => {
    const from = root(expression), delay = from === undefined ? undefined : input.marks.get(from);
    return delay === undefined ? [] : [[name, delay]];
  }));
}
