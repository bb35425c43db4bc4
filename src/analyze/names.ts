/** Names that nobody wrote: what a column without an alias is called, and how messages show an expression. */
import type { Expression, FrameBound, UnresolvedAttribute, WindowExpression } from "../plan/expressions.ts";
import { expressionToSql } from "../plan/print.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { collationOf } from "./collations.ts";
import type { Resolver } from "./expressions.ts";
import { BARE_FUNCTIONS, GROUPING_ID } from "./name-lookup.ts";
import { argumentsOf, hasNames } from "./named-arguments.ts";
import { findAttribute, type Scope } from "./scope.ts";
import { exactAttribute, expandStars, starredField } from "./stars.ts";
import { shownArguments } from "./routines.ts";
import { shownReferences } from "./subqueries.ts";
import { rewriteUnresolved, someUnresolved } from "./unresolved.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import { isNumeric, quoteIfNeeded, sameTypeIgnoringNullability, typeToSql, type DataType } from "../types/data-type.ts";
import { named as windowOf } from "./windows.ts";

/** The expression's text as Spark shows it: columns without qualifiers, `*` written out, parameters as their values. */
export function displayName(resolver: Resolver, expression: Expression): string {
  return expressionToSql(forDisplay(resolver, expression), { timeZone: resolver.timeZone, typeOf: e => plainType(resolver, e) });
}

/** The type of an expression of columns and scalar functions; undefined for others, and for what is none. */
function plainType(resolver: Resolver, expression: Expression): DataType | undefined {
  const isPlain = !someUnresolved(expression, e => e.kind === "subquery" || e.kind === "window" || e.kind === "lambda" || e.kind === "unresolved_star" || (e.kind === "unresolved_function" && resolver.context.lookupFunction(e.name)?.kind !== "scalar"));
  if (!isPlain) return undefined;
  try {
    return resolver.resolve(expression).type;
  } catch {
    return undefined;
  }
}

/** The name of a select item. */
export function outputName(resolver: Resolver, expression: Expression, resolved: ResolvedExpression): string {
  switch (expression.kind) {
    case "alias": return expression.names[0]!;
    case "unresolved_attribute": {
      const name = expression.nameParts[expression.nameParts.length - 1]!;
      if (expression.isClause === true && resolved.kind !== "attribute") return displayName(resolver, expression);
      return name.toLowerCase() === GROUPING_ID && (resolved.kind !== "attribute" || resolved.name === "spark_grouping_id") ? GROUPING_ID : name;
    }
    // A cast of a column is called as the column, that of a path into a VARIANT as the path.
    case "cast":
      if (expression.child.kind === "unresolved_function" && expression.child.pathName !== undefined) return expression.child.pathName;
      return expression.child.kind === "unresolved_attribute" && resolved.kind === "cast" && resolved.child.kind === "attribute" ? outputName(resolver, expression.child, resolved.child) : displayName(resolver, expression);
    case "extract_value": return starredField(expression) ?? displayName(resolver, expression);
    case "expression_string": return outputName(resolver, resolver.context.parseExpression(expression.sql), resolved);
    case "unresolved_function":
      if (resolved.kind === "time_window" || resolved.kind === "session_window") return resolved.kind === "time_window" ? "window" : "session_window";
      return displayName(resolver, expression);
    default: return displayName(resolver, expression);
  }
}

/** What struct(...) calls the field of an argument: its alias, the column's name, or `col1`. */
export function fieldName(resolver: Resolver, expression: Expression, resolved: ResolvedExpression, index: number): string {
  if (expression.kind === "alias") return expression.names[0]!;
  if (expression.kind === "unresolved_attribute") return expression.nameParts[expression.nameParts.length - 1]!;
  if (expression.kind === "lambda_variable") return expression.name;
  if (expression.kind === "extract_value" && starredField(expression) !== undefined) return starredField(expression)!;
  if (expression.kind === "extract_value" && resolved.kind === "field_access") return resolved.name;
  if (expression.kind === "expression_string") return fieldName(resolver, resolver.context.parseExpression(expression.sql), resolved, index);
  return `col${index + 1}`;
}

