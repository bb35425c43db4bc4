// Rows that a join of streams keeps for one of its sides: header, pages and rows, as src/kernels/join-rows.ts has them too.
//   row: group u32, next u32, previous u32, page u32 | id i64 | time i64 | null bits u16, spare u16, flags u32 | words
// `group`: the row of the key's group in a state table, 0 for a row that is gone. Rows of a group are a chain in the order
// of their ids; the group's state holds first and last row of each side. Time is when the row may leave, the greatest i64
// for never. Rows lie in pages, rows from the front, their long strings from the back; which page is chosen by time: a ring
// of 256 places by bits of the time, and one for rows that never leave.

// Fields of the header.
export const PAGES: usize = 0; // page records
export const RING: usize = 4; // 257 places of 16 bytes: bucket i64, page number + 1 u32
export const SHIFT: usize = 8; // time >> shift is the bucket
export const ROW_BYTES: usize = 12;
export const WORDS: usize = 16;
export const KINDS: usize = 20; // a byte a word: 0 value, 1 first half of a string view, 2 second half
export const HAS_VIEWS: usize = 24;
export const CHAIN: usize = 28; // in a group: first u32 and last u32 of this side's rows
export const CHAINS: usize = 32; // in a group: where both sides' chains begin
export const COUNT: usize = 36;
export const NEED: usize = 40; // 1: a page, with where and how large
export const NEED_PLACE: usize = 44;
export const NEED_BYTES: usize = 48;
export const NEW_REMOVED: usize = 52; // rows of this batch among those removed last
export const NEED_BUCKET: usize = 56;
export const NEXT_ID: usize = 64;
export const FIRST_ID: usize = 72; // of this batch
export const SCRATCH: usize = 80;

// Fields of a page record, 24 bytes.
export const PAGE_RECORD: usize = 24;
export const PAGE_ROWS: usize = 0;
export const PAGE_USED: usize = 4; // rows ever written
export const PAGE_LIVE: usize = 8;
export const PAGE_TAIL: usize = 12; // address where the strings begin
export const PAGE_MIN: usize = 16; // not above the time of any row that is there

export const ROW_NEXT: usize = 4;
export const ROW_PREVIOUS: usize = 8;
export const ROW_PAGE: usize = 12;
export const ROW_ID: usize = 16;
export const ROW_TIME: usize = 24;
export const ROW_NULLS: usize = 32;
export const ROW_FLAGS: usize = 36;
export const ROW_WORDS: usize = 40;

export const MATCHED: u32 = 1;
export const TAKEN: u32 = 2;
export const NEVER: i64 = i64.MAX_VALUE;
export const NEVER_PLACE: usize = 256;

// Rows are touched this many ahead of their use, in a pass so short that many cache misses are under way at once.
export const AHEAD: usize = 64;
