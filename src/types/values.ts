/**
 * Values at the edge of the engine: what rows hold where JavaScript has no type of its own for what SQL means. All are
 * immutable, print themselves, have `toJSON`, and give a Temporal object where the platform has Temporal.
 */
import { AnalysisError } from "../base/errors.ts";
import { MICROS_PER_DAY, addMonths, civil, daysFromCivil, floorDivide, localText, parseTimeOfDay, timeText, two, yearText } from "./civil.ts";
import { parseDuration, type Duration } from "./duration.ts";

declare const intFlavor: unique symbol;
/** TINYINT, SMALLINT and INT: a plain number to its user. The optional key, never there, only tells INT from DOUBLE at compile time. */
export type Int = number & { readonly [intFlavor]?: "INT" };
export type IntKey = typeof intFlavor;

export type TimestampLike = Timestamp | Date | string | { readonly epochNanoseconds: bigint };
export type DecimalLike = Decimal | string | number | bigint;
export type LocalDateLike = LocalDate | string | { readonly year: number; readonly month: number; readonly day: number };

/** An instant, to the microsecond: TIMESTAMP. Compares with `<` and `>` by milliseconds; `compareTo` is exact. */
export class Timestamp {
  readonly #nominal = true;
  /** Microseconds since 1970-01-01T00:00:00Z. */
  readonly epochMicros: bigint;

  private constructor(epochMicros: bigint) { this.epochMicros = epochMicros; }

  static ofMicros(epochMicros: bigint): Timestamp { return new Timestamp(epochMicros); }

  /** Text is ISO 8601; without an offset it is UTC. */
  static from(value: TimestampLike): Timestamp {
    if (value instanceof Timestamp) return value;
    if (typeof value === "string") return new Timestamp(parseTimestamp(value, true));
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) throw malformed("Invalid Date", "TIMESTAMP");
      return new Timestamp(BigInt(value.getTime()) * 1000n);
    }
    return new Timestamp(floorDivide(value.epochNanoseconds, 1000n));
  }

  static now(): Timestamp { return new Timestamp(BigInt(Date.now()) * 1000n); }

  /** Finer than a millisecond is cut off. */
  toDate(): Date { return new Date(Number(floorDivide(this.epochMicros, 1000n))); }

  /** A Temporal.Instant. */
  toTemporal(): unknown { return temporal("Instant")(this.toString()); }

  /** This moment, later by a duration. Months are calendar months in UTC; a day past a month's end is its last day. */
  plus(by: DayTimeInterval | Duration): Timestamp {
    if (by instanceof DayTimeInterval) return new Timestamp(this.epochMicros + by.micros);
    const { months, micros } = parseDuration(by);
    return new Timestamp(addMonths(this.epochMicros, months) + micros);
  }

  equals(other: Timestamp): boolean { return this.epochMicros === other.epochMicros; }
  compareTo(other: Timestamp): number { return this.epochMicros < other.epochMicros ? -1 : this.epochMicros > other.epochMicros ? 1 : 0; }
  /** Milliseconds since the epoch, with fraction. */
  valueOf(): number { return Number(this.epochMicros) / 1000; }
  /** `2026-03-01T00:00:00.000001Z`; a fraction only where there is one. */
  toString(): string { return `${localText(this.epochMicros)}Z`; }
  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is Timestamp { return typeof value === "object" && value !== null && #nominal in value; }
}

/** A date and time of day of no zone: TIMESTAMP_NTZ. */
export class TimestampNtz {
  readonly #nominal = true;
  /** Microseconds since 1970-01-01T00:00:00 on the same wall clock. */
  readonly epochMicros: bigint;

  private constructor(epochMicros: bigint) { this.epochMicros = epochMicros; }

  static ofMicros(epochMicros: bigint): TimestampNtz { return new TimestampNtz(epochMicros); }
  static from(value: TimestampNtz | string): TimestampNtz {
    return value instanceof TimestampNtz ? value : new TimestampNtz(parseTimestamp(value, false));
  }

