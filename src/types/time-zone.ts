/** A session's zone, for readers and writers that look up many times: offsets are remembered, and ranges of times with one offset found. */
import { localToInstant, normalizeZone, zoneOffsetSeconds } from "./datetime-text.ts";

const SECOND = 1_000_000n, DAY = 86_400n * SECOND;
/** Since 1900 no clock was changed within a quarter of an hour of UTC. */
const QUARTER_SECONDS = 900, YEAR_1900 = -2_208_988_800;

export class ZoneRules {
  readonly id: string;
  /** Microseconds ahead of UTC, when that is the same at all times. */
  readonly fixedOffset: bigint | undefined;
  readonly #byQuarter = new Map<number, bigint>();

  private constructor(id: string, fixedOffset: bigint | undefined) {
    this.id = id;
    this.fixedOffset = fixedOffset;
  }

  /** The rules of a zone as Spark reads its name, or undefined when there is no such zone. */
  static of(zone: string): ZoneRules | undefined {
    const id = normalizeZone(zone);
    if (id === undefined) return undefined;
    return new ZoneRules(zone, /^[+-]/.test(id) ? BigInt(zoneOffsetSeconds(id, 0)) * SECOND : undefined);
  }

  /** Microseconds that the zone's clocks are ahead of UTC at an instant. */
  offsetAt(epochMicros: bigint): bigint {
    if (this.fixedOffset !== undefined) return this.fixedOffset;
    const second = Number((epochMicros - (((epochMicros % SECOND) + SECOND) % SECOND)) / SECOND);
    if (second < YEAR_1900) return BigInt(zoneOffsetSeconds(this.id, second)) * SECOND;
    const quarter = Math.floor(second / QUARTER_SECONDS);
    let offset = this.#byQuarter.get(quarter);
    if (offset === undefined) {
      offset = BigInt(zoneOffsetSeconds(this.id, quarter * QUARTER_SECONDS)) * SECOND;
      if (this.#byQuarter.size >= 10_000) this.#byQuarter.clear();
      this.#byQuarter.set(quarter, offset);
    }
    return offset;
  }

  /** The instant at which the zone's clocks show a time: later by the jump where they jump over it, the earlier one where they show it twice. */
  instantOf(localMicros: bigint): bigint {
    return this.fixedOffset === undefined ? localToInstant(localMicros, this.id) : localMicros - this.fixedOffset;
  }

  /** Wall-clock times around one, `[from, to)`, that all have one offset and exist once; undefined near a change of the clocks. */
  steadyRange(localMicros: bigint): { readonly from: bigint; readonly to: bigint; readonly offset: bigint } | undefined {
    if (this.fixedOffset !== undefined) return { from: -(2n ** 62n), to: 2n ** 62n, offset: this.fixedOffset };
    const offset = this.offsetAt(localMicros);
    for (let day = -16n; day <= 16n; day++) if (this.offsetAt(localMicros + day * DAY) !== offset) return undefined;
    return { from: localMicros - 14n * DAY, to: localMicros + 14n * DAY, offset };
  }
}
