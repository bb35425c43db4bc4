/**
 * Zones as java.time knows them: offsets written in any of its forms, its short names, and the regions of the tz
 * database (from the platform's own copy, through Intl).
 */
import { AnalysisError } from "../base/errors.ts";

/** The clocks of one zone. All in microseconds. */
export interface TimeZone {
  readonly id: string;
  /** Whether the clocks are never changed. */
  readonly isFixed: boolean;
  /** How far the clocks are ahead of UTC at an instant. */
  offsetAt(epochMicros: bigint): bigint;
  /** What the clocks show at an instant. */
  toLocal(epochMicros: bigint): bigint;
  /** When the clocks show a time: later by the jump where they jump over it, the earlier one where they show it twice. */
  toInstant(localMicros: bigint): bigint;
}

/** What java.time.ZoneId.SHORT_IDS maps. */
const SHORT_IDS: Readonly<Record<string, string>> = {
  ACT: "Australia/Darwin", AET: "Australia/Sydney", AGT: "America/Argentina/Buenos_Aires", ART: "Africa/Cairo", AST: "America/Anchorage",
  BET: "America/Sao_Paulo", BST: "Asia/Dhaka", CAT: "Africa/Harare", CNT: "America/St_Johns", CST: "America/Chicago", CTT: "Asia/Shanghai",
  EAT: "Africa/Addis_Ababa", ECT: "Europe/Paris", IET: "America/Indiana/Indianapolis", IST: "Asia/Kolkata", JST: "Asia/Tokyo",
  MIT: "Pacific/Apia", NET: "Asia/Yerevan", NST: "Pacific/Auckland", PLT: "Asia/Karachi", PNT: "America/Phoenix", PRT: "America/Puerto_Rico",
  PST: "America/Los_Angeles", SST: "Pacific/Guadalcanal", VST: "Asia/Ho_Chi_Minh", EST: "-05:00", MST: "-07:00", HST: "-10:00",
};

const SECOND = 1_000_000n, DAY = 86_400n * SECOND;
const known = new Map<string, TimeZone | null>();

/** A zone as Spark reads its name (`+h:mm` and `+hh:m` too), or undefined when there is no such zone. */
export function findTimeZone(id: string): TimeZone | undefined {
  let rules = known.get(id);
  if (rules === undefined) {
    rules = makeRules(id);
    // text from data may name any number of zones that don't exist
    if (known.size < 2000) known.set(id, rules);
  }
  return rules ?? undefined;
}

function makeRules(name: string): TimeZone | null {
  let id = name.replace(/([+-])(\d):/, "$10$2:").replace(/([+-])(\d\d):(\d)$/, "$1$2:0$3");
  id = Object.hasOwn(SHORT_IDS, id) ? SHORT_IDS[id]! : id;
  if (id === "Z" || id === "UTC" || id === "GMT" || id === "UT") return fixed(name, 0n);
  const prefixed = /^(?:UTC|GMT|UT)([+-].*)$/.exec(id);
  const offset = parseOffset(prefixed === null ? id : prefixed[1]!);
  if (offset !== undefined) return fixed(name, offset);
  if (prefixed !== null || !/^[A-Za-z][A-Za-z0-9~/._+-]+$/.test(id)) return null;
  try {
    const format = new Intl.DateTimeFormat("en-US-u-ca-gregory-hc-h23", {
      timeZone: id, era: "short", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    return isWrittenSo(id, format.resolvedOptions().timeZone) ? new Region(name, format) : null;
  } catch {
    return null;
  }
}

/** Names are as the tz database writes them; the platform takes any case. Of links, which it shows as what they stand for, only the shape is known. */
function isWrittenSo(id: string, shown: string): boolean {
  if (id.toLowerCase() === shown.toLowerCase()) return id === shown;
  return id.split("/").every(part => /^[A-Z]/.test(part) && (part.length <= 5 || /[a-z]|\d/.test(part) || part === "SystemV"));
}

/** `+h`, `+hh`, `+hh:mm`, `+hhmm`, `+hh:mm:ss` or `+hhmmss` in microseconds; undefined when it is none or beyond 18 hours. */
function parseOffset(text: string): bigint | undefined {
  const parts = /^([+-])(?:(\d)|(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)$/.exec(text);
  if (parts === null || (text.includes(":") && !/^.\d\d:\d\d(:\d\d)?$/.test(text))) return undefined;
  const hours = Number(parts[2] ?? parts[3]), minutes = Number(parts[4] ?? 0), seconds = Number(parts[5] ?? 0);
  const total = hours * 3600 + minutes * 60 + seconds;
  if (minutes > 59 || seconds > 59 || total > 18 * 3600) return undefined;
  return BigInt(parts[1] === "-" ? -total : total) * SECOND;
}

function fixed(id: string, offset: bigint): TimeZone {
  return { id, isFixed: true, offsetAt: () => offset, toLocal: micros => micros + offset, toInstant: local => local - offset };
}

class Region implements TimeZone {
  readonly id: string;
  readonly isFixed = false;
  readonly #format: Intl.DateTimeFormat;
  /** Offsets by quarter of an hour, which no transition falls inside of since 1900. */
  readonly #cache = new Map<number, bigint>();

  constructor(id: string, format: Intl.DateTimeFormat) {
    this.id = id;
    this.#format = format;
  }

  offsetAt(epochMicros: bigint): bigint {
    const second = Number(epochMicros / SECOND - (epochMicros % SECOND < 0n ? 1n : 0n));
    const key = Math.floor(second / 900);
    const exact = second < -2_208_988_800;
    let offset = exact ? undefined : this.#cache.get(key);
    if (offset === undefined) {
      offset = this.#ask(exact ? second : key * 900);
      if (this.#cache.size > 10_000) this.#cache.clear();
      if (!exact) this.#cache.set(key, offset);
    }
    return offset;
  }

  toLocal(epochMicros: bigint): bigint { return epochMicros + this.offsetAt(epochMicros); }

  toInstant(localMicros: bigint): bigint {
    const earlier = this.offsetAt(localMicros - DAY), later = this.offsetAt(localMicros + DAY);
    if (this.offsetAt(localMicros - earlier) === earlier) return localMicros - earlier;
    if (this.offsetAt(localMicros - later) === later) return localMicros - later;
    return localMicros - earlier;
  }

  #ask(second: number): bigint {
    // a Date reaches 275760, on the clock of the zone too; zones have long been steady there
    const clamped = Math.max(-8.63e12, Math.min(8.63e12, second));
    const parts: Record<string, string> = {};
    for (const part of this.#format.formatToParts(clamped * 1000)) parts[part.type] = part.value;
    const year = parts["era"] === "BC" || parts["era"] === "B" ? 1 - Number(parts["year"]) : Number(parts["year"]);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(parts["month"]) - 1, Number(parts["day"]));
    local.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
    return BigInt(local.getTime() / 1000 - clamped) * SECOND;
  }
}

export const UTC: TimeZone = findTimeZone("UTC")!;

/** As findTimeZone. @throws AnalysisError INVALID_TIMEZONE */
export function timeZone(id: string): TimeZone {
  const zone = findTimeZone(id);
  if (zone === undefined) {
    throw new AnalysisError({
      condition: "INVALID_TIMEZONE", sqlState: "22009", messageParameters: { timeZone: id },
      message: `The timezone: ${id} is invalid. The timezone must be either a region-based zone ID, such as 'America/Los_Angeles', or a zone offset, such as '+01:00', of at most 18 hours. 'Z' and 'UTC' stand for '+00:00'.`,
    });
  }
  return zone;
}
