/** Makes resolved nodes with their types, nullability and outputs worked out. */
import type {
  Attribute, NamedExpression, ResolvedCast, ResolvedExpression, ResolvedFilter, ResolvedLiteral, ResolvedProject, ResolvedRelation, ScalarCall,
} from "../plan/resolved.ts";
import type { Binding, ScalarFunction, SqlSettings } from "../plan/function.ts";
import type { Origin } from "../plan/expressions.ts";
import { mayMakeNull } from "../functions/coercion.ts";
import type { Cell } from "../types/cell.ts";
import { neverFails } from "../functions/casts.ts";
import { sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";

/** A function that the analyser puts in by itself and nobody can call by name. */
export function internalFunction(name: string, description: string): ScalarFunction {
  return Object.freeze({
    kind: "scalar" as const, name, usage: name, description, cases: [],
    bind: (): Binding => { throw new Error(`${name} is bound by the analyser`); },
  });
}

let lastId = 0;
/** Ids of attributes and lambda variables: unique in the process. */
export const freshId = (): number => ++lastId;

export function makeAttribute(name: string, type: DataType, nullable: boolean, qualifier: readonly string[] = [], watermarkDelayMicros?: number, comment?: string): Attribute {
  return Object.freeze({ kind: "attribute", id: freshId(), name, type, nullable, qualifier, ...(watermarkDelayMicros !== undefined && { watermarkDelayMicros }), ...(comment !== undefined && { comment }) });
}

/** The same column under other qualifiers or nullability; the id stays. */
export function changeAttribute(attribute: Attribute, change: { readonly qualifier?: readonly string[]; readonly nullable?: boolean; readonly name?: string; readonly isAutoNamed?: true; readonly comment?: string | undefined; readonly declared?: DataType }): Attribute {
  return Object.freeze({ ...attribute, ...change });
}

export const literalOf = (value: Cell, type: DataType, origin?: Origin): ResolvedLiteral =>
  Object.freeze({ kind: "literal", value, type, nullable: value === null, origin });

export const passThrough = (attribute: Attribute): NamedExpression => ({ expression: attribute, attribute });

/** The attribute that an expression makes under a name: an attribute under a new name keeps its watermark, so does a window, and its comment. */
export function nameExpression(expression: ResolvedExpression, name: string): NamedExpression {
  const delay = watermarkOf(expression);
  if (expression.kind !== "attribute") return { expression, attribute: makeAttribute(name, expression.type, expression.nullable, [], delay) };
  const { comment, declared } = expression, attribute = makeAttribute(name, expression.type, expression.nullable, [], delay, comment);
  return { expression, attribute: declared === undefined ? attribute : changeAttribute(attribute, { declared }) };
}

/** The watermark delay that an expression's value carries on. */
export function watermarkOf(expression: ResolvedExpression): number | undefined {
  switch (expression.kind) {
    case "attribute": case "time_window": case "session_window": return expression.watermarkDelayMicros;
    // window_time(w) is an instant of the window, so it is as late as the window.
    case "scalar_call": return expression.function.name === "window_time" ? watermarkOf(expression.args[0]!) : undefined;
    // start and end of a window are plain instants.
    default: return undefined;
  }
}

export function projectTo(input: ResolvedRelation, expressions: readonly NamedExpression[], origin?: Origin): ResolvedProject {
  return Object.freeze({ kind: "project", input, expressions, output: expressions.map(e => e.attribute), isStreaming: input.isStreaming, origin });
}

export function filterBy(input: ResolvedRelation, condition: ResolvedExpression, origin?: Origin): ResolvedFilter {
  return Object.freeze({ kind: "filter", input, condition, output: input.output, isStreaming: input.isStreaming, origin });
}

export function castOf(child: ResolvedExpression, type: DataType, evalMode: ResolvedCast["evalMode"], { timeZone }: SqlSettings, implicit: boolean, origin?: Origin): ResolvedCast {
  const nullable = child.nullable || (evalMode === "try" ? !neverFails(child.type, type) : mayMakeNull(child.type, type));
  return Object.freeze({ kind: "cast", child, type, nullable, evalMode, timeZone, implicit, origin: origin ?? child.origin });
}

/** The child as it is when it has the type, else an implicit cast. */
export function coerce(child: ResolvedExpression, type: DataType, settings: SqlSettings): ResolvedExpression {
  if (child.kind === "lambda" || sameTypeIgnoringNullability(child.type, type)) return child;
  if (child.kind === "literal" && child.value === null) return literalOf(null, type, child.origin);
  if (type.kind === "binary" && isTextOfBytes(child)) return child.child;
  // A text is the same text in any collation.
  if (child.type.kind === "string" && type.kind === "string") return Object.freeze({ ...child, type } as ResolvedExpression);
  return castOf(child, type, settings.ansi ? "ansi" : "legacy", settings, true);
}

/** Text of bytes, which in Spark may be any bytes. */
export const isTextOfBytes = (e: ResolvedExpression): e is ResolvedCast => e.kind === "cast" && e.type.kind === "string" && e.child.type.kind === "binary";

/** A call of a scalar function, its arguments cast as the binding wants them. */
export function scalarCall(fn: ScalarFunction, args: readonly ResolvedExpression[], binding: Binding, settings: SqlSettings, origin?: Origin): ScalarCall {
  const [first, ...rest] = args;
  if (binding.ofBytes !== undefined && first !== undefined) {
    if (isTextOfBytes(first)) return scalarCall(fn, [first.child, ...rest], binding.ofBytes, settings, origin);
    if (first.type.kind === "binary" && binding.argTypes?.[0]?.kind === "string") return scalarCall(fn, args, binding.ofBytes, settings, origin);
  }
  const wanted = binding.argTypes;
  const cast = wanted === undefined ? args : args.map((arg, i) => { const type = wanted[i]; return type === undefined ? arg : coerce(arg, type, settings); });
  const nullable = binding.nullAware === true ? binding.nullable ?? false : (binding.nullable ?? false) || cast.some(arg => arg.kind !== "lambda" && arg.nullable);
  return Object.freeze({ kind: "scalar_call", function: fn, args: cast, binding, type: binding.type, nullable, origin });
}
