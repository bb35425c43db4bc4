/**
 * Schemas as people write them: `schema({ ts: timestamp().notNull(), key: string() })` describes the columns at run time
 * and is the row's type at compile time.
 */
import { AnalysisError, nearest } from "../base/errors.ts";
import * as t from "../types/data-type.ts";
import type {
  DayTimeInterval, Decimal, DecimalLike, Int, LocalDate, LocalTime, Timestamp, TimestampLike, TimestampNtz, Variant, YearMonthInterval,
} from "../types/values.ts";

declare const valueType: unique symbol;

/** A SQL type whose values are T in JavaScript; T has null unless `notNull()`. */
export interface DataType<out T> {
  readonly [valueType]: T;
  /** As SQL writes it: `DECIMAL(10,2)`. */
  readonly sql: string;
  notNull(): DataType<Exclude<T, null>>;
  comment(text: string): this;
}
export type ValueOf<D extends DataType<unknown>> = D[typeof valueType];
/** The row type of a schema. */
export type Infer<S extends DataType<unknown>> = S[typeof valueType];

/** Types by name, as `cast` takes them. */
export interface TypeNames {
  tinyint: Int; smallint: Int; int: Int; bigint: bigint; float: number; double: number; string: string; boolean: boolean;
  binary: Uint8Array; date: LocalDate; time: LocalTime; timestamp: Timestamp; timestamp_ntz: TimestampNtz; decimal: Decimal; variant: Variant;
}
export type TypeName = keyof TypeNames | `decimal(${number},${number})`;
export type FromTypeName<N extends string> = N extends keyof TypeNames ? TypeNames[N] : N extends `decimal(${string}` ? Decimal : unknown;

export type Fields = { readonly [name: string]: DataType<unknown> };
export type RowOfFields<F extends Fields> = { [K in keyof F]: F[K][typeof valueType] };

export interface SchemaField { readonly name: string; readonly type: DataType<unknown>; readonly nullable: boolean }

/** The columns of a frame, and a struct type where a type is asked for. */
export interface Schema<out Row> extends DataType<Row> {
  readonly fields: readonly SchemaField[];
  /** The columns in Spark's DDL: `ts TIMESTAMP NOT NULL,key STRING`. */
  toDDL(): string;
  pick<K extends keyof Row & string>(...names: K[]): Schema<Pick<Row, K>>;
  /** More columns; one of the same name takes the place of the old one. */
  extend<F extends Fields>(fields: F): Schema<Omit<Row, keyof F> & RowOfFields<F>>;
}

/** What is accepted where a value is given: looser than what comes out. */
export type In<T> =
  T extends bigint ? bigint | number
  : T extends Timestamp ? TimestampLike
  : T extends Decimal ? DecimalLike
  : T extends LocalDate ? LocalDate | string
  : T extends TimestampNtz ? TimestampNtz | string
  : T extends LocalTime ? LocalTime | string
  : T extends number | string | boolean | null | undefined | Uint8Array | DayTimeInterval | YearMonthInterval | Variant ? T
  : T extends readonly (infer E)[] ? readonly In<E>[]
  : T extends Map<infer K, infer V> ? ReadonlyMap<In<K>, In<V>>
  : RowIn<T>;
/** A row given by a person: nullable columns may be left out. */
export type RowIn<R> =
  & { readonly [K in keyof R as null extends R[K] ? never : K]: In<R[K]> }
  & { readonly [K in keyof R as null extends R[K] ? K : never]?: In<R[K]> | undefined };

/** The one class behind the types: a plan type, whether it may be null, and a comment. */
class SqlType {
  readonly dataType: t.DataType;
  readonly nullable: boolean;
  readonly commentText: string | undefined;

  constructor(dataType: t.DataType, nullable = true, commentText?: string) {
    this.dataType = dataType;
    this.nullable = nullable;
    this.commentText = commentText;
    if (new.target === SqlType) Object.freeze(this);
  }

  get sql(): string { return t.typeToSql(this.dataType); }
  notNull(): SqlType { return new SqlType(this.dataType, false, this.commentText); }
  comment(text: string): SqlType { return new SqlType(this.dataType, this.nullable, text); }
  toString(): string { return this.nullable ? this.sql : `${this.sql} NOT NULL`; }
}

class StructSchema extends SqlType {
  declare readonly dataType: t.StructType;
  readonly fields: readonly SchemaField[];

