/**
 * The declared states of a program as text, which stands in a checkpoint and at the head of each block of its state; and
 * what may change between two runs: state variables and fields that are found again by name may be wider, new ones may be
 * added. The rules are those by which Spark evolves the schemas of transformWithState.
 */
import type { StateVariable } from "../plan/stateful-program.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import { quoteIfNeeded, sameType, typeToSql, type DataType, type DecimalType, type StructType } from "../types/data-type.ts";
import { parseDataType } from "../types/ddl.ts";

const HEAD = "program";

/** What of a variable its stored entries depend on. */
export type StoredVariable = Omit<StateVariable, "ttlMicros"> & { readonly hasTtl: boolean };

/** `program EventTime; n VALUE BIGINT; ips LIST STRING TTL; byDay MAP MAP<DATE, DOUBLE>`. */
export function stateSchemaText(timeMode: string, variables: readonly StateVariable[]): string {
  return [`${HEAD} ${timeMode}`, ...variables.map(v => {
    const type: DataType = v.kind === "map" ? { kind: "map", key: v.keyType!, value: v.type, valueContainsNull: false } : v.type;
    return `${quoteIfNeeded(v.name)} ${v.kind.toUpperCase()} ${typeToSql(type)}${v.ttlMicros === undefined ? "" : " TTL"}`;
  })].join(";\n");
}

/** Undefined for text that is of another operator's state. */
export function parseStateSchema(text: string): { readonly timeMode: string; readonly variables: readonly StoredVariable[] } | undefined {
  const [head, ...lines] = text.split(";\n"), timeMode = head!.split(" ")[1];
  if (!head!.startsWith(`${HEAD} `) || timeMode === undefined) return undefined;
  return {
    timeMode,
    variables: lines.map((line): StoredVariable => {
      const [, quoted, plain, kind, typeText, ttl] = /^(?:`((?:[^`]|``)*)`|(\S+)) (VALUE|LIST|MAP) (.*?)( TTL)?$/s.exec(line)!;
      const name = quoted === undefined ? plain! : quoted.replaceAll("``", "`"), type = parseDataType(typeText!), hasTtl = ttl !== undefined;
      if (kind === "MAP" && type.kind === "map") return { name, kind: "map", keyType: type.key, type: type.value, hasTtl };
      return { name, kind: kind === "LIST" ? "list" : "value", type, hasTtl };
    }),
  };
}

export type EvolutionVerdict = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly condition: string; readonly reason: string; readonly hint: string };

const NEW_LOCATION = "or start with a new checkpoint location";
const KINDS = { value: "ValueState", list: "ListState", map: "MapState" } as const;

/** Whether state stored under one schema can go on under another. Undefined when they are not both of programs. */
export function judgeEvolution(before: string, now: string): EvolutionVerdict | undefined {
  const old = parseStateSchema(before), fresh = parseStateSchema(now);
  if (old === undefined || fresh === undefined) return undefined;
  const refused = (condition: string, reason: string, hint: string): EvolutionVerdict => ({ kind: "refused", condition, reason, hint });
  if (old.timeMode !== fresh.timeMode) {
    return refused("STATE_STORE_INVALID_CONFIG_AFTER_RESTART", `cannot change timeMode from ${old.timeMode} to ${fresh.timeMode} between restarts`, `set timeMode to ${old.timeMode}, ${NEW_LOCATION}`);
  }
  for (const variable of old.variables) {
    const twin = fresh.variables.find(other => other.name === variable.name);
    if (twin === undefined) {
      return refused("MILLRACE_STATE_SCHEMA_CHANGED", `its state variable '${variable.name}' is not declared any more`, `go on declaring it, and clear() it where it isn't needed, ${NEW_LOCATION}`);
    }
    if (twin.kind !== variable.kind) {
      return refused("STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE", `cannot change ${variable.name} to ${KINDS[twin.kind]} between query restarts`, `set ${variable.name} to ${KINDS[variable.kind]}, ${NEW_LOCATION}`);
    }
    if (variable.keyType !== undefined && !sameType(variable.keyType, twin.keyType!)) {
      return refused("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", `the key of its map state '${variable.name}' is ${typeToSql(variable.keyType)}, here ${typeToSql(twin.keyType!)}`, `keys can't change; declare a new map under another name, ${NEW_LOCATION}`);
    }
    const problem = incompatibility(variable.type, twin.type, variable.name);
    if (problem !== undefined) {
      return refused("STATE_STORE_INVALID_VALUE_SCHEMA_EVOLUTION", `schema evolution is not possible with the existing value schema ${typeToSql(variable.type)} and ${typeToSql(twin.type)}: ${problem}`, `add nullable fields or widen types; declare anything else under a new name, ${NEW_LOCATION}`);
    }
  }
  return { kind: "accepted" };
}

