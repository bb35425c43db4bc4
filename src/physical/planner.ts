/**
 * From a resolved plan to pipelines. A pipeline is one scan pushed through a chain of operators up to the result;
 * pipelines run in order, and one whose chain ends in a shared operator (a union, a breaker) finishes it with the last.
 */
import { unsupported } from "../base/errors.ts";
import { compileExpression, compilePredicate } from "../eval/compile.ts";
import type { Narrowing } from "../formats/narrowing.ts";
import type { Table } from "../io/source.ts";
import { conjuncts } from "../optimize/expression-facts.ts";
import { expressionText } from "../optimize/plan-text.ts";
import type { ExecutionContext } from "../operators/context.ts";
import { EventTimeWatermark } from "../operators/event-time-watermark.ts";
import { Expand } from "../operators/expand.ts";
import { FanIn } from "../operators/fan-in.ts";
import { Filter } from "../operators/filter.ts";
import { Limit } from "../operators/limit.ts";
import { Meter } from "../operators/meter.ts";
import type { Operator } from "../operators/operator.ts";
import { Project } from "../operators/project.ts";
import { Sample } from "../operators/sample.ts";
import { Sort } from "../operators/sort.ts";
import type { StatefulOperator } from "../operators/stateful.ts";
import { StreamingLimit } from "../operators/streaming-limit.ts";
import type { LocalRows, ResolvedExpression, ResolvedRange, ResolvedRelation, ResolvedSort, Scan } from "../plan/resolved.ts";
import { Recursion, RecursionReference } from "../plan/recursion.ts";
import { Tap, placeIn, schemaOf } from "../plan/resolved.ts";
import { inputsOf } from "../plan/walk-relations.ts";
import { lowerAggregate } from "./lower-aggregate.ts";
import { lowerAsofJoin } from "./lower-asof-join.ts";
import { lowerDeduplicate } from "./lower-deduplicate.ts";
import { lowerGenerate } from "./lower-generate.ts";
import { lowerJoin } from "./lower-join.ts";
import { lowerStreamJoin } from "./lower-stream-join.ts";
import { lowerStatefulProgram } from "./lower-stateful-program.ts";
import { lowerTimeWindow, timeWindowIn } from "./lower-time-window.ts";
import { lowerWindow } from "./lower-window.ts";
import { Entrance, probesOf, type Probes } from "./prefetch.ts";
import { SharedPlan } from "../plan/shared-plan.ts";
import { lowerShared, type SharedRows } from "./lower-shared.ts";
import { lowerRecursion } from "./lower-recursion.ts";
import { sqlText } from "../functions/sql-text.ts";
import { sessionIn, withoutSessions } from "./lower-sessions.ts";
import { lowerCollectMetrics } from "./lower-collect-metrics.ts";
import { lowerValueMap } from "./lower-value-map.ts";
import { narrowScan, passedDown, type Narrowed, type WantedKey } from "./narrowing.ts";
import type { LastingSide, Lowering, PlanMode, Reading, Settling } from "./lowering.ts";
import { Stop } from "./stop.ts";

export type Leaf = Scan | LocalRows | ResolvedRange;

export interface Pipeline {
  readonly leaf: Leaf;
  /** Undefined for local rows and ranges. */
  readonly table: Table | undefined;
  /** Columns to read, in the order in which `input` expects them. */
  readonly columns: readonly string[];
  readonly narrowing?: Narrowing | undefined;
  readonly input: Operator;
  /** Of pipelines whose result may stay for the next batch of a stream. */
  readonly lasting?: LastingSide | undefined;
  readonly reading?: Reading | undefined;
  /** Operators that await something, from the source down: asked between chunks of input, and when the pipeline is finished. */
  readonly settled: Settling[];
  /** Operators above that may have had enough, the outermost first. Of bounded plans only. */
  readonly stops: readonly Stop[];
  /** Once something was read it is finished, though an operator above has had enough: it holds what others wait for. */
  readonly mustFinish: boolean;
}

export interface PhysicalPlan {
  readonly pipelines: readonly Pipeline[];
  /** From the sources down. */
  readonly watermarks: readonly EventTimeWatermark[];
  /** From the sources down. */
  readonly stateful: readonly StatefulOperator[];
  /** The same, the last operator of the plan first, left inputs before right ones. */
  readonly statefulFromTop: readonly StatefulOperator[];
  readonly filters: readonly Filter[];
  /** Where rows without an event time are left out. */
  readonly windows: readonly { readonly timelessRows: number }[];
  /** A column got a second watermark: Spark runs one batch of such a query. */
  readonly redefinesWatermark: boolean;
  /** One line an operator, the result first, inputs indented. */
  readonly description: readonly string[];
  /** In front of each operator, from the sources down; edges by their index, -1 being the result. */
  readonly meters: readonly { readonly meter: Meter; readonly next: number }[];
}