  /** A Temporal.PlainDateTime. */
  toTemporal(): unknown { return temporal("PlainDateTime")(this.toString()); }
  equals(other: TimestampNtz): boolean { return this.epochMicros === other.epochMicros; }
  valueOf(): number { return Number(this.epochMicros) / 1000; }
  toString(): string { return localText(this.epochMicros); }
  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is TimestampNtz { return typeof value === "object" && value !== null && #nominal in value; }
}

/** A day of the proleptic Gregorian calendar: DATE. */
export class LocalDate {
  readonly #nominal = true;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;

  private constructor(year: number, month: number, day: number) { this.year = year; this.month = month; this.day = day; }

  static ofEpochDay(days: number): LocalDate {
    const { year, month, day } = civil(days);
    return new LocalDate(year, month, day);
  }

  static from(value: LocalDateLike): LocalDate {
    if (value instanceof LocalDate) return value;
    if (typeof value !== "string") return checkedDate(value.year, value.month, value.day, `${value.year}-${value.month}-${value.day}`);
    const parts = /^([+-]?\d{4,7})-(\d{1,2})-(\d{1,2})$/.exec(value.trim());
    if (parts === null) throw malformed(value, "DATE");
    return checkedDate(Number(parts[1]), Number(parts[2]), Number(parts[3]), value);
  }

  /** Days since 1970-01-01. */
  get epochDay(): number { return daysFromCivil(this.year, this.month, this.day); }
  /** A Temporal.PlainDate. */
  toTemporal(): unknown { return temporal("PlainDate")(this.toString()); }
  equals(other: LocalDate): boolean { return this.epochDay === other.epochDay; }
  /** Milliseconds since the epoch of the day's start in UTC, so that dates compare. */
  valueOf(): number { return this.epochDay * 86_400_000; }
  toString(): string { return `${yearText(this.year)}-${two(this.month)}-${two(this.day)}`; }
  toJSON(): string { return this.toString(); }

  static is(value: unknown): value is LocalDate { return typeof value === "object" && value !== null && #nominal in value; }
}

function checkedDate(year: number, month: number, day: number, text: string): LocalDate {
  const date = LocalDate.ofEpochDay(daysFromCivil(year, month, day));
  if (date.year !== year || date.month !== month || date.day !== day) throw malformed(text, "DATE");
  return date;
}

/** A time of day: TIME. */
export class LocalTime {
  readonly #nominal = true;
  readonly microsOfDay: number;

  private constructor(microsOfDay: number) { this.microsOfDay = microsOfDay; }

  static ofMicros(microsOfDay: number): LocalTime { return new LocalTime(microsOfDay); }
  static from(value: LocalTime | string): LocalTime {
    if (value instanceof LocalTime) return value;
    const micros = parseTimeOfDay(value.trim());
    if (micros === undefined) throw malformed(value, "TIME");
    return new LocalTime(micros);
  }

  /** A Temporal.PlainTime. */
  toTemporal(): unknown { return temporal("PlainTime")(this.toString()); }
  equals(other: LocalTime): boolean { return this.microsOfDay === other.microsOfDay; }
  valueOf(): number { return this.microsOfDay / 1000; }
  toString(): string { return timeText(this.microsOfDay); }
  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is LocalTime { return typeof value === "object" && value !== null && #nominal in value; }
}

/** An exact decimal number: `unscaled` divided by ten to the power `scale`. */
export class Decimal {
  readonly #nominal = true;
  readonly unscaled: bigint;
  readonly scale: number;

  private constructor(unscaled: bigint, scale: number) { this.unscaled = unscaled; this.scale = scale; }

  static of(unscaled: bigint, scale: number): Decimal { return new Decimal(unscaled, scale); }

