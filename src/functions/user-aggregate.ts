/** A person's aggregate function: a state of their own for each group, as a value of a declared type. */
import { ExecutionError, MillraceError } from "../base/errors.ts";
import type { AggregateFunction, ObjectAggregate } from "../plan/function.ts";
import { signatureOf, type UserParameter } from "../plan/user-functions.ts";
import type { Cell } from "../types/cell.ts";
import { sameTypeIgnoringNullability, typeToSql, type DataType } from "../types/data-type.ts";
import { cellToValue, valueReader, valueToCell } from "../types/edge-values.ts";
import { exactly, implicitCast } from "./coercion.ts";
import { contextOf, unexpectedType, wrongNumberOfArguments } from "./errors.ts";

/** What a person gives: Spark's Aggregator. `reduce` and `merge` may change the state that they are given first, or return a new one. */
export interface UserAggregate {
  readonly name: string;
  readonly parameters: readonly UserParameter[];
  readonly stateType: DataType;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly deterministic: boolean;
  readonly zero: () => unknown;
  readonly reduce: (state: unknown, ...values: unknown[]) => unknown;
  readonly merge: (a: unknown, b: unknown) => unknown;
  readonly finish: (state: unknown) => unknown;
}

export function userAggregate(given: UserAggregate): AggregateFunction {
  const { name, parameters, type, nullable, deterministic } = given;
  return Object.freeze<AggregateFunction>({
    kind: "aggregate", isUser: true, name, usage: signatureOf(name, parameters.map(p => typeToSql(p.type).toLowerCase()), typeToSql(type).toLowerCase()), description: "A person's own aggregate function.", cases: [],
    bind: (args, _settings, origin) => {
      if (args.length !== parameters.length) throw wrongNumberOfArguments(name, args.length, String(parameters.length), origin);
      args.forEach((arg, i) => {
        const wanted = parameters[i]!.type;
        if (!sameTypeIgnoringNullability(arg.type, wanted) && implicitCast(arg.type, exactly(wanted)) === undefined) throw unexpectedType(name, args, i, `"${typeToSql(wanted)}"`, origin);
      });
      return { type, nullable, argTypes: parameters.map(p => p.type), canRaise: true, deterministic, implementation: implementation(given, origin) as unknown as ObjectAggregate<never> };
    },
  });
}

function implementation(given: UserAggregate, origin: Parameters<typeof contextOf>[0]): ObjectAggregate {
  const { parameters, stateType, type, nullable, merge, reduce, zero, finish } = given, readers = parameters.map(parameter => valueReader(parameter.type));
  const guarded = <T>(step: string, args: readonly unknown[] | undefined, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw failed(given, step, args, error, origin);
    }
  };
  const encode = (state: unknown): Cell => guarded("state", undefined, () => valueToCell(state, stateType, "state"));
  const decode = (cell: Cell): unknown => cellToValue(cell, stateType);
  return {
    kind: "object", merging: "in order", stateType, encode, decode,
    create: () => guarded("zero", undefined, zero),
    update: (state, cells) => {
      const values = new Array<unknown>(cells.length);
      for (let i = 0; i < cells.length; i++) {
        if (cells[i] === null && !parameters[i]!.nullable) return state;
        values[i] = readers[i]!(cells[i]!);
      }
      return guarded("reduce", values, () => settled(reduce(state, ...values)));
    },
    // A copy, because what comes in may become part of the result.
    merge: (to, from) => { const copy = decode(encode(from)); return guarded("merge", undefined, () => settled(merge(to, copy))); },
    finish: state => {
      encode(state);
      return guarded("finish", undefined, () => {
        const cell = valueToCell(settled(finish(state)), type, "the result");
        if (cell === null && !nullable) throw new TypeError(`it gave null, and its result is declared ${typeToSql(type)} NOT NULL`);
        return cell;
      });
    },
  };
}

function settled(value: unknown): unknown {
  if (typeof value === "object" && value !== null && "then" in value && typeof value.then === "function") throw new TypeError("it gave a promise, and aggregate functions are synchronous");
  return value;
}

function failed({ name, parameters, type }: UserAggregate, step: string, args: readonly unknown[] | undefined, cause: unknown, origin: Parameters<typeof contextOf>[0]): ExecutionError {
  const reason = cause instanceof MillraceError ? cause.text : cause instanceof Error ? cause.message : String(cause), signature = parameters.map(p => typeToSql(p.type).toLowerCase());
  const given = args === undefined ? undefined : args.map(String).join(", ");
  return new ExecutionError({
    condition: "FAILED_EXECUTE_UDF", sqlState: "39000",
    message: `User defined function (${signatureOf(name, signature, typeToSql(type).toLowerCase())}) failed due to: ${reason}${/[.!?]$/.test(reason) ? "" : "."} It was in ${step}${given === undefined ? "" : `, called with (${given})`}.`,
    messageParameters: { functionName: `\`${name}\``, signature: signature.join(", "), result: typeToSql(type).toLowerCase(), reason, step, ...(given !== undefined && { arguments: given }) }, queryContext: contextOf(origin), cause,
  });
}
