/**
 * Columns of CHAR(n) and VARCHAR(n). They are texts in every expression; the column itself remembers what it was declared as, so that
 * tables and views made of it show it. CHARs are filled up with spaces where they are read, and so is what is compared with one: a
 * constant, or a CHAR of another length (Spark's ApplyCharTypePadding). Where it is computed with, a text is as long as it is.
 */
import { evaluateConstant, isConstant } from "../eval/constant.ts";
import { holdsLengths, isPadded, padded, padding, withoutLengths } from "../functions/string/char-lengths.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { STRING, type DataType } from "../types/data-type.ts";
import { changeAttribute, literalOf, makeAttribute, passThrough, projectTo, scalarCall } from "./build.ts";

/** A table's column: texts for CHAR and VARCHAR, and what was declared. */
export function columnOf(name: string, type: DataType, nullable: boolean, qualifier: readonly string[], comment: string | undefined): Attribute {
  const made = makeAttribute(name, withoutLengths(type), nullable, qualifier, undefined, comment);
  return holdsLengths(type) ? changeAttribute(made, { declared: type }) : made;
}

/** The scan with its CHARs filled up. */
export function padScan(scan: ResolvedRelation, settings: SqlSettings): ResolvedRelation {
  const pads = ({ declared }: Attribute): boolean => declared !== undefined && isPadded(declared);
  if (!scan.output.some(pads)) return scan;
  return projectTo(scan, scan.output.map((a): NamedExpression => {
    if (!pads(a)) return passThrough(a);
    return { expression: filled(a, a.declared!, settings), attribute: columnOf(a.name, a.declared!, a.nullable, a.qualifier, a.comment) };
  }), scan.origin);
}

function filled(value: ResolvedExpression, type: DataType, settings: SqlSettings): ResolvedExpression {
  const entry = padding(type);
  return scalarCall(entry, [value], entry.bind([value], settings, undefined), settings, value.origin);
}

const COMPARISONS: ReadonlySet<string> = new Set(["=", "==", "<=>", "!=", "<>", "<", "<=", ">", ">="]);

/** The arguments of a comparison or IN with the shorter filled up to the length of the longer, where a column is a CHAR. */
export function comparedAsChars(name: string, args: readonly ResolvedExpression[], settings: SqlSettings): readonly ResolvedExpression[] {
  if (!(name === "in" || COMPARISONS.has(name)) || !args.some(arg => lengthOf(arg) !== undefined)) return args;
  if (name === "in" && (lengthOf(args[0]!) === undefined || !args.slice(1).every(arg => constantText(arg, settings) !== undefined))) return args;
  const texts = args.map(arg => lengthOf(arg) === undefined ? constantText(arg, settings) : null);
  if (texts.some(text => text === undefined)) return args;
  const longest = Math.max(...args.map((arg, i) => lengthOf(arg) ?? Array.from(texts[i] ?? "").length));
  return args.map((arg, i) => {
    const text = texts[i], own = lengthOf(arg);
    if (own !== undefined) return own === longest ? arg : filled(arg, { kind: "char", length: longest }, settings);
    return text === null || text === undefined ? arg : literalOf(padded(text, longest), STRING, arg.origin);
  });
}

const lengthOf = (e: ResolvedExpression): number | undefined => e.kind === "attribute" && e.declared?.kind === "char" ? e.declared.length : undefined;

/** The value of a plain text without columns; undefined: it is none, or has no value. */
function constantText(e: ResolvedExpression, settings: SqlSettings): string | null | undefined {
  if (e.type.kind === "void") return null;
  if (e.type.kind !== "string" || e.type.collation !== undefined || !isConstant(e)) return undefined;
  try {
    return evaluateConstant(e, settings) as string | null;
  } catch {
    return undefined;
  }
}
