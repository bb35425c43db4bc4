/** Helpers over text by code points: what SQL counts in. */
import { checkBytes } from "../value-size.ts";

// eslint-disable-next-line no-control-regex -- plain ASCII is the question
const ASCII = /^[\x00-\x7f]*$/;
export const isAscii = (text: string): boolean => ASCII.test(text);
const hasSurrogates = (text: string): boolean => /[\ud800-\udfff]/.test(text);

/** Number of code points. */
export function textLength(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Code points from `start` (0-based) up to `stop`, exclusive; out of range is cut. */
export function sliceText(text: string, start: number, stop: number): string {
  if (stop <= start) return "";
  const from = Math.max(0, start);
  return hasSurrogates(text) ? Array.from(text).slice(from, Math.max(from, stop)).join("") : text.slice(from, Math.max(from, stop));
}

/** SQL's substring: positions from 1, negative from the end, 0 as 1. */
export function substringText(text: string, position: number, length: number): string {
  const start = position > 0 ? position - 1 : position < 0 ? textLength(text) + position : 0;
  return sliceText(text, start, start + length);
}
export function substringBytes(bytes: Uint8Array, position: number, length: number): Uint8Array {
  const start = position > 0 ? position - 1 : position < 0 ? bytes.length + position : 0, stop = start + length;
  return stop <= start ? bytes.subarray(0, 0) : bytes.slice(Math.max(0, start), Math.max(0, stop));
}

/** Position of the first occurrence from 1, at or after position `from`; 0 if there is none. In code points. */
export function positionOf(text: string, wanted: string, from = 1): number {
  if (!hasSurrogates(text)) return text.indexOf(wanted, from - 1) + 1;
  const skipped = sliceText(text, 0, from - 1).length, at = text.indexOf(wanted, skipped);
  return at < 0 ? 0 : textLength(text.slice(0, at)) + 1;
}

export type Side = "left" | "right";
/** Pads to a length in code points, or cuts. */
export function padText(text: string, length: number, pad: string, side: Side): string {
  const have = textLength(text);
  if (length <= 0) return "";
  if (have >= length) return sliceText(text, 0, length);
  if (pad === "") return text;
  checkBytes(side === "left" ? "lpad" : "rpad", length);
  const missing = length - have, repeated = sliceText(pad.repeat(Math.ceil(missing / textLength(pad))), 0, missing);
  return side === "left" ? repeated + text : text + repeated;
}
export function padBytes(bytes: Uint8Array, length: number, pad: Uint8Array, side: Side): Uint8Array {
  if (length <= 0) return new Uint8Array(0);
  if (bytes.length >= length) return bytes.slice(0, length);
  if (pad.length === 0) return bytes;
  checkBytes(side === "left" ? "lpad" : "rpad", length);
  const result = new Uint8Array(length), missing = length - bytes.length, padAt = side === "left" ? 0 : bytes.length;
  result.set(bytes, side === "left" ? missing : 0);
  for (let i = 0; i < missing; i++) result[padAt + i] = pad[i % pad.length]!;
  return result;
}

/** Drops characters of a set at the ends. */
export function trimText(text: string, characters: string, left: boolean, right: boolean): string {
  const points = Array.from(text), set = new Set(characters);
  let from = 0, to = points.length;
  if (left) while (from < to && set.has(points[from]!)) from++;
  if (right) while (to > from && set.has(points[to - 1]!)) to--;
  return points.slice(from, to).join("");
}

/** First letters of words (separated by spaces) large, the rest small. */
export function capitalize(text: string): string {
  return text.split(" ").map(word => {
    if (word === "") return word;
    const first = String.fromCodePoint(word.codePointAt(0)!);
    return titleCase(first) + word.toLowerCase().slice(first.toLowerCase().length);
  }).join(" ");
}
/** Letters that are two in one have a form of their own in front of a word. */
const TITLES: Readonly<Record<string, string>> = { Ǆ: "ǅ", ǆ: "ǅ", ǅ: "ǅ", Ǉ: "ǈ", ǉ: "ǈ", ǈ: "ǈ", Ǌ: "ǋ", ǌ: "ǋ", ǋ: "ǋ", Ǳ: "ǲ", ǳ: "ǲ", ǲ: "ǲ" };
function titleCase(c: string): string {
  const upper = c.toUpperCase();
  if (upper.length === c.length || !/^\p{Lu}/u.test(upper)) return TITLES[c] ?? upper;
  return upper[0]! + upper.slice(1).toLowerCase();
}

export function levenshtein(a: string, b: string): number {
  const x = Array.from(a), y = Array.from(b);
  let last = Array.from({ length: y.length + 1 }, (_, i) => i);
  for (let i = 1; i <= x.length; i++) {
    const row = [i];
    for (let j = 1; j <= y.length; j++) row.push(Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (x[i - 1] === y[j - 1] ? 0 : 1)));
    last = row;
  }
  return last[y.length]!;
}

const SOUNDEX = "01230127022455012623017202";
export function soundex(text: string): string {
  if (text === "" || !/^[A-Za-z]/.test(text)) return text;
  const code = (c: string): string => (/[A-Za-z]/.test(c) ? SOUNDEX[c.toUpperCase().charCodeAt(0) - 65]! : "");
  let result = text[0]!.toUpperCase(), last = code(text[0]!);
  for (const c of text.slice(1)) {
    const digit = code(c);
    if (digit === "") { last = "0"; continue; }
    // H and W (7) don't part equal codes, vowels (0) do.
    if (digit === "7") continue;
    if (digit !== "0" && digit !== last) {
      result += digit;
      if (result.length === 4) break;
    }
    last = digit;
  }
  return result.padEnd(4, "0");
}

/** Jaro-Winkler similarity, 0 to 1. */
export function jaroWinkler(a: string, b: string): number {
  const x = Array.from(a), y = Array.from(b);
  if (x.length === 0 && y.length === 0) return 1;
  if (x.length === 0 || y.length === 0) return 0;
  const range = Math.max(0, Math.floor(Math.max(x.length, y.length) / 2) - 1), used = new Array<boolean>(y.length).fill(false), matched: string[] = [];
  x.forEach((c, i) => {
    for (let j = Math.max(0, i - range); j <= Math.min(y.length - 1, i + range); j++) if (!used[j] && y[j] === c) { used[j] = true; matched.push(c); break; }
  });
  const m = matched.length;
  if (m === 0) return 0;
  const others = y.filter((_, j) => used[j]), swaps = matched.filter((c, i) => c !== others[i]).length / 2;
  const jaro = (m / x.length + m / y.length + (m - swaps) / m) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < x.length && x[prefix] === y[prefix]) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}
