/** Arguments and options that functions of record formats share: constants, with Spark's messages where they aren't. */
import { AnalysisError } from "../../base/errors.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { MapCell } from "../../types/cell.ts";
import { VOID } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { contextOf, mismatch } from "../errors.ts";

/** Options by their names in lower case. */
export type TextOptions = Readonly<Record<string, string>>;

export interface NamedCall {
  readonly name: string;
  /** The arguments as messages show them: those left out as NULL. */
  readonly shown: readonly ResolvedExpression[];
  readonly origin: Origin | undefined;
}

export function namedCall(name: string, args: readonly ResolvedExpression[], most: number, origin: Origin | undefined): NamedCall {
  const left = Array.from({ length: Math.max(0, most - args.length) }, (): ResolvedExpression => ({ kind: "literal", value: null, type: VOID, nullable: true }));
  return { name, shown: [...args, ...left], origin };
}

/** @throws AnalysisError DATATYPE_MISMATCH.TYPE_CHECK_FAILURE_WITH_HINT */
export function wrongArgument({ name, shown, origin }: NamedCall, msg: string, hint = ""): AnalysisError {
  return mismatch("TYPE_CHECK_FAILURE_WITH_HINT", name, shown, `${msg}${hint}.`, { msg, hint }, origin);
}

/** A constant text; null where NULL is given, undefined where nothing is. `wrong`: what is said of anything else. */
export function textArgument(call: NamedCall, arg: ResolvedExpression | undefined, wrong: string): string | null | undefined {
  if (arg === undefined) return undefined;
  const cell = arg.type.kind === "string" || arg.type.kind === "void" ? constantCell(arg) : undefined;
  if (cell === null || typeof cell === "string") return cell;
  throw wrongArgument(call, wrong);
}

/** A constant map of text to text, or NULL. */
export function optionsArgument(call: NamedCall, arg: ResolvedExpression | undefined, wrong: string): TextOptions {
  if (arg === undefined || arg.type.kind === "void") return {};
  const { type } = arg, cell = type.kind === "map" && type.key.kind === "string" && type.value.kind === "string" ? constantCell(arg) : undefined;
  if (cell === undefined) throw wrongArgument(call, wrong);
  return cell === null ? {} : Object.fromEntries((cell as MapCell).entries.flatMap(([k, v]) => (v === null ? [] : [[String(k).toLowerCase(), String(v)]])));
}

/** How bad records are met: the modes that functions take. @throws AnalysisError PARSE_MODE_UNSUPPORTED */
export function parseModeArgument({ name, origin }: NamedCall, options: TextOptions): "PERMISSIVE" | "FAILFAST" {
  const mode = (options["mode"] ?? "FAILFAST").toUpperCase();
  if (mode === "DROPMALFORMED") throw new AnalysisError({
    condition: "PARSE_MODE_UNSUPPORTED", sqlState: "42601", message: `The function \`${name}\` doesn't support the ${mode} mode. Acceptable modes are PERMISSIVE and FAILFAST.`,
    messageParameters: { funcName: `\`${name}\``, mode }, queryContext: contextOf(origin),
  });
  return mode === "FAILFAST" ? mode : "PERMISSIVE";
}
