/** VARIANT: JSON text to it, parts of it, its schema, changes to it. */
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell, VariantCell } from "../../types/cell.ts";
import { BOOLEAN, STRING, VARIANT, type DataType } from "../../types/data-type.ts";
import { parseDataType } from "../../types/ddl.ts";
import { cellToVariant, isObject, variantObject, type VariantObject } from "../../types/variant.ts";
import { AnalysisError, type ExecutionError } from "../../base/errors.ts";
import { ANY, ANY_STRING, ANY_VARIANT, AS, uncast } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { sqlText } from "../sql-text.ts";
import { accept, checkCount, custom, scalar, type ScalarSpec } from "../define.ts";
import { contextOf, executionError, mismatch, quoted, typeName } from "../errors.ts";
import { castFromVariant } from "../cast/cast-variant.ts";
import { cellCast } from "../cast/cast-cells.ts";
import { checkElements } from "../value-size.ts";
import { readVariant } from "./read-variant.ts";
import { schemaOfVariant, schemaText } from "./variant-schema.ts";

type Step = { readonly kind: "key"; readonly name: string } | { readonly kind: "index"; readonly index: number };

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

const SEGMENT = /\[(\d+)\]|\.([^.[]+)|\['([^'?]+)'\]|\["([^"?]+)"\]/y;
/** The segments of a path, `$` and then `[123]`, `.name`, `['name']` or `["name"]`; undefined if it is none. */
function segments(path: string): Step[] | undefined {
  const steps: Step[] = [];
  if (!path.startsWith("$")) return undefined;
  for (SEGMENT.lastIndex = 1; SEGMENT.lastIndex < path.length;) {
    const found = SEGMENT.exec(path);
    if (found === null) return undefined;
    steps.push(found[1] === undefined ? { kind: "key", name: (found[2] ?? found[3] ?? found[4])! } : { kind: "index", index: Number(found[1]) });
  }
  return steps;
}
function stepsOf(path: string, functionName: string): readonly Step[] {
  const steps = segments(path);
  if (steps === undefined) {
    throw executionError("INVALID_VARIANT_GET_PATH", "22023", `The path \`${path}\` is not a valid variant extraction path in \`${functionName}\`. A valid path should start with \`$\` and is followed by zero or more segments like \`[123]\`, \`.name\`, \`['name']\`, or \`["name"]\`.`, { path, functionName: `\`${functionName}\`` });
  }
  return steps;
}

