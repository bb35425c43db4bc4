/** Catches kernels of a join's kept rows that chain, mark, move, let go or log rows otherwise than the twin: pages that fill up, times far apart, strings short and long, rows met twice, groups that share a salt. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { JoinRowsTwin, type TwinContent, type TwinRow } from "./join-rows-twin.ts";
import { JoinHeader, JoinPage, JoinRing, JoinRow, NEVER } from "./join-rows.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const some = <T>(values: readonly T[], share: number): T[] => values.filter(() => below(100) < share);
const shuffled = <T>(values: readonly T[]): T[] => values.map(value => [random.uint32(), value] as const).sort((a, b) => a[0] - b[0]).map(([, value]) => value);
const u32 = (at: number): number => memory.u32[at >>> 2]!;
const FLAGS = JoinRow.nulls + 4, MATCHED = 1, TAKEN = 2, GROUP_BYTES = 32, CHAINS = 8, PAGES = 4096;
/** Words of a row: a value, two strings' views. */
const KINDS = [0, 1, 2, 1, 2], VIEWS = [1, 3], ROW_BYTES = JoinRow.words + 8 * KINDS.length, STRIDE = 8 + 8 * KINDS.length;

function list(arena: Arena, values: readonly number[]): number {
  const pointer = arena.allocate(4 * values.length + 4);
  values.forEach((value, i) => { memory.u32[(pointer >>> 2) + i] = value; });
  return pointer;
}
const listed = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => u32(pointer + 4 * i));
const words = (pointer: number, count: number): bigint[] => Array.from(memory.u64.subarray(pointer / 8, pointer / 8 + count));
function text(arena: Arena, content: string): number {
  const pointer = arena.allocate(content.length + 8);
  for (let i = 0; i < content.length; i++) memory.u8[pointer + i] = content.charCodeAt(i);
  return pointer;
}
const latin = (pointer: number, length: number): string => Buffer.from(memory.u8.subarray(pointer, pointer + length)).toString("latin1");

/** One side in linear memory: header, ring, pages; groups with a salt and the chains of both sides. */
class Side {
  readonly arena: Arena;
  readonly header: number;
  readonly groups: readonly number[];
  readonly chain: number;
  pages = 0;
  /** Addresses of rows by id. */
  get addresses(): Map<bigint, number> {
    const found = new Map<bigint, number>();
    for (const group of this.groups) for (let row = u32(group + this.chain), before = 0; row !== 0; before = row, row = u32(row + JoinRow.next)) {
      assert.deepEqual([u32(row + JoinRow.group), u32(row + JoinRow.previous)], [group, before]);
      if (u32(row + JoinRow.next) === 0) assert.equal(u32(group + this.chain + 4), row);
      found.set(memory.u64[(row + JoinRow.id) / 8]!, row);
    }
    return found;
  }

  constructor(arena: Arena, salts: readonly number[], isLeft: boolean) {
    this.arena = arena;
    this.header = arena.allocateZeroed(JoinHeader.bytes + JoinRing.bytes + KINDS.length);
    this.chain = CHAINS + (isLeft ? 0 : 8);
    const ring = this.header + JoinHeader.bytes, kinds = ring + JoinRing.bytes;
    memory.u8.set(KINDS, kinds);
    for (const [at, value] of [
      [JoinHeader.pages, arena.allocateZeroed(JoinPage.bytes * PAGES)], [JoinHeader.ring, ring], [JoinHeader.shift, 2 + below(8)], [JoinHeader.rowBytes, ROW_BYTES], [JoinHeader.words, KINDS.length],
      [JoinHeader.kinds, kinds], [JoinHeader.hasViews, 1], [JoinHeader.chain, this.chain], [JoinHeader.chains, CHAINS],
    ] as const) memory.u32[(this.header + at) >>> 2] = value;
    this.groups = salts.map(salt => {
      const group = arena.allocateZeroed(GROUP_BYTES);
      memory.u32[group >>> 2] = salt;
      return group;
    });
  }

