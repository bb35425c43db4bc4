/** Numbers to text by a format and back: printf's, format_number's patterns, to_char's and to_number's formats. */
import { formatDecimal, formatDouble } from "../../types/number-text.ts";
import { powerOfTen } from "../../types/decimal-rules.ts";
import { divideRounded } from "../math/rounding.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import { executionError } from "../errors.ts";

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");
const illegal = (what: string): Error => executionError("MILLRACE_ILLEGAL_FORMAT", "22023", what);

/** A number as unscaled digits and scale; DOUBLEs by the digits that they print with. */
export function digitsOf(type: DataType, cell: Cell): { readonly unscaled: bigint; readonly scale: number } {
  if (type.kind === "decimal") return { unscaled: cell as bigint, scale: type.scale };
  if (type.kind !== "double" && type.kind !== "float") return { unscaled: BigInt(cell as number | bigint), scale: 0 };
  const parts = /^(-?)(\d+)\.(\d+)(?:E(-?\d+))?$/.exec(formatDouble(cell as number))!;
  const exponent = Number(parts[4] ?? 0), unscaled = BigInt(parts[1]! + parts[2]! + parts[3]!), scale = parts[3]!.length - exponent;
  return scale < 0 ? { unscaled: unscaled * powerOfTen(-scale), scale: 0 } : { unscaled, scale };
}

