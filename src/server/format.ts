/**
 * Numbers, durations, bytes and times as the page, the verdicts and the command line write them. One place, so that they
 * agree. A narrow no-break space stands before k, M, G and the percent sign; a no-break space before a unit.
 */
const narrow = "\u202f", space = "\u00a0";
/** For what is not known. */
export const unknown = "–";

/** Exact, with commas: late rows, batch ids, totals of accounts. */
export function exact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count or rate: exact up to 9,999, above three significant digits with a prefix; below 10 one decimal if there is a fraction. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  if (value < 0) return `−${count(-value)}`;
  if (value < 9_999.5) {
    if (value >= 9.95 || Number.isInteger(value)) return exact(value);
    return value >= 0.095 ? value.toFixed(1) : value.toPrecision(1);
  }
  return scaled(value, [[1e3, "k"], [1e6, "M"], [1e9, "G"], [1e12, "T"]], narrow);
}

/** `1.21 M rows/s`. */
export function rate(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? unknown : `${count(value)}${space}rows/s`;
}

/** Three significant digits with the unit that keeps the value below 1,000, also after rounding. */
function scaled(value: number, units: readonly (readonly [number, string])[], gap: string): string {
  for (const [index, [size, name]] of units.entries()) {
    const digits = value / size;
    if (digits < 999.5 || index === units.length - 1) return `${digits >= 99.95 ? digits.toFixed(0) : digits >= 9.995 ? digits.toFixed(1) : digits.toFixed(2)}${gap}${name}`;
  }
  return unknown;
}

/** Decimal bytes in at most three digits: 940,000 is `0.94 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  const [size, name] = value < 1_000 ? [1, "B"] as const : value < 99_950 ? [1e3, "kB"] as const : value < 999.5e6 ? [1e6, "MB"] as const
    : value < 999.5e9 ? [1e9, "GB"] as const : [1e12, "TB"] as const;
  const digits = value / size;
  const text = digits >= 99.95 ? digits.toFixed(0) : digits >= 9.995 ? digits.toFixed(1) : digits.toFixed(2);
  return `${stripZeros(text)}${space}${name}`;
}

const stripZeros = (text: string): string => text.includes(".") ? text.replace(/\.?0+$/, "") : text;

/** A measured duration, in at most two units: `840 µs`, `3.1 ms`, `412 ms`, `6.2 s`, `1 min 19 s`, `3 h 12 min`, `3 d 4 h`. */
export function duration(micros: number | null | undefined): string {
  if (micros === null || micros === undefined || !Number.isFinite(micros)) return unknown;
  if (micros < 0) return `−${duration(-micros)}`;
  if (micros === 0) return `0${space}s`;
  if (micros < 999.5) return `${Math.round(micros)}${space}µs`;
  if (micros < 99_950) return `${(micros / 1e3).toFixed(1)}${space}ms`;
  if (micros < 999_500) return `${Math.round(micros / 1e3)}${space}ms`;
  if (micros < 59_950_000) return `${(micros / 1e6).toFixed(1)}${space}s`;
  return large(micros);
}

/** A duration that someone chose, or a limit: as `duration`, without a fraction of zero (`5 s`, `10 min`). */
export function span(micros: number | null | undefined): string {
  return duration(micros).replace(/\.0(?=\s)/, "").replace(new RegExp(`${space}0+${space}\\S+$`), "");
}

function large(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  if (seconds < 3_600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s", 2);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min", 2);
  const hours = Math.round(minutes / 60);
  if (hours < 24 * 365) return two(Math.floor(hours / 24), "d", hours % 24, "h", 1);
  return two(Math.floor(hours / 8_766), "y", Math.floor(hours % 8_766 / 24), "d", 1);
}

function two(big: number, bigUnit: string, small: number, smallUnit: string, width: number): string {
  return `${big}${space}${bigUnit}${space}${String(small).padStart(width, "0")}${space}${smallUnit}`;
}