  long(field: number, value: bigint): void { memory.u64[(this.header + field) / 8] = value; }
  filling(kernel: (from: number) => number): void {
    for (let done = 0;;) {
      done = kernel(done) >>> 0;
      if (u32(this.header + JoinHeader.need) === 0) return;
      const bytes = u32(this.header + JoinHeader.needBytes) + below(4) * ROW_BYTES + below(40);
      assert.ok(this.pages < PAGES);
      kernels().joinAddPage(this.header, this.pages++, this.arena.allocate(bytes), bytes);
    }
  }
  /** A row as it is kept, as far as a twin's has it. */
  row(address: number): unknown {
    const values = words(address + JoinRow.words, KINDS.length), flags = u32(address + FLAGS);
    return { id: memory.u64[(address + JoinRow.id) / 8], time: memory.i64[(address + JoinRow.time) / 8], nulls: u32(address + JoinRow.nulls), isMatched: (flags & MATCHED) !== 0, isTaken: (flags & TAKEN) !== 0,
      value: values[0], strings: VIEWS.map(word => {
        const view = address + JoinRow.words + 8 * word, length = u32(view);
        return latin(length > 12 ? u32(view + 8) : view + 4, length);
      }) };
  }
  /** Row flat, as `keep` takes it. Views of long strings point into the arena. */
  write(at: number, { nulls, words: values, strings }: TwinContent): void {
    memory.u64[at / 8] = BigInt(nulls);
    values.forEach((word, i) => { memory.u64[at / 8 + 1 + i] = BigInt.asUintN(64, word); });
    VIEWS.forEach((word, i) => { if (strings[i]!.length > 12) memory.u64[at / 8 + 2 + word] = BigInt(text(this.arena, strings[i]!)); });
  }
}

/** Words of a string's view; the pointer of a long one is 0. */
function viewWords(content: string): [bigint, bigint] {
  const view = Buffer.alloc(16);
  view.writeUInt32LE(content.length);
  view.write(content.slice(0, content.length > 12 ? 4 : 12), 4, "latin1");
  return [view.readBigUInt64LE(0), view.readBigUInt64LE(8)];
}
function randomContent(spread: number): TwinContent {
  const strings = VIEWS.map(() => String.fromCharCode(97 + below(26)).repeat(below(3) === 0 ? 13 + below(60) : below(13)));
  return { time: below(6) === 0 ? NEVER : BigInt(below(spread) - spread / 2), nulls: below(8), words: [BigInt(below(1000) - 500), ...strings.flatMap(viewWords)], strings };
}
const shown = ({ id, time, nulls, isMatched, isTaken, words: values, strings }: TwinRow): unknown => ({ id, time, nulls, isMatched, isTaken, value: BigInt.asUintN(64, values[0]!), strings });

/** Side and twin hold the same. */
function same(side: Side, twin: JoinRowsTwin, addresses: Map<bigint, number>): void {
  side.groups.forEach((_, group) => {
    const chain: unknown[] = [];
    for (let row = u32(side.groups[group]! + side.chain); row !== 0; row = u32(row + JoinRow.next)) chain.push(side.row(row));
    assert.deepEqual(chain, twin.of(group).map(shown));
  });
  assert.equal(u32(side.header + JoinHeader.count), twin.rows.size);
  const pages = u32(side.header + JoinHeader.pages), rowsOfPage = new Map<number, TwinRow[]>();
  for (const row of twin.rows.values()) {
    const page = u32(addresses.get(row.id)! + JoinRow.page);
    rowsOfPage.set(page, [...rowsOfPage.get(page) ?? [], row]);
  }
  for (let page = 0; page < side.pages; page++) {
    const rows = rowsOfPage.get(page) ?? [], record = pages + page * JoinPage.bytes;
    assert.equal(u32(record + JoinPage.live), rows.length);
    for (const row of rows) assert.ok(memory.i64[(record + JoinPage.minTime) / 8]! <= row.time);
  }
}

