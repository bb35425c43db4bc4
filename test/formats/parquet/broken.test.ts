/** Catches bytes that make the reader crash, hang, read outside its memory or keep it: files cut, with bits turned and with numbers that lie. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { MillraceError } from "../../../src/base/errors.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { linearMemory } from "../../../src/memory/linear-memory.ts";
import { CONTEXT, bytesOfFile, fileOfBytes, linearMemoryInUse, rowsOfFile } from "./support.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), ROUNDS = Number(process.env["MILLRACE_ROUNDS"] ?? "60");
const NAMES = ["arrow-v1", "arrow-v2", "codec-lz4", "codec-snappy", "delta-binary", "delta-bytes", "delta-length", "split", "bool-runs", "nested-v2", "duck-v2", "spark", "spark-legacy", "old-lists", "long-runs", "../variants/plain", "../variants/forced", "../variants/array"];

/** Blocks of many sizes, between which those of the reader lie: what a kernel writes behind its own shows in them. */
const guards: { readonly pointer: number; readonly bytes: number }[] = [];
for (let bytes = 60; bytes < 1 << 18; bytes *= 2) {
  const blocks = Array.from({ length: 12 }, () => linearMemory().allocate(bytes));
  for (const [i, pointer] of blocks.entries()) {
    if (i % 2 === 0) linearMemory().free(pointer, bytes);
    else {
      linearMemory().u8.fill(0xc3, pointer, pointer + bytes);
      guards.push({ pointer, bytes });
    }
  }
}
const isGuarded = (): boolean => guards.every(({ pointer, bytes }) => linearMemory().u8.subarray(pointer, pointer + bytes).every(byte => byte === 0xc3));

/** Reads all that can be read; what can't be must be an error of its own kind. Returns whether it was one. */
async function refused(bytes: Uint8Array, what: string): Promise<boolean> {
  const before = linearMemoryInUse(), file = fileOfBytes(bytes);
  try {
    await rowsOfFile(file, await parquetFileFormat.schemaOf!(file, CONTEXT));
    return false;
  } catch (error) {
    if (!(error instanceof MillraceError)) throw new Error(what, { cause: error });
    assert.match(error.condition, /^(FAILED_READ_FILE\.|PARQUET_|MILLRACE_OUT_OF_MEMORY|COLUMN_ALREADY_EXISTS|_LEGACY_ERROR_TEMP_2093)/, what);
    return true;
  } finally {
    assert.equal(linearMemoryInUse(), before, `${what}: memory is given back`);
  }
}

for (const name of NAMES) {
  test(`${name} with bits turned`, async () => {
    const random = seededRandom(SEED), whole = bytesOfFile(name), below = (end: number): number => random.uint32() % end;
    const footer = whole.length - 8 - new DataView(whole.buffer, whole.byteOffset).getUint32(whole.length - 8, true);
    let met = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = whole.slice(), changes = 1 + below(3), places: number[] = [];
      for (let i = 0; i < changes; i++) {
        // Pages and footer alike, and the beginnings of pages more often than their values.
        const at = below(2) === 0 ? footer + below(whole.length - footer) : below(3) === 0 ? 4 + below(Math.min(200, footer)) : below(footer);
        bytes[at] = below(2) === 0 ? bytes[at]! ^ 1 << below(8) : [0, 0xff, 0x7f, 0x80][below(4)]!;
        places.push(at);
      }
      if (await refused(bytes, `${name}, seed ${SEED}, round ${round}, bytes ${places.join(" ")}`)) met++;
    }
    assert.ok(met > 0);
    assert.ok(isGuarded(), "a kernel wrote behind its own bytes");
  });
}

test("files that are cut", async () => {
  const random = seededRandom(SEED);
  for (const name of ["arrow-v1", "nested-v1", "spark"]) {
    const whole = bytesOfFile(name);
    for (const length of [0, 1, 4, 8, 11, 12, whole.length - 1, ...Array.from({ length: 10 }, () => random.uint32() % whole.length)]) {
      assert.ok(await refused(whole.slice(0, length), `${name} of ${length} bytes`), `${name} of ${length} bytes`);
    }
    // The footer is whole and the pages before it are not.
    const cut = random.uint32() % 5000 + 100;
    assert.ok(await refused(whole.slice(cut), `${name} without its first ${cut} bytes`));
  }
});

test("what isn't a Parquet file says so", async () => {
  const file = fileOfBytes(Buffer.from("this is not a Parquet file, and it never was"), "some.parquet");
  await assert.rejects(async () => parquetFileFormat.schemaOf!(file, CONTEXT), {
    condition: "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", sqlState: "KD001",
    text: "Encountered error while reading file some.parquet. Could not read footer. Please ensure that the file is in either ORC or Parquet format. If not, please convert it to a valid format. If the file is in the valid format, please check if it is corrupt. If it is, you can choose to either ignore it or fix the corruption.",
  });
});