/** How long ago, in one unit, rounded down: `0.4 s`, `4 s`, `26 min`, `2 h`. */
export function age(micros: number | null | undefined): string {
  if (micros === null || micros === undefined || !Number.isFinite(micros)) return unknown;
  const seconds = Math.max(0, micros / 1e6);
  if (seconds < 1) return `${(Math.floor(seconds * 10) / 10).toFixed(1)}${space}s`;
  if (seconds < 60) return `${Math.floor(seconds)}${space}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${space}min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}${space}h`;
  return `${Math.floor(seconds / 86_400)}${space}d`;
}

/** Two significant digits; as many as it needs below 0.01 %; never 0 % or 100 % for what is not. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return unknown;
  if (ratio < 0) return `−${percent(-ratio)}`;
  const value = ratio * 100;
  if (value === 0 || value === 100) return `${value}${space}%`;
  const text = value < 0.01 ? value.toFixed(Math.min(20, -Math.floor(Math.log10(value)))) : value <= 99 ? String(Number(value.toPrecision(2))) : value < 100 ? (Math.floor(value * 10) / 10).toFixed(1) : exact(value);
  return `${text}${space}%`;
}

/** `2.1` of "2.1 times to spare"; whole from 10 on. */
export function times(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined || !Number.isFinite(ratio)) return unknown;
  return ratio < 9.95 ? ratio.toFixed(1) : count(Math.round(ratio));
}

const formatters = new Map<string, Intl.DateTimeFormat>();
function parts(micros: number, zone: string): Record<string, string> {
  let format = formatters.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formatters.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(Math.floor(micros / 1_000)).map(part => [part.type, part.value]));
}

/** Time of day in `zone`, with `decimals` of the second cut off, not rounded: `14:31:35.8`. */
export function timeOfDay(micros: number | null | undefined, zone: string, decimals = 0): string {
  if (micros === null || micros === undefined || !Number.isFinite(micros)) return unknown;
  const { hour, minute, second } = parts(micros, zone);
  const fraction = String(((micros % 1e6) + 1e6) % 1e6).split(".")[0]!.padStart(6, "0").slice(0, decimals);
  return `${hour}:${minute}:${second}${decimals > 0 ? `.${fraction}` : ""}`;
}

/** `18 Nov 10:02`; with the year unless it is that of `nowMicros`. */
export function dayAndTime(micros: number, zone: string, nowMicros?: number): string {
  const { day, month, year, hour, minute } = parts(micros, zone);
  return `${day}${space}${month}${nowMicros === undefined || parts(nowMicros, zone)["year"] === year ? "" : `${space}${year}`}${space}${hour}:${minute}`;
}

/** Time of day, with the date before it if that is not today. */
export function timeAndDay(micros: number, zone: string, nowMicros: number, decimals = 0): string {
  const then = parts(micros, zone), now = parts(nowMicros, zone), time = timeOfDay(micros, zone, decimals);
  if (then["day"] === now["day"] && then["month"] === now["month"] && then["year"] === now["year"]) return time;
  return `${then["day"]}${space}${then["month"]}${then["year"] === now["year"] ? "" : `${space}${then["year"]}`}${space}${time}`;
}

/** ISO 8601 UTC; microseconds only where there are any. */
export function iso(micros: number): string {
  const millis = Math.floor(micros / 1_000), rest = Math.round(micros - millis * 1_000);
  const text = new Date(millis).toISOString();
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}

/** Microseconds of an ISO 8601 time, with up to six decimals; NaN if it is none. */
export function fromIso(text: string | null | undefined): number {
  if (text === null || text === undefined) return NaN;
  const fraction = /\.\d{3}(\d{1,3})/.exec(text)?.[1];
  return Date.parse(text) * 1_000 + (fraction === undefined ? 0 : Number(fraction.padEnd(3, "0")));
}