  constructor(dataType: t.StructType, nullable = false, commentText?: string) {
    super(dataType, nullable, commentText);
    this.fields = Object.freeze(dataType.fields.map(f => Object.freeze({ name: f.name, type: publicType(f.type, f.nullable, f.comment), nullable: f.nullable })));
    Object.freeze(this);
  }

  override notNull(): StructSchema { return new StructSchema(this.dataType, false, this.commentText); }
  override comment(text: string): StructSchema { return new StructSchema(this.dataType, this.nullable, text); }
  toDDL(): string { return this.dataType.fields.map(fieldToDDL).join(","); }

  pick(...names: string[]): StructSchema {
    return new StructSchema(t.struct(names.map(name => {
      const found = this.dataType.fields.find(f => f.name === name);
      if (found === undefined) throw unknownField(name, this.dataType);
      return found;
    })));
  }

  extend(fields: Fields): StructSchema {
    const added = structOf(fields).fields;
    const kept = this.dataType.fields.map(f => added.find(a => a.name === f.name) ?? f);
    return new StructSchema(t.struct([...kept, ...added.filter(a => !kept.includes(a))]));
  }
}

function fieldToDDL(field: t.StructField): string {
  const comment = field.comment === undefined ? "" : ` COMMENT '${field.comment.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  return `${t.quoteIfNeeded(field.name)} ${t.typeToSql(field.type)}${field.nullable ? "" : " NOT NULL"}${comment}`;
}

function unknownField(name: string, type: t.StructType): AnalysisError {
  const near = nearest(name, type.fields.map(f => f.name))[0];
  return new AnalysisError({
    condition: "FIELD_NOT_FOUND", sqlState: "42704", message: `No such struct field \`${name}\` in ${type.fields.map(f => `\`${f.name}\``).join(", ")}.`,
    messageParameters: { fieldName: `\`${name}\``, fields: type.fields.map(f => `\`${f.name}\``).join(", ") },
    hint: near === undefined ? undefined : `did you mean '${near}'?`,
  });
}

// The interfaces carry a type that has no value at run time, so each of these casts once.
const publicType = <T>(dataType: t.DataType, nullable = true, comment?: string): DataType<T> =>
  new SqlType(dataType, nullable, comment) as unknown as DataType<T>;

/** The schema that a struct type of the plan is. */
export const schemaOf = <Row>(type: t.StructType): Schema<Row> => new StructSchema(type) as unknown as Schema<Row>;

/** The plan's type of a type that a person gave. */
export const dataTypeOf = (type: DataType<unknown>): t.DataType => internal(type).dataType;
export const isNullable = (type: DataType<unknown>): boolean => internal(type).nullable;
export const isDataType = (value: unknown): value is DataType<unknown> => value instanceof SqlType;

/** The struct type of a schema that a person gave. */
export function structTypeOf(schema: Schema<unknown>): t.StructType {
  const { dataType } = internal(schema);
  if (dataType.kind !== "struct") throw new AnalysisError({ condition: "INVALID_SCHEMA.NON_STRUCT_TYPE", sqlState: "42K07", message: `The input schema ${t.typeToSql(dataType)} must be a struct type.`, messageParameters: { inputSchema: t.typeToSql(dataType) }, hint: "make one with schema({ ... })" });
  return dataType;
}

function internal(type: DataType<unknown>): SqlType {
  if (isDataType(type)) return type as unknown as SqlType;
  throw new AnalysisError({ condition: "INVALID_SCHEMA.NON_STRING_LITERAL", sqlState: "42K07", message: `A type is expected, such as string() or schema({ ... }); got ${typeof type}.` });
}

function structOf(fields: Fields): t.StructType {
  return t.struct(Object.entries(fields).map(([name, type]) => {
    const { dataType, nullable, commentText } = internal(type);
    const made = t.field(name, dataType, nullable);
    return commentText === undefined ? made : Object.freeze({ ...made, comment: commentText });
  }));
}

/** The columns of a frame, in order. Nullable unless `.notNull()`, as in Spark. */
export const schema = <F extends Fields>(fields: F): Schema<{ [K in keyof F]: F[K][typeof valueType] }> => schemaOf(structOf(fields));

