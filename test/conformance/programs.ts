/** The little programs of the scenarios, as a person would write them. */
import {
  bigint, int, listState, mapState, schema, string, struct, timestamp, valueState, type DataFrame, type GroupState, type Infer, type Session, type StateContext, type Timestamp, type ValueState,
} from "millrace";

interface Program {
  readonly kind: "counter" | "threshold" | "changes" | "value_counter" | "ttl_counter" | "list_flush" | "map_counts";
  readonly timeout?: "EventTime" | "ProcessingTime";
  readonly timeoutMillis?: number;
  readonly emitOnData?: boolean;
  readonly limit?: number;
  readonly timeMode?: "EventTime" | "ProcessingTime";
  readonly timerMillis?: number;
  readonly ttlMillis?: number;
}
export interface ProgramOp { readonly input: string; readonly groupBy: readonly string[]; readonly api?: string; readonly program: Program; readonly outputMode?: "append" | "update"; readonly as: string }

const Event = schema({ ts: timestamp(), key: string(), v: int() });
const Counted = schema({ key: string(), n: bigint(), total: bigint(), why: string() });
const Changed = schema({ key: string(), seq: bigint(), v: bigint(), why: string() });
type Row = Infer<typeof Event>;
type Key = Record<string, unknown>;

/** The frame of a step: a program over the view that it names. */
export function program(session: Session, op: ProgramOp, outputMode: string): DataFrame<unknown> {
  const grouped = session.table(op.input).as(Event).groupBy(...op.groupBy as "key"[]), { program: spec } = op, mode = op.outputMode ?? (outputMode as "append" | "update");
  if (op.api === "transformWithState") return processor(grouped, spec);
  const timeout = spec.timeout === undefined ? "NoTimeout" as const : `${spec.timeout}Timeout` as const;
  if (spec.kind === "changes") {
    return grouped.flatMapGroupsWithState({ outputMode: mode, stateType: struct({ last: bigint(), seq: bigint().notNull() }), output: Changed }, function* (key, rows, state) {
      let { last, seq } = state.exists() ? state.get() : { last: null as bigint | null, seq: 0n };
      for (const { v } of sorted(rows)) {
        if (BigInt(v!) === last) continue;
        last = BigInt(v!);
        yield { key: nameOf(key), seq: ++seq, v: last, why: "change" };
      }
      state.update({ last, seq });
    });
  }
  return grouped.flatMapGroupsWithState({ outputMode: mode, timeout, stateType: struct({ n: bigint().notNull(), total: bigint().notNull() }), output: Counted },
    (key, rows, state) => [...count(nameOf(key), rows, state, spec)]);
}

function* count(key: string | null, rows: Iterable<Row>, state: GroupState<{ n: bigint; total: bigint }>, spec: Program) {
  if (state.hasTimedOut()) {
    yield { key, ...state.get(), why: "timeout" };
    state.remove();
    return;
  }
  const all = sorted(rows), counted = added(state.getOption(), all);
  if (spec.kind === "threshold" && counted.total >= BigInt(spec.limit!)) {
    if (state.exists()) state.remove();
    yield { key, ...counted, why: "close" };
    return;
  }
  state.update(counted);
  if (spec.timeout === "EventTime") state.setTimeoutTimestamp(Math.max(lastMillis(all) + spec.timeoutMillis!, state.getCurrentWatermarkMs() + 1));
  if (spec.timeout === "ProcessingTime") state.setTimeoutDuration(spec.timeoutMillis!);
  if (spec.emitOnData !== false) yield { key, ...counted, why: "data" };
}

type Grouped = ReturnType<DataFrame<Row>["groupBy"]> & { transformWithState: (...args: never[]) => unknown };

function processor(grouped: Grouped, spec: Program): DataFrame<unknown> {
  const { timerMillis = 0, ttlMillis, timeMode = "None" } = spec, Pair = struct({ n: bigint().notNull(), total: bigint().notNull() });
  switch (spec.kind) {
    case "list_flush": return grouped.transformWithState({
      state: { buffer: listState(bigint()) }, output: Counted,
      *handleInputRows(key, rows, { state: { buffer } }) {
        const values = [...buffer.get(), ...sorted(rows as Iterable<Row>).map(row => BigInt(row.v!))];
        if (values.length < spec.limit!) return buffer.put(values);
        buffer.clear();
        const ascending = values.toSorted((a, b) => Number(a - b));
        yield { key: nameOf(key), n: BigInt(values.length), total: values.reduce((sum, v) => sum + v), why: ascending.join(",") };
      },
    });
    case "map_counts": return grouped.transformWithState({
      state: { counts: mapState(bigint(), bigint()) }, output: Counted,
      *handleInputRows(key, rows, { state: { counts } }) {
        const values = sorted(rows as Iterable<Row>).map(row => BigInt(row.v!));
        for (const v of [...new Set(values)].toSorted((a, b) => Number(a - b))) {
          const n = (counts.get(v) ?? 0n) + BigInt(values.filter(other => other === v).length);
          counts.set(v, n);
          yield { key: nameOf(key), n, total: v, why: "data" };
        }
      },
    });
    default: return grouped.transformWithState({
      timeMode, output: Counted, state: { acc: valueState(Pair, ttlMillis === undefined ? {} : { ttl: `${ttlMillis} milliseconds` }) },
      *handleInputRows(key, rows, { state: { acc }, timers, time }) {
        const all = sorted(rows as Iterable<Row>), counted = added(acc.get(), all);
        acc.update(counted);
        if (timerMillis > 0) {
          for (const at of timers.list()) timers.delete(at);
          timers.register(new Date((timeMode === "EventTime" ? lastMillis(all) : time.processingTime().valueOf()) + timerMillis));
        }
        yield { key: nameOf(key), ...counted, why: "data" };
      },
      *handleExpiredTimer(key: Key, _at: Timestamp, { state: { acc } }: StateContext<{ acc: import("millrace").StateVar<ValueState<{ n: bigint; total: bigint }>> }>) {
        const last = acc.get();
        acc.clear();
        if (last !== null) yield { key: nameOf(key), ...last, why: "timer" };
      },
    });
  }
}

const nameOf = (key: Key): string | null => Object.values(key)[0] as string | null;

/** By (ts, v). */
function sorted(rows: Iterable<Row>): Row[] {
  return [...rows].sort((a, b) => a.ts!.compareTo(b.ts!) || a.v! - b.v!);
}
function added(before: { n: bigint; total: bigint } | null, rows: readonly Row[]): { n: bigint; total: bigint } {
  return { n: (before?.n ?? 0n) + BigInt(rows.length), total: (before?.total ?? 0n) + rows.reduce((sum, row) => sum + BigInt(row.v!), 0n) };
}
const lastMillis = (rows: readonly Row[]): number => Math.max(...rows.map(row => Number(row.ts!.epochMicros / 1000n)));