function forDisplay(resolver: Resolver, expression: Expression): Expression {
  const scopes: Scope[] = [resolver.scope, ...(resolver.options.outer === undefined ? [] : [resolver.options.outer.scope])];
  return rewriteUnresolved(expression, e => {
    switch (e.kind) {
      case "unresolved_attribute": {
        const outer = outerColumn(resolver, e);
        if (outer !== undefined) return { kind: "unresolved_attribute", nameParts: [outer] };
        if (resolver.names.isVariable(e.nameParts)) return { kind: "unresolved_attribute", nameParts: variableText(resolver, e.nameParts) };
        if (resolver.names.isLateralAlias(e.nameParts)) return { kind: "unresolved_attribute", nameParts: [`lateralAliasReference(${e.nameParts[0]!})`, ...e.nameParts.slice(1)] };
        if (isBareFunction(resolver, e, scopes)) return { kind: "unresolved_function", name: e.nameParts[0]!, args: [] };
        if (e.nameParts.length === 1) return e.planId === undefined ? e : { kind: "unresolved_attribute", nameParts: e.nameParts };
        for (const scope of scopes) {
          const match = tryFind(e.nameParts, scope, resolver);
          if (match !== undefined) return match === 1 ? e : { kind: "unresolved_attribute", nameParts: e.nameParts.slice(match - 1) };
        }
        return e;
      }
      case "subquery": {
        const outer = shownReferences(e);
        return outer.length === 0 ? e : { ...e, outer, ...(e.values !== undefined && { values: e.values.map(value => forDisplay(resolver, value)) }) };
      }
      case "window": {
        const shown = shownWindow(resolver, e);
        return shown === e ? e : forDisplay(resolver, shown);
      }
      case "expression_string": return forDisplay(resolver, resolver.context.parseExpression(e.sql));
      case "parameter": {
        const value = resolver.context.parameters?.get(e.name);
        return value ?? e;
      }
      case "unresolved_function": {
        const window = e.name.toLowerCase();
        if ((window === "window" || window === "session_window") && e.args.length > 1) return { kind: "unresolved_attribute", nameParts: [window] };
        const routine = resolver.context.lookupFunction(e.name) === undefined ? resolver.context.lookupRoutine?.(e.name.split(".")) : undefined;
        if (routine !== undefined) return { kind: "unresolved_attribute", nameParts: [`${routine.name}(${shownArguments(routine, e.args).map(arg => displayName(resolver, arg)).join(", ")})`] };
        if (hasNames(e) && resolver.context.lookupFunction(e.name)?.kind === "aggregate") return forDisplay(resolver, { ...e, args: argumentsOf(window, e) });
        if (!e.args.some(arg => arg.kind === "unresolved_star")) {
          const args = UNCOLLATED.has(window) ? e.args : inCollation(resolver, e.args);
          return args === e.args ? e : { ...e, args: args.map(arg => forDisplay(resolver, arg)) };
        }
        const isCount = e.name.toLowerCase() === "count" && e.args.length === 1;
        const star = e.args[0]!;
        if (isCount && star.kind === "unresolved_star" && star.target.length === 0 && star.except === undefined && e.distinct !== true) return { ...e, args: [{ kind: "literal", value: 1, type: { kind: "int" } }] };
        return forDisplay(resolver, { ...e, args: expandStars(resolver, e.args) });
      }
      case "case_when": {
        const given = [...e.branches.map(branch => branch.then), ...e.otherwise === undefined ? [] : [e.otherwise]], args = inCollation(resolver, given);
        if (args === given) return e;
        const shown = args.map(arg => forDisplay(resolver, arg));
        return { ...e, branches: e.branches.map(({ when }, i) => ({ when: forDisplay(resolver, when), then: shown[i]! })), ...(e.otherwise !== undefined && { otherwise: shown.at(-1)! }) };
      }
      case "in_list": {
        if (e.values.some(value => value.kind === "unresolved_star")) return forDisplay(resolver, { ...e, values: expandStars(resolver, e.values) });
        const given = [e.child, ...e.values], args = inCollation(resolver, given);
        if (args === given) return e;
        const [child, ...values] = args.map(arg => forDisplay(resolver, arg));
        return { ...e, child: child!, values };
      }
      default: return e;
    }
  });
}

/** Whether a name is a function without its parentheses: no column, field or lateral alias has it. */
function isBareFunction(resolver: Resolver, { nameParts, planId }: UnresolvedAttribute, scopes: readonly Scope[]): boolean {
  return planId === undefined && nameParts.length === 1 && BARE_FUNCTIONS.has(nameParts[0]!.toLowerCase()) && scopes.every(scope => tryFind(nameParts, scope, resolver) === undefined);
}

/** What stands for a column of the query around this one: `outer(t.x)`. */
function outerColumn(resolver: Resolver, e: UnresolvedAttribute): string | undefined {
  const exact = exactAttribute(e), attribute = exact === undefined ? resolver.names.outerColumn(e.nameParts) : resolver.names.isOfOuter(exact) ? exact : undefined;
  return attribute === undefined ? undefined : `outer(${[...attribute.qualifier, attribute.name].map(quoteIfNeeded).join(".")})`;
}