/** Stands in a line of the description in front of the number of the gauge behind its operator. */
export const GAUGE = "\u0000";

/** Counts the rows that leave an operator. `relation`: whose rows these are; of a scan that decides the filter above it, the filter. */
export interface Gauge { readonly meter: Meter; readonly relation: ResolvedRelation }

/** Builds the operators that bring `relation` to `out`. Throws for what cannot be run, before anything runs. `gauges`: gets one for each. */
export function planQuery(relation: ResolvedRelation, out: Operator, context: ExecutionContext, mode: PlanMode, gauges?: Gauge[]): PhysicalPlan {
  const planner = new Planner(context, mode, undefined, gauges);
  planner.probes = probesOf(relation);
  planner.lower(relation, out, 0);
  return planner;
}

/** A table that is read once is told what the filter above it asks for. */
function offered(input: ResolvedRelation, condition: ResolvedExpression): ResolvedRelation {
  if (input.kind === "subquery_alias") return offered(input.input, condition);
  if (input.kind !== "scan" || input.isStreaming) return input;
  const table = input.table as Partial<Table>, filtered = table.filtered?.(conjuncts(condition));
  if (filtered === undefined) return input;
  return Object.freeze({ ...input, table: table.refresh === undefined ? filtered : { ...filtered, refresh: table.refresh }, description: filtered.description });
}

/** The scan right below, under other names too. */
const scanIn = (relation: ResolvedRelation): Scan | undefined => (relation.kind === "subquery_alias" ? scanIn(relation.input) : relation.kind === "scan" ? relation : undefined);

class Planner implements PhysicalPlan, Lowering {
  readonly pipelines: Pipeline[] = [];
  readonly watermarks: EventTimeWatermark[] = [];
  readonly stateful: StatefulOperator[] = [];
  readonly statefulFromTop: StatefulOperator[] = [];
  readonly filters: Filter[] = [];
  readonly windows: { readonly timelessRows: number }[] = [];
  redefinesWatermark = false;
  readonly description: string[] = [];
  readonly #meters: { readonly meter: Meter; readonly next: Meter | undefined }[] = [];
  readonly context: ExecutionContext;
  readonly mode: PlanMode;
  readonly levels: ReadonlyMap<object, Table>;
  readonly shared = new Map<SharedPlan, SharedRows>();
  probes: Probes = new Map();
  readonly #taps = new Map<Tap, (operator: Operator) => void>();
  /** Of scans, what the filter above them left to them. */
  readonly #narrowings = new Map<Scan, Narrowing>();
  /** Of scans that read for a filter: the node of the plan that gives what they give. */
  readonly #standsFor = new Map<ResolvedRelation, ResolvedRelation>();
  #operatorIds = 0;
  #reserved = 0;
  #lasting: LastingSide | undefined;
  #reading: Reading | undefined;
  #stops: readonly Stop[] = [];
  #mustFinish = false;

  readonly #gauges: Gauge[] | undefined;

  constructor(context: ExecutionContext, mode: PlanMode, levels: ReadonlyMap<object, Table> = new Map(), gauges?: Gauge[]) {
    this.#gauges = gauges;
    this.context = context;
    this.mode = mode;
    this.levels = levels;
    if (mode.kind === "batch" && mode.stop !== undefined) this.#stops = [mode.stop];
  }

  lower(relation: ResolvedRelation, next: Operator, depth: number, keys: readonly WantedKey[] = []): void {
    this.#gauged(relation, next, into => this.#lower(relation, into, depth, keys));
  }

  /** Where operators are gauged, puts a gauge behind the one whose line `work` says first. */
  #gauged(relation: ResolvedRelation, next: Operator, work: (into: Operator) => void): void {
    if (this.#gauges === undefined) return work(next);
    const line = this.description.length, meter = new Meter({ kind: relation.kind, title: relation.kind, detail: "" }, next);
    work(meter);
    const said = this.description[line];
    if (said === undefined || said.includes(GAUGE)) return;
    this.description[line] = `${said}${GAUGE}${this.#gauges.push({ meter, relation: this.#standsFor.get(relation) ?? relation }) - 1}`;
  }