test("kept rows: chained, met, marked, taken, let go and moved as the twin has them", () => {
  for (let round = 0; round < 60; round++) {
    const arena = new Arena(), salts = Array.from({ length: 1 + below(6) }, () => random.uint32()), side = new Side(arena, salts, below(2) === 0), twin = new JoinRowsTwin(), spread = [20, 400, 100_000][below(3)]!, kernel = kernels();
    const other = CHAINS + (side.chain === CHAINS ? 8 : 0), otherHolds = salts.map(() => below(4) === 0);
    side.groups.forEach((group, i) => { if (otherHolds[i]) memory.u32[(group + other) >>> 2] = 4096; });
    const emptied = (groups: readonly number[]): number[] => groups.filter(group => !otherHolds[group]).map(group => side.groups[group]!);
    for (let step = 0; step < 12; step++) {
      if (below(2) === 0) {
        twin.beginBatch();
        side.long(JoinHeader.firstId, twin.firstId);
      }
      // New rows, of a column of times some of which are null, by a selection.
      const length = 1 + below(40), isConstant = below(5) === 0, never = below(6) === 0, withMarks = below(2) === 0, contents = Array.from({ length }, () => randomContent(spread)), chosen = some(contents.map((_, i) => i), 70);
      const times = arena.allocate(8 * length), valid = arena.allocate(length), marks = arena.allocate(length), encoded = arena.allocate(STRIDE * chosen.length + 8);
      contents.forEach(({ time }, i) => {
        memory.i64[times / 8 + i] = time === NEVER ? 1n : time;
        memory.u8[valid + i] = time === NEVER ? 0 : 1;
        memory.u8[marks + i] = below(2);
      });
      const of = chosen.map(() => below(salts.length)), out = arena.allocate(4 * chosen.length + 4);
      const kept = chosen.map((number, i) => {
        side.write(encoded + STRIDE * i, contents[number]!);
        return twin.keep(of[i]!, { ...contents[number]!, time: never ? NEVER : contents[isConstant ? 0 : number]!.time }, withMarks && memory.u8[marks + number] === 1);
      });
      const groupsOf = list(arena, of.map(group => side.groups[group]!)), selection = list(arena, chosen);
      side.filling(from => kernel.joinKeep(side.header, encoded, STRIDE, groupsOf, never ? 0 : times, valid, isConstant ? 0 : 1, selection, withMarks ? marks : 0, from, chosen.length, out));
      let addresses = side.addresses;
      assert.deepEqual(listed(out, chosen.length), kept.map(row => addresses.get(row.id)!), `seed ${SEED}, ${round}, ${step}`);
      same(side, twin, addresses);
      const at = (rows: readonly TwinRow[]): number[] => rows.map(row => addresses.get(row.id)!);
      const given = (count: number, kernelRows: (rows: number, out: number) => number, rows: readonly TwinRow[]): number[] => {
        const to = arena.allocate(4 * count + 8);
        return listed(to, kernelRows(list(arena, at(rows)), to) >>> 0);
      };

      // Pairs, some at a time.
      const asking = Array.from({ length: below(8) }, () => below(salts.length)), numbers = some(Array.from({ length: 100 }, (_, i) => i), 50).slice(0, asking.length), cursor = arena.allocateZeroed(16), mine = arena.allocate(64), theirs = arena.allocate(64), pairs: [number, number][] = [];
      asking.length = numbers.length;
      const asked = list(arena, asking.map(group => side.groups[group]!)), selected = list(arena, numbers);
      for (let count = 1; count > 0;) {
        count = kernel.joinMeet(asked, selected, asking.length, side.chain, cursor, mine, theirs, 1 + below(16)) >>> 0;
        for (let i = 0; i < count; i++) pairs.push([u32(mine + 4 * i), u32(theirs + 4 * i)]);
      }
      assert.deepEqual(pairs, twin.meet(asking, numbers).map(([number, row]) => [number, addresses.get(row.id)!]));

      const all = [...twin.rows.values()], met = Array.from({ length: below(20) }, () => all[below(all.length)]).filter(row => row !== undefined);
      assert.deepEqual(given(met.length, (rows, to) => kernel.joinMatch(side.header, rows, met.length, to), met), at(twin.match(met)));
      const set = some(all, 10);
      kernel.joinSetMatched(list(arena, at(set)), set.length);
      for (const row of set) row.isMatched = true;
      assert.deepEqual(given(all.length, (rows, to) => kernel.joinUnmatched(rows, all.length, to), all), at(all.filter(row => !row.isMatched)));
      const ordered = shuffled(side.groups.map((_, i) => i));
      const inLevels = arena.allocate(4 * all.length + 8);
      assert.deepEqual(listed(inLevels, kernel.joinRowsOfGroups(list(arena, ordered.map(group => side.groups[group]!)), ordered.length, side.chain, inLevels) >>> 0), at(twin.rowsOf(ordered)));

      // Rows go: those that were taken, or whose time has come.
      const limit = BigInt(below(spread) - spread / 2), pages = u32(side.header + JoinHeader.pages);
      const isTaking = below(2) === 0, wanted = isTaking ? some([...all, ...all], 20) : [], leaving = isTaking ? twin.take(wanted) : twin.expired(limit);
      if (isTaking) assert.deepEqual(given(wanted.length, (rows, to) => kernel.joinTake(rows, wanted.length, to), wanted), at(leaving));
      else {
        const found: number[] = [];
        for (let page = 0; page < side.pages; page++) {
          const room = arena.allocate(4 * all.length + 4), count = kernel.joinExpired(side.header, page, limit, room) >>> 0;
          found.push(...listed(room, count));
          const rest = all.filter(row => u32(addresses.get(row.id)! + JoinRow.page) === page && row.time > limit).reduce((least, row) => row.time < least ? row.time : least, NEVER);
          assert.equal(memory.i64[(pages + page * JoinPage.bytes + JoinPage.minTime) / 8], rest);
        }
        assert.deepEqual(found.toSorted((a, b) => a - b), at(twin.expired(limit)).toSorted((a, b) => a - b));
      }
      const going = at(leaving), gone = arena.allocate(4 * leaving.length + 4), goneGroups = kernel.joinRemove(side.header, list(arena, going), going.length, gone) >>> 0, result = twin.remove(leaving);
      assert.deepEqual([listed(gone, goneGroups), u32(side.header + JoinHeader.newRemoved)], [emptied(result.emptied), result.fresh]);
      const every = side.groups.map((_, i) => i), empty = arena.allocate(4 * every.length + 4);
      assert.deepEqual(listed(empty, kernel.joinEmptyGroups(list(arena, [...side.groups]), every.length, CHAINS, empty) >>> 0), emptied(every.filter(group => twin.of(group).length === 0)));

      // A page is given up: nothing comes into it any more, and its rows move.
      if (side.pages > 0 && below(2) === 0) {
        const page = below(side.pages), ring = u32(side.header + JoinHeader.ring);
        for (let place = 0; place < JoinRing.places; place++) {
          const entry = (ring + place * JoinRing.placeBytes + JoinRing.page) >>> 2;
          if (memory.u32[entry] === page + 1) memory.u32[entry] = 0;
        }
        side.filling(from => kernel.joinMove(side.header, page, from));
        assert.equal(u32(pages + page * JoinPage.bytes + JoinPage.live), 0);
      }
      addresses = side.addresses;
      same(side, twin, addresses);
    }
    arena.release();
  }
});

