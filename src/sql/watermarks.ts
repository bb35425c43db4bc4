/** WATERMARK behind a relation: the time column, the delay, and settings of our own. */
import type { Relation } from "../plan/relations.ts";
import { WATERMARK_SETTINGS, unknownWatermarkSetting, type WatermarkSettings } from "../plan/watermark-options.ts";
import type { SqlCursor } from "./cursor.ts";
import { namedExpression } from "./expressions.ts";
import { intervalLiteral, startsInterval, typedLiteral } from "./literals.ts";
import { properties } from "./properties.ts";

/** Whether `WATERMARK ... DELAY OF` stands here, before anything that ends the relation. */
export function startsWatermark(cursor: SqlCursor, ahead = 0): boolean {
  if (!cursor.isWord("WATERMARK", ahead)) return false;
  for (let i = ahead + 1; !cursor.isKind("end", i) && !cursor.isSymbol(")", i) && !cursor.isSymbol(",", i); i++) {
    if (cursor.isWord("DELAY", i) && cursor.isWord("OF", i + 1)) return true;
    const close = cursor.isSymbol("(", i) ? cursor.closingOf(i) : undefined;
    if (close !== undefined) i = close - cursor.position;
  }
  return false;
}

/** `WATERMARK ts DELAY OF INTERVAL 10 SECONDS [OPTIONS (perPartition = true, idleTimeout = '30 seconds')]`. */
export function watermarked(cursor: SqlCursor, first: number, input: Relation): Relation {
  if (!startsWatermark(cursor)) return input;
  cursor.position++;
  const eventTime = namedExpression(cursor);
  cursor.expectWords("DELAY", "OF");
  if (!startsInterval(cursor) && !(cursor.isWord("INTERVAL") && cursor.isKind("string", 1))) throw cursor.fail();
  const delay = startsInterval(cursor) ? intervalLiteral(cursor) : typedLiteral(cursor);
  const delayThreshold = delay.kind === "literal" && typeof delay.value === "bigint" ? microsText(delay.value) : `${delay.kind === "literal" ? String(delay.value) : "0"} months`;
  const settings = cursor.isWord("OPTIONS") && cursor.isSymbol("(", 1) ? watermarkSettings(cursor) : undefined;
  return Object.freeze({ kind: "with_watermark", input, eventTime, delayThreshold, ...(settings !== undefined && { settings }), origin: cursor.originFrom(first) });
}

function watermarkSettings(cursor: SqlCursor): WatermarkSettings {
  cursor.position++;
  const given = properties(cursor), known = new Map<string, (typeof WATERMARK_SETTINGS)[number]>(WATERMARK_SETTINGS.map(name => [name.toLowerCase(), name]));
  const settings: { perPartition?: boolean; idleTimeout?: string; maxFutureSkew?: string } = {};
  for (const [key, value] of Object.entries(given)) {
    const name = known.get(key.toLowerCase());
    if (name === undefined) throw unknownWatermarkSetting(key);
    if (name === "perPartition") settings.perPartition = value.toLowerCase() === "true";
    else settings[name] = value;
  }
  return settings;
}

const UNIT_MICROS: readonly (readonly [string, bigint])[] = [
  ["days", 86_400_000_000n], ["hours", 3_600_000_000n], ["minutes", 60_000_000n], ["seconds", 1_000_000n], ["milliseconds", 1000n], ["microseconds", 1n],
];

/** A duration in the largest unit that it is a whole number of: `10 seconds`. */
function microsText(micros: bigint): string {
  const [unit, size] = micros === 0n ? ["seconds", 1n] as const : UNIT_MICROS.find(([, size]) => micros % size === 0n)!;
  return `${micros / size} ${unit}`;
}
