/** What a column of PostgreSQL is here. Types of which only the text is known (uuid, json, enums, addresses, ...) are STRING. */
import { BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, VARIANT, array, decimal, time, type DataType } from "../../types/data-type.ts";
import { wordOption, type Options } from "./address.ts";
import type { PostgresConnection } from "./connection.ts";

/** By the type's number in pg_type, fixed for types that are built in. */
const BUILT_IN: Readonly<Record<number, DataType>> = {
  16: BOOLEAN, 17: BINARY, 20: BIGINT, 21: SMALLINT, 23: INT, 26: BIGINT, 700: FLOAT, 701: DOUBLE, 1082: DATE, 1083: time(6), 1114: TIMESTAMP_NTZ, 1184: TIMESTAMP, 1186: CALENDAR_INTERVAL,
};
const NUMERIC = 1700;
/** Of a numeric that says no precision. */
const UNCONSTRAINED = decimal(38, 18);

/** Types of arrays, by their numbers: the number of the element. */
export type ArrayElements = ReadonlyMap<number, number>;

/** What a database and a reader say beside the types that are built in. */
export interface TypeRules {
  readonly arrays: ArrayElements;
  /** What json and jsonb are: STRING or VARIANT. */
  readonly json: DataType;
}
const JSON_TYPES = new Set([114, 3802]);

/** The option jsonAs: `string`, the text as PostgreSQL writes it, or `variant`. */
export const jsonTypeOf = (given: Options): DataType => (wordOption(given, "jsonAs", ["string", "variant"], "string") === "variant" ? VARIANT : STRING);

export async function arrayElements(connection: PostgresConnection, oids: readonly number[]): Promise<ArrayElements> {
  const unknown = oids.filter(oid => BUILT_IN[oid] === undefined && oid !== NUMERIC);
  if (unknown.length === 0) return new Map();
  const { rows } = await connection.query("Reading the catalog", "SELECT oid::text, typelem::text FROM pg_type WHERE oid = ANY ($1::oid[]) AND typelem <> 0 AND typsubscript = 'array_subscript_handler'::regproc", [`{${unknown.join(",")}}`]);
  return new Map(rows.map(row => [Number(row["oid"]), Number(row["typelem"])]));
}

/** Of all types that the database knows. */
export async function allArrayElements(connection: PostgresConnection): Promise<ArrayElements> {
  const { rows } = await connection.query("Reading the catalog", "SELECT oid::text, typelem::text FROM pg_type WHERE typelem <> 0 AND typsubscript = 'array_subscript_handler'::regproc");
  return new Map(rows.map(row => [Number(row["oid"]), Number(row["typelem"])]));
}

/**
 * @param modifier of the type (`atttypmod`): for numeric the precision and scale, plus 4. Scales below zero or above the
 * precision, which PostgreSQL allows since 15, become a DECIMAL that holds the same values.
 */
export function typeOf(oid: number, modifier: number, rules: TypeRules): DataType {
  const known = BUILT_IN[oid];
  if (known !== undefined) return known;
  if (JSON_TYPES.has(oid)) return rules.json;
  const element = rules.arrays.get(oid);
  if (element !== undefined) return array(typeOf(element, modifier, rules));
  if (oid !== NUMERIC) return STRING;
  if (modifier < 4) return UNCONSTRAINED;
  const precision = ((modifier - 4) >> 16) & 0xffff, scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
  if (scale < 0) return decimal(Math.min(38, precision - scale), 0);
  return precision > 38 || scale > 38 ? decimal(38, Math.min(38, scale)) : decimal(Math.max(precision, scale), scale);
}