test("kept rows in the log: flat rows, strings and references as the twin writes them, and back", () => {
  for (let round = 0; round < 150; round++) {
    // Salts that collide: two keys of one hash, and slots that are taken.
    const arena = new Arena(), salts = Array.from({ length: 1 + below(8) }, () => (below(3) << 24 | below(4)) >>> 0), side = new Side(arena, salts, true), twin = new JoinRowsTwin(), kernel = kernels(), count = below(60);
    const rows = Array.from({ length: count }, (_, i) => twin.load(below(salts.length), BigInt(3 * i + below(3)), randomContent(1000), below(2) === 0)), flat = arena.allocate(count * (STRIDE + 16) + 8);
    rows.forEach((row, i) => {
      const at = flat + i * (STRIDE + 16);
      memory.u64[at / 8] = row.id;
      memory.i64[at / 8 + 1] = row.time;
      side.write(at + 16, row);
      memory.u32[(at + 20) >>> 2] = row.isMatched ? MATCHED : 0;
    });
    const groupsOf = list(arena, rows.map(row => side.groups[row.group]!));
    side.filling(from => kernel.joinLoad(side.header, flat, STRIDE + 16, groupsOf, from, count));
    const addresses = side.addresses, at = (of: readonly TwinRow[]): number => list(arena, of.map(row => addresses.get(row.id)!));
    same(side, twin, addresses);

    const written = shuffled(some(rows, 80)), expected = JoinRowsTwin.flat(written, VIEWS), out = arena.allocate(written.length * (STRIDE + 16) + 8), perRow = STRIDE / 8 + 2;
    kernel.joinTake(at(written), written.length, arena.allocate(4 * written.length + 4)); // what a batch marks only for itself is no part of the log
    const stringBytes = kernel.joinWriteRows(side.header, at(written), written.length, out) >>> 0, strings = arena.allocate(stringBytes + 8);
    kernel.joinWriteStrings(side.header, at(written), written.length, strings);
    assert.deepEqual([words(out, perRow * written.length), latin(strings, stringBytes)], [expected.words, expected.strings], `seed ${SEED}, ${round}`);
    if (stringBytes > 0) assert.equal(kernel.joinReadRows(side.header, arena.allocate(0), STRIDE + 16, 0, strings, strings), 0);

    const copy = arena.allocate(written.length * (STRIDE + 16) + 8);
    memory.u8.copyWithin(copy, out, out + written.length * (STRIDE + 16));
    if (stringBytes > 0) assert.equal(kernel.joinReadRows(side.header, copy, STRIDE + 16, written.length, strings, strings + stringBytes - 1), -1);
    assert.equal(kernel.joinReadRows(side.header, out, STRIDE + 16, written.length, strings, strings + stringBytes), stringBytes);
    written.forEach((row, i) => {
      const first = out + i * (STRIDE + 16);
      assert.deepEqual([memory.u64[first / 8], memory.i64[first / 8 + 1]], [row.id, row.time]);
      VIEWS.forEach((word, j) => {
        const view = first + 24 + 8 * word, length = u32(view);
        assert.equal(latin(length > 12 ? u32(view + 8) : view + 4, length), row.strings[j]);
      });
    });

    // A directory of the groups as a state table has it: by the top byte of the salt, slots by its low bits, open addressing.
    const directory = arena.allocateZeroed(256 * 16), table = arena.allocateZeroed(64), SLOTS = 32;
    memory.u32[table >>> 2] = directory;
    for (let keyGroup = 0; keyGroup < 256; keyGroup++) {
      const slots = arena.allocateZeroed(8 * SLOTS), of = side.groups.filter((_, i) => salts[i]! >>> 24 === keyGroup);
      memory.u32[(directory + 16 * keyGroup) >>> 2] = slots;
      memory.u32[(directory + 16 * keyGroup + 4) >>> 2] = SLOTS - 1;
      for (const group of of) {
        let slot = u32(group) & (SLOTS - 1);
        while (memory.u64[slots / 8 + slot] !== 0n) slot = (slot + 1) % SLOTS;
        memory.u64[slots / 8 + slot] = BigInt(u32(group)) << 32n | BigInt(group);
      }
    }
    const named = shuffled(some(rows, 60)), refs = arena.allocate(16 * named.length + 8), pointers = arena.allocate(4 * named.length + 4), flatRefs = arena.allocate(16 * named.length + 8), found = arena.allocate(4 * named.length + 4);
    kernel.joinWriteRefs(at(named), named.length, refs, pointers);
    assert.deepEqual(listed(pointers, named.length), named.map((_, i) => refs + 16 * i));
    const id = (ref: number): bigint => memory.u64[ref / 8 + 1]!;
    const sorted = listed(pointers, named.length).sort((a, b) => u32(a) - u32(b) || (id(a) < id(b) ? -1 : 1));
    kernel.joinFlatRefs(list(arena, sorted), named.length, flatRefs);
    assert.deepEqual(words(flatRefs, 2 * named.length), JoinRowsTwin.flatRefs(named, salts));
    const missing = some(named, 20);
    kernel.joinRemove(side.header, at(missing), missing.length, arena.allocate(4 * missing.length + 4));
    const present = new Set(named.filter(row => !missing.includes(row)).map(row => addresses.get(row.id)!));
    assert.deepEqual(new Set(listed(found, kernel.joinFindRefs(side.header, table, flatRefs, named.length, found) >>> 0)), present);
    arena.release();
  }
});
