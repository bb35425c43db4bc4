/**
 * Zones as java.time knows them: offsets written in any of its forms, its short names, and the regions of the tz
 * database (from the platform's own copy, through Intl).
 */

/** UTC offsets of one zone. All in microseconds. */
export interface ZoneRules {
  readonly id: string;
  /** The offset when it is the same at all times. */
  readonly fixedOffset: bigint | undefined;
  /** Offset at an instant. */
  offsetAt(epochMicros: bigint): bigint;
  /** Offset of a wall-clock time. In a gap: the offset before it, so that the time moves on; in an overlap: the earlier offset. */
  offsetAtLocal(localMicros: bigint): bigint;
  /** A range of wall-clock times around one, `[from, to)`, that all have the same offset and exist once. */
  steadyRange(localMicros: bigint): { readonly from: bigint; readonly to: bigint; readonly offset: bigint } | undefined;
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
const known = new Map<string, ZoneRules | null>();

/** The rules of a zone as Spark reads its name (`+h:mm` and `+hh:m` too), or undefined when there is no such zone. */
export function zoneRules(id: string): ZoneRules | undefined {
  let rules = known.get(id);
  if (rules === undefined) {
    rules = makeRules(id);
    // text from data may name any number of zones that don't exist
    if (known.size < 2000) known.set(id, rules);
  }
  return rules ?? undefined;
}

function makeRules(name: string): ZoneRules | null {
  let id = name.replace(/([+-])(\d):/, "$10$2:").replace(/([+-])(\d\d):(\d)$/, "$1$2:0$3");
  id = Object.hasOwn(SHORT_IDS, id) ? SHORT_IDS[id]! : id;
  if (id === "Z" || id === "UTC" || id === "GMT" || id === "UT") return fixed(name, 0n);
  const prefixed = /^(?:UTC|GMT|UT)([+-].*)$/.exec(id);
  const offset = parseOffset(prefixed === null ? id : prefixed[1]!);
  if (offset !== undefined) return fixed(name, offset);
  if (prefixed !== null || !/^[A-Za-z][A-Za-z0-9~/._+-]+$/.test(id)) return null;
  try {
    const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-hc-h23", {
      timeZone: id, era: "short", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    return new Region(name, format);
  } catch {
    return null;
  }
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

function fixed(id: string, offset: bigint): ZoneRules {
  const forever = { from: -(2n ** 63n), to: 2n ** 63n - 1n, offset };
  return { id, fixedOffset: offset, offsetAt: () => offset, offsetAtLocal: () => offset, steadyRange: () => forever };
}

class Region implements ZoneRules {
  readonly id: string;
  readonly fixedOffset = undefined;
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

  offsetAtLocal(localMicros: bigint): bigint {
    const earlier = this.offsetAt(localMicros - DAY), later = this.offsetAt(localMicros + DAY);
    if (earlier === later) {
      // a transition and its reverse within two days don't occur, but the offset here may still differ from both
      const here = this.offsetAt(localMicros - earlier);
      return this.offsetAt(localMicros - here) === here ? here : earlier;
    }
    const first = this.offsetAt(localMicros - earlier);
    if (first === earlier) return earlier;   // before the transition, or in the overlap
    return this.offsetAt(localMicros - later) === later ? later : earlier;   // after it, or in the gap
  }

  steadyRange(localMicros: bigint): { from: bigint; to: bigint; offset: bigint } | undefined {
    const from = localMicros - 16n * DAY, to = localMicros + 16n * DAY, offset = this.offsetAt(localMicros);
    for (let at = from; at <= to; at += DAY) if (this.offsetAt(at) !== offset) return undefined;
    return { from: from + offset + 2n * DAY, to: to + offset - 2n * DAY, offset };
  }

  #ask(second: number): bigint {
    // a Date reaches 275760; zones have long been steady there
    const clamped = Math.max(-8.64e12, Math.min(8.64e12, second));
    const parts: Record<string, string> = {};
    for (const part of this.#format.formatToParts(clamped * 1000)) parts[part.type] = part.value;
    const year = parts["era"] === "BC" || parts["era"] === "B" ? 1 - Number(parts["year"]) : Number(parts["year"]);
    const local = new Date(0);
    local.setUTCFullYear(year, Number(parts["month"]) - 1, Number(parts["day"]));
    local.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
    return BigInt(local.getTime() / 1000 - clamped) * SECOND;
  }
}