const RANKS: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 3, bigint: 4 };

/** Whether each value of a number type is one of another. */
function widens(from: DataType, to: DataType): boolean {
  const rank = RANKS[from.kind], other = RANKS[to.kind];
  if (rank !== undefined && other !== undefined) return other >= rank;
  if (to.kind === "double") return from.kind === "float" || rank !== undefined && rank <= 3;
  if (to.kind === "float") return rank !== undefined && rank <= 2;
  return from.kind === "decimal" && to.kind === "decimal" && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
}

/** Why values of a type can't become those of another; undefined if they can. */
function incompatibility(from: DataType, to: DataType, path: string): string | undefined {
  if (from.kind === "struct" && to.kind === "struct") {
    for (const field of from.fields) {
      const at = `${path}.${field.name}`, twin = to.fields.find(other => other.name === field.name);
      if (twin === undefined) return `${at} is gone`;
      if (field.nullable && !twin.nullable) return `${at} may hold nulls and is NOT NULL now`;
      const problem = incompatibility(field.type, twin.type, at);
      if (problem !== undefined) return problem;
    }
    const added = to.fields.find(field => !field.nullable && !from.fields.some(other => other.name === field.name));
    return added === undefined ? undefined : `${path}.${added.name} is new and NOT NULL`;
  }
  if (from.kind === "array" && to.kind === "array") return from.containsNull && !to.containsNull ? `${path} may hold nulls and can't now` : incompatibility(from.element, to.element, `${path}[]`);
  if (from.kind === "map" && to.kind === "map") {
    if (!sameType(from.key, to.key)) return `the keys of ${path} changed`;
    return from.valueContainsNull && !to.valueContainsNull ? `${path} may hold nulls and can't now` : incompatibility(from.value, to.value, `${path}{}`);
  }
  return sameType(from, to) || widens(from, to) ? undefined : `${path} is ${typeToSql(from)} and ${typeToSql(to)} now`;
}

/** Turns cells of a type into those of a wider one; undefined where they are encoded the same. The types must be compatible. */
export function migration(from: DataType, to: DataType): ((cell: Cell) => Cell) | undefined {
  if (sameType(from, to)) return undefined;
  const nullSafe = (convert: (cell: NonNullable<Cell>) => Cell) => (cell: Cell): Cell => cell === null ? null : convert(cell);
  switch (from.kind) {
    case "struct": {
      const places = (to as StructType).fields.map(field => {
        const place = from.fields.findIndex(other => other.name === field.name);
        return { place, convert: place < 0 ? undefined : migration(from.fields[place]!.type, field.type) };
      });
      return nullSafe(cell => places.map(({ place, convert }) => {
        const item = place < 0 ? null : (cell as readonly Cell[])[place]!;
        return convert === undefined ? item : convert(item);
      }));
    }
    case "array": {
      const convert = migration(from.element, (to as Extract<DataType, { kind: "array" }>).element);
      return convert && nullSafe(cell => (cell as readonly Cell[]).map(convert));
    }
    case "map": {
      const convert = migration(from.value, (to as Extract<DataType, { kind: "map" }>).value);
      return convert && nullSafe(cell => ({ entries: (cell as MapCell).entries.map(([key, value]) => [key, convert(value)] as const) }));
    }
    case "decimal": {
      const factor = 10n ** BigInt((to as DecimalType).scale - from.scale);
      return nullSafe(cell => (cell as bigint) * factor);
    }
    // Others are the same cells, encoded in another way.
    default: return to.kind === "bigint" && from.kind !== "bigint" ? nullSafe(cell => BigInt(cell as number)) : cell => cell;
  }
}
