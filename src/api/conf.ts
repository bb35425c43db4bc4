/** The settings of a session: Spark's configuration by name, the known ones typed, any other kept as text. */
import { findTimeZone } from "../types/time-zone.ts";
import { badArgument } from "./api-errors.ts";
import type { Settings } from "./engine.ts";
import { toldOf } from "./older-behaviour.ts";

export interface SparkConf {
  "spark.sql.shuffle.partitions"?: number;
  "spark.sql.session.timeZone"?: string;
  "spark.sql.ansi.enabled"?: boolean;
  "spark.sql.caseSensitive"?: boolean;
  "spark.sql.streaming.checkpointLocation"?: string;
  "spark.sql.streaming.multipleWatermarkPolicy"?: "min" | "max";
  "spark.sql.streaming.noDataMicroBatches.enabled"?: boolean;
  "spark.sql.streaming.minBatchesToRetain"?: number;
  /** Bytes that queries may hold for one another of files that several read; 0: each reads by itself. */
  "spark.millrace.sharedReadBytes"?: number;
  /** Bytes that cached frames may take together. */
  "spark.millrace.cacheBytes"?: number;
  /** How many values one operator of a dataset may hold. */
  "spark.millrace.functional.maxHeldValues"?: number;
  [key: `spark.${string}`]: string | number | boolean | undefined;
}

/** What is set unless something else is. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "spark.app.name": "millrace", "spark.sql.shuffle.partitions": "1", "spark.sql.ansi.enabled": "true", "spark.sql.caseSensitive": "false",
  "spark.sql.streaming.multipleWatermarkPolicy": "min", "spark.sql.streaming.noDataMicroBatches.enabled": "true", "spark.sql.streaming.minBatchesToRetain": "100",
};

/** `session.conf`: read and change settings of the running session. */
export class RuntimeConf {
  readonly #values = new Map<string, string>();
  /** As the session was made. */
  readonly #initial: ReadonlyMap<string, string>;
  /** What a setting has to be told of, once. */
  readonly #told = new Set<string>();
  #tell: ((text: string) => void) | undefined;

  constructor(given: Readonly<Record<string, unknown>> = {}) {
    for (const [key, value] of Object.entries({ ...DEFAULTS, ...given })) if (value !== undefined) this.#set(key, value);
    this.#initial = new Map(this.#values);
  }

  get<K extends keyof SparkConf & string>(key: K): string | undefined;
  get(key: string): string | undefined;
  get(key: string): string | undefined {
    // Asked of the system only when no zone was given: loading its locale data takes longer than a small query.
    if (key === "spark.sql.session.timeZone" && !this.#values.has(key)) this.#values.set(key, Intl.DateTimeFormat().resolvedOptions().timeZone);
    return this.#values.get(key);
  }
  set<K extends keyof SparkConf & string>(key: K, value: NonNullable<SparkConf[K]>): void { this.#set(key, value); }
  unset(key: keyof SparkConf & string): void {
    const before = DEFAULTS[key];
    if (before === undefined) this.#values.delete(key);
    else this.#values.set(key, before);
  }
  /** What the engine sees: any key, as text. */
  get settings(): Settings {
    return {
      get: key => this.#values.get(key), set: (key, value) => this.#set(key, value), entries: () => this.#values,
      reset: key => {
        for (const name of key === undefined ? [...this.#values.keys()] : [key]) {
          const before = this.#initial.get(name);
          if (before === undefined) this.#values.delete(name);
          else this.#values.set(name, before);
        }
      },
      tellTo: tell => {
        this.#tell = tell;
        for (const key of this.#values.keys()) this.#tellOf(key);
      },
    };
  }
  getAll(): Readonly<Record<string, string>> { return Object.fromEntries(this.#values); }

  #set(key: string, value: unknown): void {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") throw badArgument(`Setting '${key}' can't be a ${typeof value}.`);
    if (key === "spark.sql.session.timeZone") checkZone(String(value));
    this.#values.set(key, String(value));
    this.#tellOf(key);
  }

  #tellOf(key: string): void {
    const text = toldOf(key);
    if (text === undefined || this.#tell === undefined || this.#told.has(key)) return;
    this.#told.add(key);
    this.#tell(text);
  }
}

function checkZone(zone: string): void {
  if (findTimeZone(zone) === undefined) {
    throw badArgument(`The value '${zone}' in the config "spark.sql.session.timeZone" is invalid. Cannot resolve the given timezone.`, undefined, "INVALID_CONF_VALUE.TIME_ZONE", "22022");
  }
}