export const tinyint = (): DataType<Int | null> => publicType(t.TINYINT);
export const smallint = (): DataType<Int | null> => publicType(t.SMALLINT);
export const int = (): DataType<Int | null> => publicType(t.INT);
export const bigint = (): DataType<bigint | null> => publicType(t.BIGINT);
export const float = (): DataType<number | null> => publicType(t.FLOAT);
export const double = (): DataType<number | null> => publicType(t.DOUBLE);
export const string = (): DataType<string | null> => publicType(t.STRING);
export const boolean = (): DataType<boolean | null> => publicType(t.BOOLEAN);
export const binary = (): DataType<Uint8Array | null> => publicType(t.BINARY);
export const date = (): DataType<LocalDate | null> => publicType(t.DATE);
export const time = (): DataType<LocalTime | null> => publicType(t.time());
export const timestamp = (): DataType<Timestamp | null> => publicType(t.TIMESTAMP);
export const timestampNtz = (): DataType<TimestampNtz | null> => publicType(t.TIMESTAMP_NTZ);
export const dayTimeInterval = (): DataType<DayTimeInterval | null> => publicType(t.DAY_TIME_INTERVAL);
export const yearMonthInterval = (): DataType<YearMonthInterval | null> => publicType(t.YEAR_MONTH_INTERVAL);
export const variant = (): DataType<Variant | null> => publicType(t.VARIANT);

/** DECIMAL(precision, scale): `precision` digits (1 to 38), `scale` of them behind the point. */
export function decimal(precision: number, scale: number): DataType<Decimal | null> {
  return publicType(checkedDecimal(precision, scale));
}

/** An array; elements may be null unless `element.notNull()`. */
export function array<D extends DataType<unknown>>(element: D): DataType<ValueOf<D>[] | null> {
  return publicType(t.array(dataTypeOf(element), isNullable(element)));
}

/** A map; keys are never null. */
export function map<K extends DataType<unknown>, V extends DataType<unknown>>(key: K, value: V): DataType<Map<Exclude<ValueOf<K>, null>, ValueOf<V>> | null> {
  return publicType(t.map(dataTypeOf(key), dataTypeOf(value), isNullable(value)));
}

export function struct<F extends Fields>(fields: F): DataType<{ [K in keyof F]: F[K][typeof valueType] } | null> {
  return publicType(structOf(fields));
}

function checkedDecimal(precision: number, scale: number): t.DecimalType {
  if (!(Number.isInteger(precision) && precision >= 1 && precision <= 38)) {
    throw new AnalysisError({ condition: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", sqlState: "22003", message: `Decimal precision ${precision} exceeds max precision 38.`, messageParameters: { precision: String(precision), maxPrecision: "38" } });
  }
  if (!(Number.isInteger(scale) && scale >= 0 && scale <= precision)) {
    throw new AnalysisError({ condition: "DECIMAL_SCALE_EXCEEDS_PRECISION", sqlState: "42K0K", message: `Decimal scale ${scale} exceeds precision ${precision}.`, messageParameters: { scale: String(scale), precision: String(precision) } });
  }
  return t.decimal(precision, scale);
}

const BY_NAME: Readonly<Record<string, t.DataType>> = {
  tinyint: t.TINYINT, smallint: t.SMALLINT, int: t.INT, bigint: t.BIGINT, float: t.FLOAT, double: t.DOUBLE, string: t.STRING,
  boolean: t.BOOLEAN, binary: t.BINARY, date: t.DATE, time: t.time(), timestamp: t.TIMESTAMP, timestamp_ntz: t.TIMESTAMP_NTZ,
  decimal: t.decimal(10, 0), variant: t.VARIANT,
};

/** The plan's type of a type's name, as `cast("decimal(10,2)")` takes it. */
export function typeByName(name: string): t.DataType {
  const found = Object.hasOwn(BY_NAME, name.toLowerCase()) ? BY_NAME[name.toLowerCase()] : undefined;
  if (found !== undefined) return found;
  const parts = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/i.exec(name);
  if (parts !== null) return checkedDecimal(Number(parts[1]), Number(parts[2]));
  throw new AnalysisError({
    condition: "UNSUPPORTED_DATATYPE", sqlState: "0A000", message: `Unsupported data type "${name.toUpperCase()}".`, messageParameters: { typeName: `"${name.toUpperCase()}"` },
    hint: nearest(name, Object.keys(BY_NAME)).length > 0 ? `did you mean '${nearest(name, Object.keys(BY_NAME))[0]}'?` : undefined,
  });
}
