/** VARIANT: JSON text to it, parts of it, its schema, changes to it. */
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell, VariantCell } from "../../types/cell.ts";
import { BOOLEAN, STRING, VARIANT, VOID, type DataType } from "../../types/data-type.ts";
import { parseDataType } from "../../types/ddl.ts";
import { Decimal } from "../../types/values.ts";
import { VariantDouble, cellToVariant, isObject, shortDecimal, variantObject, type VariantObject } from "../../types/variant.ts";
import { typeToSql, decimal } from "../../types/data-type.ts";
import { decimalFor, widerDecimal } from "../../types/decimal-rules.ts";
import { AnalysisError } from "../../base/errors.ts";
import { ANY, ANY_STRING, ANY_VARIANT, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { sqlText } from "../sql-text.ts";
import { accept, checkCount, custom, literalValue, scalar, type ScalarSpec } from "../define.ts";
import { contextOf, executionError, quoted } from "../errors.ts";
import { castFromVariant, scalarOf } from "../cast/cast-variant.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { parsePath, type PathStep } from "../json/json-tree.ts";
import { readVariant } from "./read-variant.ts";
import { schemaOfVariant, schemaText } from "./variant-schema.ts";

function parse(name: string, isTry: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(jsonStr)`, description: "JSON text as a VARIANT.", cases, params: [uncast(ANY_STRING)], returns: VARIANT, nullable: isTry, canRaise: !isTry,
    row: ([text]): Cell => {
      try {
        return { variant: readVariant(text as string) };
      } catch {
        if (isTry) return null;
        throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", `Malformed records are detected in record parsing: ${text as string}. Parse Mode: FAILFAST.`, { badRecord: text as string, failFastMode: "FAILFAST" });
      }
    },
  });
}

function stepsOf(path: string, functionName: string): readonly PathStep[] {
  const steps = parsePath(path.replace(/\["([^"]*)"\]/g, "['$1']"));
  if (steps === undefined || steps.some(s => s.kind === "all" || s.kind === "fields")) {
    throw executionError("INVALID_VARIANT_GET_PATH", "22023", `The path \`${path}\` is not a valid variant extraction path in \`${functionName}\`. A valid path should start with \`$\` and is followed by zero or more segments like \`[123]\`, \`.name\`, \`['name']\`, or \`["name"]\`.`, { path, functionName: `\`${functionName}\`` });
  }
  return steps;
}