  /** The digits as written: `"1.50"` has scale 2. A number gives the digits it prints with. */
  static from(value: DecimalLike): Decimal {
    if (value instanceof Decimal) return value;
    if (typeof value === "bigint") return new Decimal(value, 0);
    const text = String(value).trim();
    const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/.exec(text);
    const whole = parts?.[2] ?? "", fraction = parts?.[3] ?? "";
    if (parts === null || whole + fraction === "") throw malformed(text, "DECIMAL");
    const digits = BigInt(whole + fraction) * (parts[1] === "-" ? -1n : 1n), scale = fraction.length - Number(parts[4] ?? 0);
    return scale < 0 ? new Decimal(digits * 10n ** BigInt(-scale), 0) : new Decimal(digits, scale);
  }

  /** The same number with `scale` digits behind the point; dropped digits round half away from zero, as SQL does. */
  withScale(scale: number): Decimal {
    if (scale >= this.scale) return new Decimal(this.unscaled * 10n ** BigInt(scale - this.scale), scale);
    const divisor = 10n ** BigInt(this.scale - scale), quotient = this.unscaled / divisor, rest = this.unscaled % divisor;
    const up = (rest < 0n ? -rest : rest) * 2n >= divisor;
    return new Decimal(up ? quotient + (this.unscaled < 0n ? -1n : 1n) : quotient, scale);
  }

  /** How many digits the number has, those behind the point included. */
  get precision(): number { return Math.max((this.unscaled < 0n ? -this.unscaled : this.unscaled).toString().length, this.scale); }
  toNumber(): number { return Number(this.toString()); }
  valueOf(): number { return this.toNumber(); }
  /** Equal as numbers: 1.5 and 1.50 are. */
  equals(other: Decimal): boolean {
    const scale = Math.max(this.scale, other.scale);
    return this.withScale(scale).unscaled === other.withScale(scale).unscaled;
  }