/** What stands at a path; undefined if nothing does. */
function find(value: unknown, steps: readonly Step[]): unknown {
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

/** What is done at the end of a path. `missing`: whether what is not there is made, objects and arrays on the way too. `elsewhere`: whether a value that is no object or array as the path has it may stand in the way. */
interface Change { readonly missing: boolean; readonly elsewhere?: boolean; readonly at: (parent: VariantObject | readonly unknown[], step: Step, value: unknown) => unknown }

/** A copy of a value that is changed at a path. @throws ExecutionError VARIANT_PATH_TYPE_MISMATCH, VARIANT_DUPLICATE_KEY */
function changed(root: unknown, steps: readonly Step[], change: Change, value: unknown, name: string, path: string): unknown {
  const made = (at: number): unknown => {
    if (at === steps.length) return value;
    const step = steps[at]!;
    if (step.kind === "key") return variantObject([[step.name, made(at + 1)]]);
    checkElements(name, step.index + 1);
    return [...new Array<null>(step.index).fill(null), made(at + 1)];
  };
  const walk = (here: unknown, at: number): unknown => {
    const step = steps[at]!, last = at === steps.length - 1;
    if (step.kind === "key" ? !isObject(here) : !Array.isArray(here)) {
      if (change.elsewhere === true) return here;
      throw mismatchAt(path, name);
    }
    if (step.kind === "key") {
      const object = here as VariantObject;
      if (!Object.hasOwn(object, step.name)) return change.missing ? withKey(object, step.name, made(at + 1)) : here;
      return last ? change.at(object, step, value) : withKey(object, step.name, walk(object[step.name], at + 1));
    }
    const items = here as readonly unknown[];
    if (step.index >= items.length) {
      if (!change.missing) return here;
      checkElements(name, step.index + 1);
      return [...items, ...new Array<null>(step.index - items.length).fill(null), made(at + 1)];
    }
    return last ? change.at(items, step, value) : items.with(step.index, walk(items[step.index], at + 1));
  };
  return walk(root, 0);
}
const withKey = (object: VariantObject, key: string, value: unknown): VariantObject => variantObject([...Object.entries(object).filter(([k]) => k !== key), [key, value]]);
const mismatchAt = (path: string, name: string): ExecutionError => executionError("VARIANT_PATH_TYPE_MISMATCH", "22023", `The path '${path}' is incompatible with the variant value in \`${name}\`.`, { path, functionName: `\`${name}\`` });

const insert: Change = {
  missing: true, at: (parent, step, value) => {
    if (step.kind === "index") return (parent as readonly unknown[]).toSpliced(step.index, 0, value);
    throw executionError("VARIANT_DUPLICATE_KEY", "22023", `Failed to build variant because of a duplicate object key \`${step.name}\`.`, { key: step.name });
  },
};
const put = (parent: VariantObject | readonly unknown[], step: Step, value: unknown): unknown => (step.kind === "key" ? withKey(parent as VariantObject, step.name, value) : (parent as readonly unknown[]).with(step.index, value));
const set: Change = { missing: true, at: put }, setThere: Change = { missing: false, at: put };
const remove: Change = { missing: false, elsewhere: true, at: (parent, step) => (step.kind === "key" ? variantObject(Object.entries(parent).filter(([k]) => k !== step.name)) : (parent as readonly unknown[]).toSpliced(step.index, 1)) };
const appendTo = (list: unknown, value: unknown, name: string, path: string): unknown => {
  if (!Array.isArray(list)) throw mismatchAt(path, name);
  return [...list as unknown[], value];
};

/** The path of a change: at least one segment, but for `whole`. @throws ExecutionError INVALID_VARIANT_PATH */
function placeOf(path: string, name: string, whole = false): readonly Step[] {
  const steps = segments(path);
  if (steps !== undefined && (whole || steps.length > 0)) return steps;
  throw executionError("INVALID_VARIANT_PATH", "22023", `The path '${path}' is not a valid \`${name}\` target. A valid path should start with \`$\` and is followed by segments like \`[123]\`, \`.name\`, \`['name']\`, or \`["name"]\`.`, { path, functionName: `\`${name}\`` });
}

type Kind = "insert" | "set" | "append";
function modifier(name: string, isTry: boolean, kind: Kind, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(v, path, value${kind === "set" ? "[, createIfMissing]" : ""})`, description, cases, params: [ANY_VARIANT, uncast(ANY_STRING), ANY, ...(kind === "set" ? [uncast(AS.boolean)] : [])], ...(kind === "set" && { optional: 1 }), returns: VARIANT, nullable: true, canRaise: true,
    make: call => {
      const type = call.types[2]!;
      if (!becomesVariant(type)) throw mismatch("CAST_WITHOUT_SUGGESTION", name, call.args, `cannot cast ${typeName(type)} to "VARIANT".`, { srcType: typeName(type), targetType: typeName(VARIANT) }, call.origin);
      return {
        row: ([v, path, given, create]): Cell => {
          const steps = placeOf(path as string, name, kind === "append"), root = (v as VariantCell).variant, value = cellToVariant(type, given!);
          try {
            if (kind !== "append") return { variant: changed(root, steps, kind === "insert" ? insert : create === false ? setThere : set, value, name, path as string) };
            const append: Change = { missing: false, at: (parent, step, item) => put(parent, step, appendTo(step.kind === "key" ? (parent as VariantObject)[step.name] : (parent as readonly unknown[])[step.index], item, name, path as string)) };
            return { variant: steps.length === 0 ? appendTo(root, value, name, path as string) : changed(root, steps, append, value, name, path as string) };
          } catch (error) {
            if (isTry) return null;
            throw error;
          }
        },
      };
    },
  });
}
/** What to_variant_object takes: as CAST does, and structs, and maps from text. */
const becomesObject = (type: DataType): boolean => type.kind === "array" ? becomesObject(type.element) : type.kind === "struct" ? type.fields.every(f => becomesObject(f.type)) : type.kind === "map" ? type.key.kind === "string" && becomesObject(type.value) : becomesVariant(type);
/** What CAST takes to VARIANT. */
const becomesVariant = (type: DataType): boolean => type.kind === "array" ? becomesVariant(type.element) : !["struct", "map", "calendar_interval", "day_time_interval", "year_month_interval"].includes(type.kind);

const withoutNulls = (value: unknown, alsoItems: boolean): unknown => (Array.isArray(value) ? (value as readonly unknown[]).filter(item => item !== null || !alsoItems).map(item => withoutNulls(item, alsoItems))
  : isObject(value) ? variantObject(Object.entries(value).filter(([, v]) => v !== null).map(([k, v]) => [k, withoutNulls(v, alsoItems)] as const)) : value);

export const variantFunctions: readonly ScalarFunction[] = [
  parse("parse_json", false, [["parse_json('{\"b\":1,\"a\":2}')", "{\"a\":2,\"b\":1}"]]), parse("try_parse_json", true, [["try_parse_json('{bad')", "NULL"]]),
  getter("variant_get", false, [["variant_get(parse_json('{\"a\": 1}'), '$.a', 'int')", "1"]]), getter("try_variant_get", true, [["try_variant_get(parse_json('{\"a\": \"x\"}'), '$.a', 'int')", "NULL"]]),
  scalar({ name: "is_variant_null", usage: "is_variant_null(expr)", description: "Whether a VARIANT holds JSON's null.", cases: [["is_variant_null(parse_json('null'))", "true"]], params: [ANY_VARIANT], returns: BOOLEAN, nullAware: true, nullable: false, row: ([v]) => v !== null && (v as VariantCell).variant === null }),
  scalar({ name: "is_valid_variant", usage: "is_valid_variant(expr)", description: "Whether a VARIANT is well-formed; it always is.", cases: [["is_valid_variant(parse_json('1'))", "true"]], params: [ANY_VARIANT], returns: BOOLEAN, row: () => true }),
  scalar({ name: "schema_of_variant", usage: "schema_of_variant(v)", description: "The schema of a VARIANT.", cases: [["schema_of_variant(parse_json('[{\"b\":true}]'))", "ARRAY<OBJECT<b: BOOLEAN>>"]], params: [ANY_VARIANT], returns: STRING, row: ([v]) => schemaText(schemaOfVariant((v as VariantCell).variant)) }),
  scalar({ name: "to_variant_object", usage: "to_variant_object(expr)", description: "A struct, map or array as a VARIANT.", cases: [["to_variant_object(named_struct('a', 1))", "{\"a\":1}"]], params: [ANY], returns: VARIANT, make: call => {
    const type = call.types[0]!;
    if (!["array", "map", "struct", "void"].includes(type.kind) || !becomesObject(type)) throw mismatch("CAST_WITHOUT_SUGGESTION", "to_variant_object", call.args, `cannot cast ${typeName(type)} to "VARIANT".`, { srcType: typeName(type), targetType: typeName(VARIANT) }, call.origin);
    return { row: ([x]) => ({ variant: cellToVariant(type, x!) }) };
  } }),
  modifier("variant_insert", false, "insert", "A VARIANT with a value put in at a path.", [["variant_insert(parse_json('{\"a\":1}'), '$.b', 2)", "{\"a\":1,\"b\":2}"]]), modifier("try_variant_insert", true, "insert", "As variant_insert; null where it fails.", []),
  modifier("variant_set", false, "set", "A VARIANT with the value at a path replaced.", [["variant_set(parse_json('{\"a\":1}'), '$.a', 'z')", "{\"a\":\"z\"}"]]), modifier("try_variant_set", true, "set", "As variant_set; null where it fails.", []),
  modifier("variant_array_append", false, "append", "A VARIANT with a value behind the array at a path.", [["variant_array_append(parse_json('{\"x\":[1]}'), '$.x', 2)", "{\"x\":[1,2]}"]]), modifier("try_variant_array_append", true, "append", "As variant_array_append; null where it fails.", []),
  scalar({ name: "variant_delete", usage: "variant_delete(v, path)", description: "A VARIANT without what stands at a path.", cases: [["variant_delete(parse_json('{\"a\":1,\"b\":2}'), '$.a')", "{\"b\":2}"]], params: [ANY_VARIANT, uncast(ANY_STRING)], returns: VARIANT, canRaise: true, row: ([v, path]) => ({ variant: changed((v as VariantCell).variant, placeOf(path as string, "variant_delete"), remove, null, "variant_delete", path as string) }) }),
  scalar({ name: "variant_strip_nulls", usage: "variant_strip_nulls(v[, stripArrays])", description: "A VARIANT without the fields that are null; elements too unless said otherwise.", cases: [["variant_strip_nulls(parse_json('{\"a\":null,\"b\":[null,1]}'))", "{\"b\":[1]}"]], params: [ANY_VARIANT, uncast(AS.boolean)], optional: 1, returns: VARIANT, row: ([v, items]) => ({ variant: withoutNulls((v as VariantCell).variant, items !== false) }) }),
];