/** With commas and a number of digits behind the point, halves to the even neighbour. */
export function groupedNumber(type: DataType, cell: Cell, places: number, minWhole = 1, group = true): string {
  if (typeof cell === "number" && !Number.isFinite(cell)) return Number.isNaN(cell) ? "NaN" : cell > 0 ? "∞" : "-∞";
  const { unscaled, scale } = digitsOf(type, cell);
  const rounded = scale > places ? divideRounded(unscaled, powerOfTen(scale - places), "half_even") : unscaled * powerOfTen(places - scale);
  const negative = unscaled < 0n || Object.is(cell, -0), text = formatDecimal(rounded < 0n ? -rounded : rounded, places);
  const [whole, fraction] = text.split(".") as [string, string | undefined];
  const padded = (whole === "0" && minWhole === 0 ? "" : whole).padStart(minWhole, "0");
  return `${negative ? "-" : ""}${group ? grouped(padded) : padded}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** A pattern of `#`, `0`, `,` and `.`. */
export function patternNumber(type: DataType, cell: Cell, pattern: string): string {
  const parts = /^([#,0]*)(?:\.([0#]*))?$/.exec(pattern);
  if (parts === null) throw illegal(`Malformed pattern "${pattern}".`);
  const least = (parts[2] ?? "").replace(/#/g, "").length, most = (parts[2] ?? "").length;
  let text = groupedNumber(type, cell, most, parts[1]!.replace(/[#,]/g, "").length, parts[1]!.includes(","));
  if (most > least) {
    const point = text.indexOf(".");
    let end = text.length;
    while (end > point + 1 + least && text[end - 1] === "0") end--;
    text = text.slice(0, end === point + 1 ? point : end);
  }
  return text;
}

/** Java's format strings, for the conversions of numbers, text and booleans. */
export function printf(format: string, args: readonly { readonly type: DataType; readonly cell: Cell; readonly text: string }[]): string {
  let next = 0;
  return format.replace(/%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%/g, (whole: string, position: string | undefined, flags: string, width: string | undefined, precision: string | undefined, conversion: string | undefined) => {
    if (conversion === undefined) throw illegal(`UnknownFormatConversion in ${format}`);
    const fit = (text: string, numeric = false): string => {
      const to = Number(width ?? 0);
      if (flags.includes("-")) return text.padEnd(to);
      if (numeric && flags.includes("0")) { const sign = /^[-+ ]/.exec(text)?.[0] ?? ""; return sign + text.slice(sign.length).padStart(to - sign.length, "0"); }
      return text.padStart(to);
    };
    if (conversion === "%") return fit("%");
    if (conversion === "n") return "\n";
    if (position === "0") throw executionError("INVALID_PARAMETER_VALUE.ZERO_INDEX", "22023", "The value of parameter(s) `strfmt` in `format_string` is invalid: expects %1$, %2$ and so on, but got %0$.", { parameter: "`strfmt`", functionName: "`format_string`" });
    const arg = args[position === undefined ? next++ : Number(position) - 1];
    if (arg === undefined) throw illegal(`Missing argument for ${whole}`);
    const { type, cell } = arg, isWhole = typeof cell === "bigint" ? type.kind !== "decimal" : typeof cell === "number" && type.kind !== "double" && type.kind !== "float";
    const signed = (text: string, negative: boolean): string => (negative ? (flags.includes("(") ? `(${text})` : `-${text}`) : flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text);
    const upper = conversion === conversion.toUpperCase(), done = (text: string, numeric = false): string => fit(upper ? text.toUpperCase() : text, numeric);
    if (cell === null) { const text = conversion.toLowerCase() === "b" ? "false" : "null"; return done(precision === undefined ? text : text.slice(0, Number(precision))); }
    switch (conversion.toLowerCase()) {
      case "s": return done(precision === undefined ? arg.text : arg.text.slice(0, Number(precision)));
      case "b": return done(type.kind === "boolean" ? String(cell) : "true");
      case "c": {
        if (!isWhole && typeof cell !== "string") throw illegal(`IllegalFormatConversion ${whole}`);
        return done(typeof cell === "string" ? cell : String.fromCodePoint(Number(cell)));
      }
      case "d": {
        if (!isWhole) throw illegal(`IllegalFormatConversion ${whole}`);
        const value = BigInt(cell as number | bigint), digits = (value < 0n ? -value : value).toString();
        return done(signed(flags.includes(",") ? grouped(digits) : digits, value < 0n), true);
      }
      case "x": case "o": {
        if (!isWhole) throw illegal(`IllegalFormatConversion ${whole}`);
        const bits = type.kind === "bigint" ? 64 : 32;
        return done(BigInt.asUintN(bits, BigInt(cell as number | bigint)).toString(conversion.toLowerCase() === "x" ? 16 : 8), true);
      }
      case "f": {
        if (isWhole || typeof cell !== "number") throw illegal(`IllegalFormatConversion ${whole}`);
        if (typeof cell === "number" && !Number.isFinite(cell)) return done(String(cell));
        const places = Number(precision ?? 6), { unscaled, scale } = digitsOf(type, cell), rounded = scale > places ? divideRounded(unscaled, powerOfTen(scale - places), "half_up") : unscaled * powerOfTen(places - scale);
        const [w, f] = formatDecimal(rounded < 0n ? -rounded : rounded, places).split(".") as [string, string | undefined];
        return done(signed(`${flags.includes(",") ? grouped(w) : w}${f === undefined ? "" : `.${f}`}`, unscaled < 0n || Object.is(cell, -0)), true);
      }
      case "e": case "g": {
        if (isWhole || typeof cell !== "number") throw illegal(`IllegalFormatConversion ${whole}`);
        const [mantissa, exponent] = Math.abs(cell).toExponential(Number(precision ?? 6)).split("e") as [string, string];
        return done(signed(`${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`, cell < 0), true);
      }
      default: throw illegal(`UnknownFormatConversion ${whole}`);
    }
  });
}

/** A format of to_char and to_number, taken apart. */
export interface NumberFormat {
  readonly whole: string;
  readonly fraction: string;
  readonly hasPoint: boolean;
  readonly dollar: boolean;
  readonly leading: "S" | "MI" | "";
  readonly trailing: "S" | "MI" | "PR" | "";
}

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** A format, or what is wrong with it: the subclass of INVALID_FORMAT. */
export function numberFormat(given: string): NumberFormat | string {
  const text = given.toUpperCase().replaceAll("G", ",").replaceAll("D", ".");
  if (text === "") return "EMPTY";
  if (!/[09,]/.test(text)) return "WRONG_NUM_DIGIT";
  const rest = text.replace(/MI|PR/g, "");
  if (countOf(rest, /\./g) > 1 || countOf(rest, /\$/g) > 1 || countOf(rest, /S/g) > 1 || countOf(text, /MI/g) > 1 || countOf(text, /PR/g) > 1) return "WRONG_NUM_TOKEN";
  const dollar = text.indexOf("$"), digit = text.search(/[09,]/), point = text.indexOf(".");
  if (dollar > digit) return /[09,]/.test(text.slice(0, dollar)) ? "CUR_MUST_BEFORE_DIGIT" : "CUR_MUST_BEFORE_DEC";
  if (dollar >= 0 && point >= 0 && dollar > point) return "CUR_MUST_BEFORE_DEC";
  const whole = /[09,]+/.exec(point < 0 ? text : text.slice(0, point))?.[0] ?? "";
  if (/^,|,$|,,/.test(whole)) return "CONT_THOUSANDS_SEPS";
  if (point >= 0 && text.slice(point).includes(",")) return "THOUSANDS_SEPS_MUST_BEFORE_DEC";
  const parts = /^(MI|S)?(\$)?([09,]*)(?:(\.)([09]*))?(MI|S|PR)?$/.exec(text);
  if (parts === null) return "UNEXPECTED_TOKEN";
  return { whole: parts[3]!, fraction: parts[5] ?? "", hasPoint: parts[4] !== undefined, dollar: parts[2] !== undefined, leading: (parts[1] ?? "") as "S" | "MI" | "", trailing: (parts[6] ?? "") as "S" | "MI" | "PR" | "" };
}

/** Digits in front of and behind the point. */
export const formatSize = (format: NumberFormat): { readonly precision: number; readonly scale: number } => ({ precision: format.whole.replaceAll(",", "").length + format.fraction.length, scale: format.fraction.length });

/** Text to unscaled digits of the format's scale; null if it doesn't fit. */
export function parseByFormat(text: string, format: NumberFormat): bigint | null {
  let rest = text.trim(), negative = false;
  const sign = (which: string): void => {
    if (which === "PR") { if (rest.startsWith("<") && rest.endsWith(">")) { negative = true; rest = rest.slice(1, -1); } return; }
    const front = which !== "" && /^[+-]/.test(rest), back = which !== "" && /[+-]$/.test(rest);
    if (front) { negative = rest[0] === "-"; rest = rest.slice(1); } else if (back) { negative = rest.endsWith("-"); rest = rest.slice(0, -1); }
  };
  sign(format.leading || format.trailing);
  if (format.dollar) { if (!rest.startsWith("$")) return null; rest = rest.slice(1); }
  const parts = /^([\d,]*)(?:\.(\d*))?$/.exec(rest);
  if (parts === null || (parts[1]! + (parts[2] ?? "")).replaceAll(",", "") === "") return null;
  const whole = parts[1]!, fraction = parts[2] ?? "", digits = whole.replaceAll(",", "");
  const room = format.whole.replaceAll(",", "").length;
  if (digits.length > room || fraction.length > format.fraction.length || (whole.includes(",") && !format.whole.includes(","))) return null;
  // Group by group from the point: none has more digits than the format's.
  const groups = whole.split(",").reverse(), sizes = format.whole.split(",").reverse();
  if (groups.length > sizes.length || groups.some((group, i) => group.length > sizes[i]!.length)) return null;
  const value = BigInt(digits + fraction.padEnd(format.fraction.length, "0"));
  return negative ? -value : value;
}

/** Digits by a format; `#` for each where they don't fit. A number without whole part has no digit in front of the point but what `0` asks for. */
export function writeByFormat(unscaled: bigint, scale: number, format: NumberFormat): string {
  const negative = unscaled < 0n, [integer, decimals = ""] = formatDecimal(negative ? -unscaled : unscaled, scale).split(".") as [string, string | undefined];
  const digits = integer === "0" ? "" : integer, fraction = decimals.replace(/0+$/, ""), { whole, leading, trailing } = format, room = whole.replaceAll(",", "").length;
  const sign = { S: negative ? "-" : "+", MI: negative ? "-" : " ", PR: negative ? "<" : "", "": "" };
  let out = (trailing === "PR" ? sign.PR : "") + sign[leading] + (format.dollar ? "$" : "");
  // A sign stands directly in front of what is not blank, and behind it.
  const blank = (): void => { out = /[-+<]$/.test(out) ? `${out.slice(0, -1)} ${out.at(-1)!}` : `${out} `; };
  const behind = (mark: string): void => { const end = out.trimEnd(); out = end + mark + out.slice(end.length); };
  if (digits.length > room || fraction.length > format.fraction.length) {
    out += whole.replace(/[09]/g, "#").replaceAll(",", " ") + (format.hasPoint ? `.${"#".repeat(format.fraction.length)}` : "");
  } else {
    let at = room;
    for (const run of whole.split(/(,)/)) {
      if (run === ",") {
        if (/\d$/.test(out)) out += ","; else blank();
        continue;
      }
      for (let i = 0; i < run.length; i++, at--) if (at <= digits.length) out += digits[digits.length - at]!; else if (run[0] === "0") out += "0"; else blank();
    }
    if (format.hasPoint) out = `${out.replace(/ $/, "0")}.${fraction.padEnd(format.fraction.length, "0")}`;
  }
  out = out.replace(/\.$/, " ");
  if (trailing === "S") behind(sign.S);
  if (trailing === "MI") { if (negative) behind("-"); else out += " "; }
  if (trailing === "PR") { if (negative) behind(">"); else out += "  "; }
  return out === "" || out === "+" || out === "-" ? "0" : out;
}
