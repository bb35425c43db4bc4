// Repetition and definition levels (a byte each) as validity and offsets of nested columns.
// A level makes a slot of a column inside lists of depth `depth` when it repeats no deeper and defines at least `there`,
// the level from which on those lists have an element. Layout: https://research.google/pubs/dremel-interactive-analysis-of-web-scale-datasets/

/** Validity of the slots: 1 from the level `present` on. Returns the slots; their number that is valid lies at `valids` (u32). */
export function parquetValidity(reps: usize, defs: usize, count: u32, depth: u32, there: u32, present: u32, valid: usize, valids: usize): u32 {
  let slots: u32 = 0, met: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const level = <u32>load<u8>(defs + i);
    if (level < there || (reps != 0 && <u32>load<u8>(reps + i) > depth)) continue;
    const is = u32(level >= present);
    store<u8>(valid + slots++, <u8>is);
    met += is;
  }
  store<u32>(valids, met);
  return slots;
}

/**
 * Lists of the slots: validity as above, and offsets (slots + 1) of their elements, which begin where a level repeats at most
 * to depth + 1 and defines at least `element`. Returns the slots; at `valids` lie those that are valid and the elements (u32 each).
 */
export function parquetLists(reps: usize, defs: usize, count: u32, depth: u32, there: u32, present: u32, element: u32, valid: usize, offsets: usize, valids: usize): u32 {
  let slots: u32 = 0, met: u32 = 0, elements: u32 = 0;
  store<u32>(offsets, 0);
  for (let i: usize = 0; i < <usize>count; i++) {
    const level = <u32>load<u8>(defs + i), rep = <u32>load<u8>(reps + i);
    if (level >= there && rep <= depth) {
      const is = u32(level >= present);
      store<u8>(valid + slots++, <u8>is);
      met += is;
    }
    if (level >= element && rep <= depth + 1) elements++;
    store<u32>(offsets + (<usize>slots << 2), elements);
  }
  store<u32>(valids, met);
  store<u32>(valids, elements, 4);
  return slots;
}

/** How many of `count` levels at `defs` are `wanted`. */
export function parquetCountLevels(defs: usize, count: u32, wanted: u32): u32 {
  let met: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) met += u32(<u32>load<u8>(defs + i) == wanted);
  return met;
}

/** The place of the level that begins the row numbered `row`, counting rows from 0; `count` when there are no so many. */
export function parquetRowStart(reps: usize, count: u32, row: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (load<u8>(reps + i) == 0 && row-- == 0) return i;
  return count;
}
