/** From what a person gives to transformWithState() and its kin to the program that a plan holds. */
import { nearest } from "../base/errors.ts";
import type { ProgramApi, ProgramHandlers, StatefulProgram } from "../plan/stateful-program.ts";
import { VARIANT, field, struct, type StructType } from "../types/data-type.ts";
import { badArgument } from "./api-errors.ts";
import { dataTypeOf, structTypeOf, type DataType, type Schema } from "./schema.ts";
import { variablesOf, type FlatMapGroupsOptions, type StateSpec, type StatefulProcessor } from "./state-types.ts";

type Processor = StatefulProcessor<unknown, unknown, StateSpec, unknown>;
const MEMBERS = ["name", "state", "output", "timeMode", "eventTimeColumnName", "initialState", "init", "handleInputRows", "handleExpiredTimer", "handleInitialState", "close"];
const TIMEOUTS = { NoTimeout: "None", ProcessingTimeTimeout: "ProcessingTime", EventTimeTimeout: "EventTime" } as const;

/** The row of a program without a declared output. */
export const ANY_VALUE: StructType = struct([field("value", VARIANT)]);

/** `output`: undefined where the program gives values of any kind. */
export function processorProgram(given: unknown, output: StructType | undefined): StatefulProgram {
  if (typeof given !== "object" || given === null) throw badArgument("transformWithState() takes an object with `state` and `handleInputRows`.");
  const processor = given as Processor;
  checkMembers(given, MEMBERS, "transformWithState");
  if (typeof processor.handleInputRows !== "function") throw badArgument("transformWithState() needs handleInputRows(key, rows, context).", "*handleInputRows(key, rows, { state }) { ... yield row }");
  const timeMode = choice(processor.timeMode ?? "None", ["None", "ProcessingTime", "EventTime"] as const, "timeMode");
  if (processor.initialState !== undefined && typeof processor.handleInitialState !== "function") throw badArgument("`initialState` needs handleInitialState(key, row, context).");
  const shape = output === undefined ? asValues : (result: unknown) => result;
  const handlers: ProgramHandlers = {
    init: () => processor.init?.(),
    rows: (key, rows, context) => shape(processor.handleInputRows(key, rows, context as never)),
    ...(processor.handleExpiredTimer !== undefined && { timer: (key: unknown, at: unknown, context: unknown) => shape(processor.handleExpiredTimer!(key, at as never, context as never)) }),
    initial: (key, row, context) => processor.handleInitialState?.(key, row as never, context as never),
    close: () => processor.close?.(),
  };
  return Object.freeze({
    api: "transformWithState", name: processor.name, timeMode, outputMode: undefined, variables: variablesOf(processor.state ?? {}), output: output ?? ANY_VALUE,
    eventTimeColumn: output === undefined ? undefined : processor.eventTimeColumnName, handlers,
  });
}

/** The output that a processor declares, if it does. */
export function declaredOutput(given: unknown): StructType | undefined {
  const output = typeof given === "object" && given !== null && "output" in given ? given.output : undefined;
  return output === undefined ? undefined : structTypeOf(output as Schema<unknown>);
}

export function groupStateProgram(api: ProgramApi, given: unknown, call: unknown): StatefulProgram {
  if (typeof given !== "object" || given === null || typeof call !== "function") throw badArgument(`${api}() takes options and a function.`, `${api}({ stateType: bigint(), output: Out${api === "flatMapGroupsWithState" ? ', outputMode: "update"' : ""} }, (key, rows, state) => ...)`);
  checkMembers(given, ["name", "stateType", "output", "timeout", ...(api === "flatMapGroupsWithState" ? ["outputMode"] : [])], api);
  const { name, stateType, output, timeout = "NoTimeout", outputMode = "update" } = given as FlatMapGroupsOptions<DataType<unknown>, unknown>;
  choice(timeout, ["NoTimeout", "ProcessingTimeTimeout", "EventTimeTimeout"] as const, "timeout");
  choice(outputMode, ["append", "update"] as const, "outputMode");
  return Object.freeze({
    api, name, timeMode: TIMEOUTS[timeout], outputMode, variables: [Object.freeze({ name: "state", kind: "value" as const, type: dataTypeOf(stateType) })], output: structTypeOf(output), eventTimeColumn: undefined,
    handlers: { rows: (key: unknown, rows: Iterable<unknown>, state: unknown) => (call as (...args: unknown[]) => unknown)(key, rows, state) },
  });
}

/** What handlers give, each value as a row of its own; what isn't iterable is left for the operator to refuse. */
function asValues(result: unknown): unknown {
  if (typeof result !== "object" || result === null || !(Symbol.iterator in result)) return result;
  return (function* () { for (const value of result as Iterable<unknown>) yield { value }; })();
}

function checkMembers(given: object, known: readonly string[], api: string): void {
  if (Object.getPrototypeOf(given) !== Object.prototype) return; // an object of a class may have members of its own
  const wrong = Object.keys(given).find(name => !known.includes(name));
  if (wrong === undefined) return;
  const near = nearest(wrong, known)[0];
  throw badArgument(`${api}() knows no '${wrong}'.`, near === undefined ? known.join(", ") : `did you mean '${near}'?`);
}

function choice<T extends string>(value: string, known: readonly T[], name: string): T {
  const found = known.find(other => other === value);
  if (found !== undefined) return found;
  throw badArgument(`${name} is one of ${known.map(other => `"${other}"`).join(", ")}; not ${JSON.stringify(value)}.`, nearest(value, known)[0] === undefined ? undefined : `did you mean "${nearest(value, known)[0]}"?`);
}
