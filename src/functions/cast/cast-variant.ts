/** Casts from and to VARIANT. */
import type { Cell, VariantCell } from "../../types/cell.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, STRING, TIMESTAMP, TIMESTAMP_NTZ, decimal, typeToSql, type DataType } from "../../types/data-type.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "../../types/values.ts";
import { UTC } from "../../types/time-zone.ts";
import { VariantDouble, cellToVariant, isObject, variantText } from "../../types/variant.ts";
import type { EvalMode } from "../casts.ts";
import { executionError } from "../errors.ts";
import { canCast } from "../casts.ts";
import type { CellCast } from "./cast-cells.ts";

type MakeCast = (from: DataType, to: DataType, mode: EvalMode, zoneId: string) => CellCast;

export function castToVariant(from: DataType): CellCast {
  return cell => (from.kind === "variant" ? cell : { variant: cellToVariant(from, cell) });
}

/** The SQL type and cell of a scalar of a variant. */
export function scalarOf(value: unknown): { readonly type: DataType; readonly cell: Exclude<Cell, null> } | undefined {
  if (typeof value === "boolean") return { type: BOOLEAN, cell: value };
  if (typeof value === "string") return { type: STRING, cell: value };
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? { type: BIGINT, cell: value } : { type: decimal(38, 0), cell: value };
  if (typeof value === "number") return Number.isInteger(value) ? { type: BIGINT, cell: BigInt(value) } : { type: DOUBLE, cell: value };
  if (value instanceof VariantDouble) return { type: DOUBLE, cell: value.value };
  if (Decimal.is(value)) return { type: decimal(Math.max(value.precision, value.scale), value.scale), cell: value.unscaled };
  if (LocalDate.is(value)) return { type: DATE, cell: value.epochDay };
  if (Timestamp.is(value)) return { type: TIMESTAMP, cell: value.epochMicros };
  if (TimestampNtz.is(value)) return { type: TIMESTAMP_NTZ, cell: value.epochMicros };
  return value instanceof Uint8Array ? { type: BINARY, cell: value } : undefined;
}

const invalid = (value: unknown, to: DataType): Error => executionError("INVALID_VARIANT_CAST", "22023", `The variant value \`${variantText(value, UTC)}\` cannot be cast into "${typeToSql(to)}". Please use \`try_variant_get\` instead.`, { value: variantText(value, UTC), dataType: `"${typeToSql(to)}"` });

export function castFromVariant(_from: DataType, to: DataType, mode: EvalMode, zoneId: string, make: MakeCast): CellCast {
  return cell => fromVariant((cell as VariantCell).variant, to, mode, zoneId, make);
}

function fromVariant(value: unknown, to: DataType, mode: EvalMode, zoneId: string, make: MakeCast): Cell {
  if (to.kind === "variant") return { variant: value };
  if (value === null || value === undefined) return null;
  const fail = (): null => { if (mode === "ansi") throw invalid(value, to); return null; };
  const inner = (item: unknown, type: DataType): Cell => fromVariant(item, type, mode, zoneId, make);
  if (to.kind === "array") return Array.isArray(value) ? value.map(item => inner(item, to.element)) : fail();
  if (to.kind === "map") return isObject(value) ? { entries: Object.entries(value).map(([k, v]) => [k, inner(v, to.value)] as const) } : fail();
  if (to.kind === "struct") return isObject(value) ? to.fields.map(f => inner(Object.hasOwn(value, f.name) ? value[f.name] : null, f.type)) : fail();
  const scalar = scalarOf(value);
  if (scalar === undefined) return to.kind === "string" ? variantText(value, UTC) : fail();
  if (canCast(scalar.type, to, "ansi") !== undefined) return fail();
  try {
    return make(scalar.type, to, "ansi", zoneId)(scalar.cell);
  } catch {
    return fail();
  }
}
