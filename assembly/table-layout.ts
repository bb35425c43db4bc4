// The keyed state table. A group is a row at an address that never changes while the group lives:
//   salt u32 | epoch u32 | null bits u16, page u16, object slot u32 | key words | state words | words that are not logged
// Epoch is the batch that touched the row last; 0 marks a free row, whose salt is the address of the next free one.
// A directory of 256 segments, by the top byte of the salt (the key group), finds rows: slots of salt << 32 | address,
// linear probing, each segment grows alone. Memory is JavaScript's: a kernel that lacks some stops at a row, says what
// it needs in the table's header, and is called again from there.

// Fields of the table's header, byte offsets.
export const DIRECTORY: usize = 0; // 256 entries: slots u32, mask u32, groups u32, spare u32
export const KEY_WORDS: usize = 4;
export const KINDS: usize = 8; // a byte a key word: 0 value, 1 first half of a string view, 2 second half
export const ROW_BYTES: usize = 12;
export const EPOCH: usize = 16;
export const PAGES: usize = 20; // page records
export const PARTIAL: usize = 24; // first page with room, as its number + 1
export const HEAP_BLOCK: usize = 28;
export const HEAP_NEXT: usize = 32;
export const HEAP_END: usize = 36;
export const HEAP_EMPTY: usize = 40; // chain of blocks without live bytes
export const TOUCHED: usize = 44;
export const TOUCHED_COUNT: usize = 48;
export const GROUPS: usize = 52;
export const NEED: usize = 56;
export const NEED_ARGUMENT: usize = 60;
export const TIME_OFFSET: usize = 64; // of the i64 in the row that tells when a group expires; 0: none
export const TIME_NULL_BIT: usize = 68;
export const HAS_VIEWS: usize = 72;
export const EMPTIED_PAGES: usize = 76;
export const SCRATCH: usize = 92;
export const TIME_NULL_OFFSET: usize = 88; // of the u16 in the row that holds TIME_NULL_BIT
export const HASH_MASK: usize = 80; // u64; all ones except where tests want collisions

export const LOGGED_BYTES: usize = 96; // of a row: what lies behind is its operator's, and zero after a restore

export const NEED_PAGE: u32 = 1;
export const NEED_HEAP: u32 = 2;
export const NEED_SEGMENT: u32 = 3;

// Fields of a page record, 40 bytes.
export const PAGE_RECORD: usize = 40;
export const PAGE_ROWS: usize = 0; // address of the first row
export const PAGE_CAPACITY: usize = 4;
export const PAGE_LIVE: usize = 8;
export const PAGE_FREE: usize = 12; // first free row
export const PAGE_USED: usize = 16; // rows ever used: those behind were never written
export const PAGE_PREVIOUS: usize = 20;
export const PAGE_NEXT: usize = 24;
export const PAGE_MIN_TIME: usize = 32; // not above the time of any live row

// Fields of a row.
export const ROW_EPOCH: usize = 4;
export const ROW_NULLS: usize = 8;
export const ROW_PAGE: usize = 10;
export const ROW_OBJECT: usize = 12;
export const ROW_KEYS: usize = 16;

// Heap block: live bytes u32, next empty block u32, 8 spare. Each string: block u32, bytes u32, contents.
export const BLOCK_HEADER: usize = 16;