  #lower(relation: ResolvedRelation, next: Operator, depth: number, keys: readonly WantedKey[]): void {
    const context = this.context, [below = []] = passedDown(relation, keys);
    switch (relation.kind) {
      case "scan": {
        if (relation.table instanceof Tap) return this.#taps.get(relation.table)!(next);
        if (relation.table instanceof Recursion || relation.table instanceof RecursionReference) return lowerRecursion(this, relation, relation.table, next, depth);
        if (relation.table instanceof SharedPlan) return lowerShared(this, relation, relation.table, next, depth);
        this.say(depth, `Scan ${relation.description} [${relation.output.map(a => a.name).join(", ")}]${relation.isStreaming ? ", as a stream" : ""}`);
        return this.scan(relation, relation.table as Table, next, this.#narrowed(relation, undefined, keys).narrowing);
      }
      case "local_rows": case "range":
        this.say(depth, relation.kind === "range" ? `Range ${relation.start} to ${relation.end}` : `LocalRows ${relation.rows.length}`);
        this.#add({ leaf: relation, table: undefined, columns: relation.output.map(a => a.name), lasting: this.#lasting, ...this.#entrance(relation, next) });
        return;
      case "subquery_alias": return this.lower(relation.input, next, depth, below);
      case "filter": {
        this.say(depth, `Filter`);
        if (this.mode.kind === "stream" && relation.isStreaming && relation.condition.kind === "literal" && relation.condition.value !== true) return this.#nothing(relation.input, next, depth);
        const input = offered(relation.input, relation.condition), scan = scanIn(input), { narrowing, taken, rest } = this.#narrowed(scan, relation.condition, below);
        const filter = new Filter(rest === undefined ? (_, rows) => rows : compilePredicate(rest, relation.input.output), context, next);
        // Rows of tables beside a stream are not among those that its progress accounts for.
        if (this.mode.kind === "batch" || relation.isStreaming) this.filters.push(filter);
        const entry = this.metered(filter, next, "filter", "Filter", expressionText(relation.condition).replaceAll(/#\d+/g, ""));
        if (scan !== undefined) this.#standsFor.set(scan, taken === undefined ? scanIn(relation.input)! : rest === undefined ? relation : Object.freeze({ ...relation, condition: taken }));
        if (scan === undefined || narrowing === undefined) return this.lower(input, entry, depth + 1, below);
        this.#narrowings.set(scan, narrowing);
        this.lower(input, entry, depth + 1);
        this.#narrowings.delete(scan);
        return;
      }
      case "project": {
        const session = sessionIn(relation.expressions.map(e => e.expression));
        if (session !== undefined) return this.lower(withoutSessions(relation, session, context.settings), next, depth);
        const window = timeWindowIn(relation.expressions.map(e => e.expression));
        this.say(depth, `Project [${relation.output.map(a => a.name).join(", ")}]`);
        if (window !== undefined) return lowerTimeWindow(this, relation.input, window, depth + 1, (input, replace) =>
          this.metered(new Project(schemaOf(relation), relation.expressions.map(e => compileExpression(replace(e.expression), input)), context, next), next, "project", "Compute columns", relation.output.map(a => a.name).join(", ")));
        const project = new Project(schemaOf(relation), relation.expressions.map(e => compileExpression(e.expression, relation.input.output)), context, next);
        return this.lower(relation.input, this.metered(project, next, "project", "Compute columns", relation.output.map(a => a.name).join(", ")), depth + 1, below);
      }
      case "expand":
        this.say(depth, `Expand ${relation.projections.length} times`);
        return this.lower(relation.input, new Expand(schemaOf(relation), relation.projections.map(p => p.map(e => compileExpression(e, relation.input.output))), context, next), depth + 1);
      case "event_time_watermark": {
        this.say(depth, `EventTimeWatermark ${relation.eventTime.name}, ${relation.delayMicros / 1e6} s`);
        const operator = new EventTimeWatermark(placeIn(relation.input.output, relation.eventTime), relation.delayMicros, context, next, relation.options, relation.eventTime.name);
        const isLive = this.mode.kind === "stream" && relation.isStreaming;
        const input = isLive ? this.metered(operator, next, "watermark", `Watermark ${relation.eventTime.name}`, `${relation.delayMicros / 1e6} s of delay`) : next;
        const before = this.pipelines.length;
        this.lower(relation.input, input, depth + 1);
        operator.tables = this.pipelines.slice(before).flatMap(({ table }) => table ?? []);
        if (isLive) this.watermarks.push(operator);
        this.redefinesWatermark ||= relation.input.output.some(a => a.id === relation.eventTime.id && a.watermarkDelayMicros !== undefined);
        return;
      }
      case "aggregate": return lowerAggregate(this, relation, next, depth, below);
      case "deduplicate": return lowerDeduplicate(this, relation, next, depth);
      case "limit": {
        this.say(depth, `Limit ${relation.limit ?? "all"}${relation.offset > 0 ? `, after ${relation.offset}` : ""}`);
        if (this.mode.kind === "stream" && relation.isStreaming && relation.limit === 0) return this.#nothing(relation.input, next, depth);
        if (this.mode.kind === "stream" && relation.isStreaming && !(this.mode.outputMode === "complete" && aggregates(relation.input))) {
          const reserve = this.reserve();
          const operator = new StreamingLimit(reserve.id, relation.limit ?? Number.MAX_SAFE_INTEGER, context, next);
          this.reading(isOneStream(relation.input) ? { rowsWanted: () => operator.rowsWanted } : {}, () => this.lower(relation.input, operator, depth + 1));
          reserve.add(operator);
          return;
        }
        const input = relation.input;
        const limit = new Limit(relation.limit, relation.offset, context, next);
        const below = new Stop(() => limit.left <= 0, () => limit.finish());
        if (input.kind === "sort" && input.isGlobal && relation.limit !== undefined) {
          const most = relation.limit + relation.offset;
          return this.#gauged(Object.freeze({ ...relation, limit: most, offset: 0 }), limit, into => this.stopping(below, () => this.#sort(input, into, depth + 1, most)));
        }
        return this.stopping(below, () => this.lower(input, limit, depth + 1));
      }
      case "sort": return this.#sort(relation, next, depth, undefined);
      case "union": {
        this.say(depth, "Union");
        const join = new FanIn(relation.inputs.length, schemaOf(relation), next);
        for (const input of relation.inputs) this.lower(input, join, depth + 1);
        return;
      }
      case "join": return relation.left.isStreaming && relation.right.isStreaming ? lowerStreamJoin(this, relation, next, depth) : lowerJoin(this, relation, next, depth, keys);
      case "as_of_join": return lowerAsofJoin(this, relation, next, depth);
      case "set_operation": throw unsupported(relation.operation.toUpperCase());
      case "generate": return lowerGenerate(this, relation, next, depth);
      case "window": return lowerWindow(this, relation, next, depth);
      case "group_map": return lowerStatefulProgram(this, relation, next, depth);
      case "collect_metrics": return lowerCollectMetrics(this, relation, next, depth);
      case "value_map": return lowerValueMap(this, relation, next, depth);
      case "sample":
        this.say(depth, `Sample ${relation.lowerBound} to ${relation.upperBound}${relation.withReplacement ? ", with replacement" : ""}`);
        return this.lower(relation.input, new Sample(relation, context, next), depth + 1);
    }
  }

  lasting(side: LastingSide, work: () => void): void {
    const outer = this.#lasting;
    this.#lasting = outer ?? side;
    work();
    this.#lasting = outer;
  }

  scan(leaf: Scan, table: Table, next: Operator, narrowing?: Narrowing): void {
    this.#add({ leaf, table, columns: leaf.output.map(a => a.name), narrowing, lasting: this.#lasting, reading: this.#reading, ...this.#entrance(leaf, next) });
  }

  #add(pipeline: Omit<Pipeline, "stops" | "mustFinish">): void {
    const added = { ...pipeline, stops: this.#stops, mustFinish: this.#mustFinish };
    this.pipelines.push(added);
    for (const stop of this.#stops) stop.last = added;
  }

  stopping(stop: Stop | undefined, work: () => void): void {
    const outer = this.#stops;
    if (this.mode.kind === "batch") this.#stops = stop === undefined ? [] : [...outer, stop];
    work();
    this.#stops = outer;
  }

  finishing(work: () => void): void {
    const outer = this.#mustFinish;
    this.#mustFinish = true;
    work();
    this.#mustFinish = outer;
  }

  /** What a scan decides while it reads. Where something is fetched for its rows first, nothing. */
  #narrowed(scan: Scan | undefined, condition: ResolvedExpression | undefined, keys: readonly WantedKey[]): Narrowed {
    if (scan === undefined || this.mode.kind !== "batch" || this.probes.has(scan.output)) return { narrowing: undefined, taken: undefined, rest: condition };
    const decided = this.#narrowings.get(scan);
    return decided === undefined ? narrowScan(scan, condition, keys, this.context) : { narrowing: decided, taken: undefined, rest: condition };
  }

  /** Where batches of a leaf enter: before the operators, if something must be fetched for them, its entrance. */
  #entrance(leaf: Leaf, next: Operator): { readonly input: Operator; readonly settled: Settling[] } {
    const probes = this.probes.get(leaf.output);
    if (probes === undefined) return { input: next, settled: [] };
    const entrance = new Entrance(next, probes, this.context);
    return { input: entrance, settled: [entrance] };
  }

  tapped(tap: Tap, entry: (operator: Operator) => void, work: () => void): void {
    this.#taps.set(tap, entry);
    work();
    this.#taps.delete(tap);
  }

  settling(operator: Settling, work: () => void): void {
    const before = this.pipelines.length;
    work();
    for (const pipeline of this.pipelines.slice(before)) pipeline.settled.push(operator);
  }

  reading(how: Reading, work: () => void): void {
    const outer = this.#reading;
    this.#reading = outer === undefined ? how : { ...outer, ...how };
    work();
    this.#reading = outer;
  }

  /** An operator that lets nothing through: as in Spark the streams below are not read, and nothing of what is below them is kept. */
  #nothing(relation: ResolvedRelation, next: Operator, depth: number): void {
    this.say(depth + 1, "Nothing");
    const end: Operator = { push: () => true, finish: () => {} };
    this.reading({ isNeeded: () => false }, () => streamsBelow(relation).forEach((leaf, i) => this.scan(leaf, leaf.table as Table, i === 0 ? next : end)));
  }