/** What stands at a path; undefined if nothing does. */
function find(value: unknown, steps: readonly PathStep[]): unknown {
  for (const step of steps) {
    if (step.kind === "key") value = isObject(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
    else if (step.kind === "index") value = Array.isArray(value) ? (value as readonly unknown[])[step.index] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

function getter(name: string, isTry: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  return custom({
    name, usage: `${name}(v, path[, type])`, description: "What stands at a path of a VARIANT, as a type.", cases,
    bind: (args, settings, origin): Binding => {
      checkCount(name, args.length, 2, 3, origin);
      const text = args[2] === undefined ? undefined : constantCell(args[2]);
      if (args[2] !== undefined && typeof text !== "string") {
        throw new AnalysisError({ condition: "INVALID_SCHEMA.NON_STRING_LITERAL", sqlState: "42K07", message: `The input schema ${quoted(sqlText(args[2]))} is not a valid schema string. The input expression must be string literal and not null.`, messageParameters: { inputSchema: quoted(sqlText(args[2])) }, queryContext: contextOf(origin) });
      }
      accept(name, args, 0, ANY_VARIANT, origin);
      accept(name, args, 1, uncast(ANY_STRING), origin);
      const type: DataType = typeof text === "string" ? parseDataType(text) : VARIANT;
      const cast = castFromVariant(VARIANT, type, isTry ? "try" : "ansi", settings.timeZone, cellCast);
      return {
        type, nullable: true, canRaise: !isTry, argTypes: [VARIANT, STRING], row: ([v, path]) => {
          const found = find((v as VariantCell).variant, stepsOf(path as string, name));
          return found === undefined ? null : cast({ variant: found });
        },
      };
    },
  });
}

type Change = (parent: unknown, step: PathStep) => unknown;
/** A copy with a change at the end of a path; undefined if the path leads nowhere. */
function changed(value: unknown, steps: readonly PathStep[], at: number, change: Change): unknown {
  if (at === steps.length - 1) return change(value, steps[at]!);
  const step = steps[at]!;
  if (step.kind === "key" && isObject(value) && Object.hasOwn(value, step.name)) {
    const inner = changed(value[step.name], steps, at + 1, change);
    return inner === undefined ? undefined : variantObject(Object.entries({ ...value, [step.name]: inner }));
  }
  if (step.kind === "index" && Array.isArray(value) && step.index < value.length) {
    const inner = changed((value as readonly unknown[])[step.index], steps, at + 1, change);
    return inner === undefined ? undefined : (value as readonly unknown[]).map((item, i) => (i === step.index ? inner : item));
  }
  return undefined;
}
const withKey = (object: VariantObject, key: string, value: unknown): VariantObject => variantObject([...Object.entries(object).filter(([k]) => k !== key), [key, value]]);

type Apply = (value: unknown) => Change;
function modifier(name: string, isTry: boolean, description: string, cases: ScalarSpec["cases"], apply: Apply): ScalarFunction {
  return scalar({
    name, usage: `${name}(v, path, value)`, description, cases, params: [ANY_VARIANT, uncast(ANY_STRING), ANY], returns: VARIANT, nullable: isTry, canRaise: !isTry,
    make: call => ({
      row: ([v, path, value]): Cell => {
        try {
          const steps = stepsOf(path as string, name), result = changed((v as VariantCell).variant, steps, 0, apply(cellToVariant(call.types[2]!, value!)));
          if (result === undefined) throw executionError("INVALID_VARIANT_PATH", "22023", `The path \`${path as string}\` does not lead to a place in the variant.`, { path: path as string });
          return { variant: result };
        } catch (error) {
          if (isTry) return null;
          throw error;
        }
      },
    }),
  });
}

const insert: Apply = value => (parent, step) => {
  if (step.kind === "key" && isObject(parent)) {
    if (Object.hasOwn(parent, step.name)) throw executionError("VARIANT_DUPLICATE_KEY", "22023", `Failed to build variant because of a duplicate object key \`${step.name}\`.`, { key: step.name });
    return withKey(parent, step.name, value);
  }
  if (step.kind === "index" && Array.isArray(parent) && step.index <= parent.length) return [...parent.slice(0, step.index), value, ...parent.slice(step.index)] as unknown[];
  return undefined;
};
const set: Apply = value => (parent, step) => {
  if (step.kind === "key" && isObject(parent)) return withKey(parent, step.name, value);
  if (step.kind === "index" && Array.isArray(parent) && step.index < parent.length) return (parent as readonly unknown[]).map((item, i) => (i === step.index ? value : item));
  return undefined;
};
const append: Apply = value => (parent, step) => {
  const child = step.kind === "key" && isObject(parent) ? parent[step.name] : step.kind === "index" && Array.isArray(parent) ? (parent as readonly unknown[])[step.index] : undefined;
  return Array.isArray(child) ? set([...child as unknown[], value])(parent, step) : undefined;
};
const remove: Change = (parent, step) => {
  if (step.kind === "key" && isObject(parent)) return variantObject(Object.entries(parent).filter(([k]) => k !== step.name));
  return step.kind === "index" && Array.isArray(parent) ? (parent as readonly unknown[]).filter((_, i) => i !== step.index) : parent;
};
const withoutNulls = (value: unknown): unknown => (Array.isArray(value) ? (value as readonly unknown[]).filter(item => item !== null).map(withoutNulls) : isObject(value) ? variantObject(Object.entries(value).filter(([, v]) => v !== null).map(([k, v]) => [k, withoutNulls(v)] as const)) : value);

export const variantFunctions: readonly ScalarFunction[] = [
  parse("parse_json", false, [["parse_json('{\"b\":1,\"a\":2}')", "{\"a\":2,\"b\":1}"]]), parse("try_parse_json", true, [["try_parse_json('{bad')", "NULL"]]),
  getter("variant_get", false, [["variant_get(parse_json('{\"a\": 1}'), '$.a', 'int')", "1"]]), getter("try_variant_get", true, [["try_variant_get(parse_json('{\"a\": \"x\"}'), '$.a', 'int')", "NULL"]]),
  scalar({ name: "is_variant_null", usage: "is_variant_null(expr)", description: "Whether a VARIANT holds JSON's null.", cases: [["is_variant_null(parse_json('null'))", "true"]], params: [ANY_VARIANT], returns: BOOLEAN, nullAware: true, nullable: false, row: ([v]) => v !== null && (v as VariantCell).variant === null }),
  scalar({ name: "is_valid_variant", usage: "is_valid_variant(expr)", description: "Whether a VARIANT is well-formed; it always is.", cases: [["is_valid_variant(parse_json('1'))", "true"]], params: [ANY_VARIANT], returns: BOOLEAN, row: () => true }),
  scalar({ name: "schema_of_variant", usage: "schema_of_variant(v)", description: "The schema of a VARIANT.", cases: [["schema_of_variant(parse_json('[{\"b\":true}]'))", "ARRAY<OBJECT<b: BOOLEAN>>"]], params: [ANY_VARIANT], returns: STRING, row: ([v]) => schemaText(schemaOfVariant((v as VariantCell).variant)) }),
  scalar({ name: "to_variant_object", usage: "to_variant_object(expr)", description: "A struct, map or array as a VARIANT.", cases: [["to_variant_object(named_struct('a', 1))", "{\"a\":1}"]], params: [ANY], returns: VARIANT, make: call => ({ row: ([x]) => ({ variant: cellToVariant(call.types[0]!, x!) }) }) }),
  modifier("variant_insert", false, "A VARIANT with a value put in at a path.", [["variant_insert(parse_json('{\"a\":1}'), '$.b', 2)", "{\"a\":1,\"b\":2}"]], insert), modifier("try_variant_insert", true, "As variant_insert; null where it fails.", [], insert),
  modifier("variant_set", false, "A VARIANT with the value at a path replaced.", [["variant_set(parse_json('{\"a\":1}'), '$.a', 'z')", "{\"a\":\"z\"}"]], set), modifier("try_variant_set", true, "As variant_set; null where it fails.", [], set),
  modifier("variant_array_append", false, "A VARIANT with a value behind the array at a path.", [["variant_array_append(parse_json('{\"x\":[1]}'), '$.x', 2)", "{\"x\":[1,2]}"]], append), modifier("try_variant_array_append", true, "As variant_array_append; null where it fails.", [], append),
  scalar({ name: "variant_delete", usage: "variant_delete(v, path)", description: "A VARIANT without what stands at a path.", cases: [["variant_delete(parse_json('{\"a\":1,\"b\":2}'), '$.a')", "{\"b\":2}"]], params: [ANY_VARIANT, uncast(ANY_STRING)], returns: VARIANT, canRaise: true, row: ([v, path]) => { const value = (v as VariantCell).variant; return { variant: changed(value, stepsOf(path as string, "variant_delete"), 0, remove) ?? value }; } }),
  scalar({ name: "variant_strip_nulls", usage: "variant_strip_nulls(v)", description: "A VARIANT without the fields and elements that are null.", cases: [["variant_strip_nulls(parse_json('{\"a\":null,\"b\":[null,1]}'))", "{\"b\":[1]}"]], params: [ANY_VARIANT], returns: VARIANT, row: ([v]) => ({ variant: withoutNulls((v as VariantCell).variant) }) }),
];
