/**
 * Makes the bids of the benchmarks: NDJSON in the manner of Nexmark's generator, about 200 bytes a row, the same bytes
 * for the same arguments. Shapes other than "regular" show what the decoder does on harder input.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, type Random } from "../src/base/clock.ts";

export const SHAPES = ["regular", "other-order", "missing", "escapes", "nested", "random-order", "all"] as const;
export type Shape = (typeof SHAPES)[number];

/** Event time moves by this much a row: ten thousand bids a second. */
const MICROS_PER_ROW = 100;
const START_MILLIS = Date.UTC(2023, 10, 14, 22, 13, 20);
const HOT_CHANNELS = ["Google", "Facebook", "Baidu", "Apple"];
const COLD_CHANNELS = 110;

/** The folder with `files` files of `rowsPerFile` bids each, made if it isn't there. */
export function bidsFolder(root: string, files: number, rowsPerFile: number, shape: Shape = "regular"): string {
  const folder = join(root, `bids-${shape}-${files}x${rowsPerFile}`), stamp = join(root, `.bids-${shape}-${files}x${rowsPerFile}.made`);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === VERSION) return folder;
  process.stderr.write(`making ${files * rowsPerFile} bids (${shape})\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const random = seededRandom(42);
  let row = 0;
  for (let file = 0; file < files; file++) {
    const path = join(folder, `bids-${String(file).padStart(4, "0")}.ndjson`), out = openSync(path, "w");
    let text = "";
    for (let i = 0; i < rowsPerFile; i++) {
      text += bid(random, row++, shape);
      if (text.length > 1 << 20) { writeSync(out, text); text = ""; }
    }
    writeSync(out, text);
    closeSync(out);
    // Streams read files in the order of their times, and these must be read in that of the events.
    utimesSync(path, START_MILLIS / 1000 + file, START_MILLIS / 1000 + file);
  }
  writeFileSync(stamp, VERSION);
  return folder;
}
const VERSION = "2";

function bid(random: Random, row: number, shape: Shape): string {
  const below = (limit: number) => random.uint32() % limit;
  const auction = 1000 + (below(2) === 0 ? Math.floor(row / 46 / 100) * 100 : Math.max(0, Math.floor(row * 3 / 46) - below(100)));
  const bidder = 1000 + (below(4) !== 0 ? Math.floor(row / 50 / 100) * 100 + 1 : below(1 + Math.floor(row / 50) + 1000));
  const price = Math.round(10 ** (2 + below(600) / 100));
  const channel = below(2) === 0 ? HOT_CHANNELS[below(4)]! : `channel-${below(COLD_CHANNELS)}`;
  const at = new Date(START_MILLIS + Math.floor(row * MICROS_PER_ROW / 1000)).toISOString();
  const letters = () => Array.from({ length: 5 }, () => String.fromCharCode(97 + below(26))).join("");
  const url = `https://www.nexmark.com/${letters()}/${letters()}/${letters()}/item.htm?query=1&channel_id=${below(1 << 22)}`;
  const hard = shape === "all";
  let extra = Array.from({ length: 4 }, letters).join("");
  if ((shape === "escapes" || hard) && below(5) === 0) extra = `say \\"${letters()}\\"\\n\\u00e9 ${letters()}`;
  else if (hard && below(10) === 0) extra = `Café 日本 ${letters()}`;
  let members = [`"auction":${auction}`, `"bidder":${bidder}`, `"price":${price}`, `"channel":"${channel}"`, `"url":"${url}"`, `"dateTime":"${at}"`, `"extra":"${extra}"`];
  if (shape === "other-order") members = [5, 3, 0, 6, 2, 1, 4].map(i => members[i]!);
  if ((shape === "missing" || hard) && below(10) === 0) members.splice(below(7), 1);
  if (shape === "nested" || hard) members.push(`"context":{"agent":{"name":"${letters()}","version":[${below(100)},${below(10)},0]},"flags":[true,null,{"k":"${letters()}"}]}`);
  if (shape === "random-order" || hard) for (let i = members.length - 1; i > 0; i--) { const j = below(i + 1); [members[i], members[j]] = [members[j]!, members[i]!]; }
  return `{${members.join(",")}}\n`;
}