  plan(relation: ResolvedRelation, out: Operator, levels: ReadonlyMap<object, Table>): PhysicalPlan {
    const planner = new Planner(this.context, { kind: "batch" }, new Map([...this.levels, ...levels]));
    planner.probes = probesOf(relation);
    planner.lower(relation, out, 0);
    return planner;
  }

  /** From the sources down. */
  get meters(): PhysicalPlan["meters"] {
    const order = [...this.#meters].reverse();
    return order.map(({ meter, next }) => ({ meter, next: order.findIndex(other => other.meter === next) }));
  }

  /** Puts a meter in front of an operator that hands on to `next`. */
  metered(operator: Operator, next: Operator, kind: string, title: string, detail: string): Operator {
    const meter = new Meter({ kind, title, detail }, operator);
    this.#meters.push({ meter, next: next instanceof Meter ? next : undefined });
    return meter;
  }

  say(depth: number, text: string): void { this.description.push(`${"  ".repeat(depth)}${text}`); }

  held(work: () => void): readonly string[] {
    const at = this.description.length;
    work();
    return this.description.splice(at);
  }

  tell(lines: readonly string[]): void { this.description.push(...lines); }

  /** Numbers operators with state from the sources down: the number is drawn on the way back up. */
  reserve(): { readonly id: () => number; add(operator: StatefulOperator): void } {
    const place = this.#reserved++;
    let id = -1;
    return { id: () => id, add: operator => { id = this.#operatorIds++; this.stateful.push(operator); this.statefulFromTop[place] = operator; } };
  }

  #sort(relation: ResolvedSort, next: Operator, depth: number, limit: number | undefined): void {
    this.say(depth, `${limit === undefined ? "Sort" : `TopN ${limit}`}`);
    const keys = relation.order.map(order => ({ evaluator: compileExpression(order.expression, relation.input.output), direction: order.direction, nulls: order.nulls }));
    const columns = relation.order.map(({ expression: e }) => e.kind === "attribute" ? placeIn(relation.input.output, e) : undefined);
    const sort = new Sort(schemaOf(relation), keys, limit, this.context, next, columns), texts = relation.order.map(({ expression }) => sqlText(expression)).join(", ");
    this.lower(relation.input, new Meter({ kind: "sort", title: "Sort", detail: `by ${texts}` }, sort), depth + 1);
  }
}

/** The scans of streams in a relation. */
const streamsBelow = (relation: ResolvedRelation): readonly Scan[] => (relation.kind === "scan" ? (relation.isStreaming ? [relation] : []) : inputsOf(relation).flatMap(streamsBelow));

/** One stream, row by row: what a limit doesn't need of it need not be read. */
function isOneStream(relation: ResolvedRelation): boolean {
  switch (relation.kind) {
    case "scan": return true;
    case "project": case "filter": case "event_time_watermark": case "subquery_alias": return isOneStream(relation.input);
    default: return false;
  }
}

/** Whether the result of a plan is one that complete mode gives anew each time. */
function aggregates(relation: ResolvedRelation): boolean {
  if (relation.kind === "aggregate") return true;
  return "input" in relation && aggregates(relation.input);
}