  /** All digits, never an exponent. */
  toString(): string {
    if (this.scale <= 0) return (this.unscaled * 10n ** BigInt(-this.scale)).toString();
    const digits = (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString().padStart(this.scale + 1, "0");
    return `${this.unscaled < 0n ? "-" : ""}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
  }

  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is Decimal { return typeof value === "object" && value !== null && #nominal in value; }
}

/** A length of time in microseconds: INTERVAL DAY TO SECOND. */
export class DayTimeInterval {
  readonly #nominal = true;
  readonly micros: bigint;

  private constructor(micros: bigint) { this.micros = micros; }

  static ofMicros(micros: bigint): DayTimeInterval { return new DayTimeInterval(micros); }
  static from(value: DayTimeInterval | Duration): DayTimeInterval {
    if (value instanceof DayTimeInterval) return value;
    const { months, micros } = parseDuration(value);
    if (months !== 0) throw malformed(value, "INTERVAL DAY TO SECOND");
    return new DayTimeInterval(micros);
  }

  equals(other: DayTimeInterval): boolean { return this.micros === other.micros; }
  /** Milliseconds, with fraction. */
  valueOf(): number { return Number(this.micros) / 1000; }
  /** ANSI text: `INTERVAL '1 02:03:04.5' DAY TO SECOND`. */
  toString(): string {
    const size = this.micros < 0n ? -this.micros : this.micros;
    return `INTERVAL '${this.micros < 0n ? "-" : ""}${size / MICROS_PER_DAY} ${timeText(Number(size % MICROS_PER_DAY))}' DAY TO SECOND`;
  }

  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is DayTimeInterval { return typeof value === "object" && value !== null && #nominal in value; }
}

/** A number of months: INTERVAL YEAR TO MONTH. */
export class YearMonthInterval {
  readonly #nominal = true;
  readonly months: number;

  private constructor(months: number) { this.months = months; }

  static ofMonths(months: number): YearMonthInterval { return new YearMonthInterval(months); }
  equals(other: YearMonthInterval): boolean { return this.months === other.months; }
  valueOf(): number { return this.months; }
  /** ANSI text: `INTERVAL '1-2' YEAR TO MONTH`. */
  toString(): string {
    const size = Math.abs(this.months);
    return `INTERVAL '${this.months < 0 ? "-" : ""}${Math.trunc(size / 12)}-${size % 12}' YEAR TO MONTH`;
  }

  toJSON(): string { return this.toString(); }
  static is(value: unknown): value is YearMonthInterval { return typeof value === "object" && value !== null && #nominal in value; }
}

/** A value of any shape: VARIANT. */
export class Variant {
  readonly #value: unknown;

  private constructor(value: unknown) { this.#value = value; }

  /** Any JSON value; dates, timestamps and decimals of this module keep their type. */
  static of(value: unknown): Variant { return value instanceof Variant ? value : new Variant(value); }

  /** What stands at a path such as `$.items[0].name`; undefined if nothing does. */
  get(path: string): unknown {
    if (!/^\$(\.[\p{L}_][\p{L}\p{N}_]*|\[\d+\]|\['[^']*'\])*$/u.test(path)) throw malformed(path, "VARIANT path");
    let value = this.#value;
    for (const step of path.slice(1).match(/\.[^.[]+|\[\d+\]|\['[^']*'\]/g) ?? []) {
      if (typeof value !== "object" || value === null) return undefined;
      const key = step.startsWith(".") ? step.slice(1) : step.startsWith("['") ? step.slice(2, -2) : Number(step.slice(1, -1));
      if (typeof key === "number" ? !Array.isArray(value) : !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string | number, unknown>)[key];
    }
    return value;
  }

  toJSON(): unknown { return this.#value; }
  toString(): string { return stringify(this.#value); }
  static is(value: unknown): value is Variant { return typeof value === "object" && value !== null && #value in value; }
}

export type Num = number | bigint | Decimal;
/** What has an order in time. */
export type Moment = Timestamp | TimestampNtz | LocalDate | LocalTime;

const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

/**
 * JSON text of anything that rows hold. BIGINT and DECIMAL keep all their digits as JSON numbers; NaN and the infinities
 * are strings; bytes are base64; a Map is an object.
 */
export function stringify(value: unknown, space?: number): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, after: unknown) {
    const before = this[key];
    if (typeof after === "bigint") return rawJSON(String(after));
    if (before instanceof Decimal) return rawJSON(before.toString());
    if (typeof after === "number" && !Number.isFinite(after)) return String(after);
    if (before instanceof Uint8Array) return Buffer.from(before.buffer, before.byteOffset, before.byteLength).toString("base64");
    if (before instanceof Map) return Object.fromEntries(Array.from(before as Map<unknown, unknown>, ([k, v]) => [String(k), v]));
    return after;
  }, space);
}

/** Microseconds of ISO text. `zoned`: an offset is allowed and subtracted. */
function parseTimestamp(text: string, zoned: boolean): bigint {
  const type = zoned ? "TIMESTAMP" : "TIMESTAMP_NTZ";
  const parts = /^([+-]?\d{4,7}-\d{1,2}-\d{1,2})(?:[T ](\d[\d:.]*)\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?)?$/i.exec(text.trim());
  if (parts === null || (!zoned && parts[3] !== undefined)) throw malformed(text, type);
  const date = LocalDate.from(parts[1]!), time = parts[2] === undefined ? 0 : parseTimeOfDay(parts[2]);
  if (time === undefined) throw malformed(text, type);
  const zone = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(parts[3] ?? "");
  const offsetMinutes = zone === null ? 0 : (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3] ?? 0));
  return BigInt(date.epochDay) * MICROS_PER_DAY + BigInt(time) - BigInt(offsetMinutes) * 60_000_000n;
}

function malformed(text: string, type: string): AnalysisError {
  return new AnalysisError({
    condition: "CAST_INVALID_INPUT", sqlState: "22018", message: `The value '${text}' can't be read as "${type}".`,
    messageParameters: { expression: `'${text}'`, sourceType: '"STRING"', targetType: `"${type}"` },
  });
}

function temporal(name: string): (text: string) => unknown {
  const all = (globalThis as unknown as { Temporal?: Record<string, { from(text: string): unknown }> }).Temporal;
  if (all?.[name] === undefined) throw new AnalysisError({ condition: "MILLRACE_NO_TEMPORAL", sqlState: "0A000", message: "This JavaScript platform has no Temporal.", hint: "use toDate() or toString()" });
  return text => all[name]!.from(text);
}