/** Calls that show texts as they are written, whatever the collation. */
const UNCOLLATED: ReadonlySet<string> = new Set(["collate", "like", "ilike", "rlike", "regexp", "regexp_like", "regexp_count", "regexp_instr", "regexp_extract", "regexp_extract_all", "regexp_substr", "btrim", "split", "encode", "decode", "to_binary", "try_to_binary", "sentences", "ifnull", "nvl", "nvl2", "nullif"]);

/** Texts beside one of a collation show that they are taken in it: `'x' collate UTF8_LCASE`. */
function inCollation(resolver: Resolver, args: readonly Expression[]): readonly Expression[] {
  const isText = (e: Expression): boolean => e.kind === "literal" && e.type.kind === "string" && e.type.collation === undefined && e.value !== null;
  if (!args.some(isText) || !args.some(arg => !isText(arg) && arg.kind !== "literal" && arg.kind !== "lambda") || !hasCollations(resolver, args)) return args;
  const written = args.filter(arg => arg.kind === "unresolved_function" && arg.name.toLowerCase() === "collate"), deciding = written.length > 0 ? written : args;
  const collation = deciding.map(arg => isText(arg) ? undefined : plainType(resolver, arg)).map(type => type === undefined ? undefined : collationOf(type)).find(name => name !== undefined);
  if (collation === undefined) return args;
  return args.map(arg => isText(arg) && arg.kind === "literal" ? { kind: "unresolved_attribute", nameParts: [`'${String(arg.value)}' collate ${collation}`] } : arg);
}

/** Whether there can be a collation at all: in a column, or written. */
const hasCollations = ({ scope }: Resolver, args: readonly Expression[]): boolean =>
  [...scope.visible, ...scope.hidden].some(a => collationOf(a.type) !== undefined) || args.some(arg => someUnresolved(arg, e => e.kind === "unresolved_function" && e.name.toLowerCase() === "collate"));

/** A window as names show it: what WINDOW defines is written out, and a distance back that is cast is a negative one ahead. */
function shownWindow(resolver: Resolver, written: WindowExpression): WindowExpression {
  let window = written;
  try {
    window = windowOf(resolver, written);
  } catch {
    return written;   // said where it is resolved
  }
  const { frame, orderBy: [order] } = window;
  if (frame?.unit !== "range" || order === undefined) return window;
  const bounds = [frame.lower, frame.upper].map((bound): FrameBound => {
    const distance = typeof bound === "object" && "preceding" in bound ? bound.preceding : undefined, types = distance === undefined ? [] : [order.child, distance].map(e => plainType(resolver, e));
    const isCast = types.length === 2 && types[0] !== undefined && isNumeric(types[0]) && types[1] !== undefined && !sameTypeIgnoringNullability(types[0], types[1]);
    return isCast ? { following: { kind: "unresolved_function", name: "-", args: [distance!] } } : bound;
  });
  return bounds[0] === frame.lower && bounds[1] === frame.upper ? window : { ...window, frame: { ...frame, lower: bounds[0]!, upper: bounds[1]! } };
}

/** What stands for a variable in a name: `variablereference(system.session.x=5)`, and the fields behind it. */
function variableText(resolver: Resolver, parts: readonly string[]): readonly string[] {
  const { variable, used } = resolver.context.lookupVariable!(parts)!;
  return [`variablereference(system.session.${variable.name}=${valueText(variable.value, variable.type, resolver.timeZone)})`, ...parts.slice(used)];
}

/** A value as SQL: text in quotes, numbers with the letters that say their types. */
function valueText(value: Cell, type: DataType, timeZone: string): string {
  if (value === null) return type.kind === "void" ? "NULL" : `CAST(NULL AS ${typeToSql(type)})`;
  switch (type.kind) {
    case "string": return `'${(value as string).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    case "array": return `ARRAY(${(value as readonly Cell[]).map(item => valueText(item, type.element, timeZone)).join(", ")})`;
    case "map": return `MAP(${(value as MapCell).entries.flatMap(([k, v]) => [valueText(k, type.key, timeZone), valueText(v, type.value, timeZone)]).join(", ")})`;
    case "struct": return `NAMED_STRUCT(${type.fields.flatMap((f, i) => [`'${f.name}'`, valueText((value as readonly Cell[])[i]!, f.type, timeZone)]).join(", ")})`;
    default: return expressionToSql({ kind: "literal", value, type }, { timeZone }) + (LETTERS[type.kind] ?? "");
  }
}
const LETTERS: Readonly<Record<string, string>> = { tinyint: "Y", smallint: "S", bigint: "L", decimal: "BD", double: "D" };

function tryFind(parts: readonly string[], scope: Scope, resolver: Resolver): number | undefined {
  try {
    return (findAttribute(parts, scope.visible, resolver.same, undefined) ?? findAttribute(parts, scope.hidden, resolver.same, undefined))?.used;
  } catch {
    return undefined;   // ambiguous: said where it is resolved
  }
}
