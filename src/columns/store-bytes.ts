/** Strings and bytes of JavaScript as views in linear memory: 16 bytes, of which up to 12 are the value itself; longer ones lie in an arena. */
import { utf8Length } from "../base/utf8.ts";
import type { Arena } from "../memory/arena.ts";

const INLINE_BYTES = 12;

export function storeText(text: string, view: number, arena: Arena): void {
  const { u32, bytes } = arena.memory, at = view >>> 2, { length } = text;
  if (length <= INLINE_BYTES) {
    let i = 0;
    u32[at] = length;
    u32[at + 1] = u32[at + 2] = u32[at + 3] = 0;
    for (let code; i < length && (code = text.charCodeAt(i)) <= 127; i++) bytes[view + 4 + i] = code;
    if (i === length) return;
  }
  const size = utf8Length(text);
  if (size <= INLINE_BYTES) {
    u32[at] = size;
    u32[at + 1] = u32[at + 2] = u32[at + 3] = 0;
    bytes.write(text, view + 4, size, "utf8");
    return;
  }
  const heap = arena.allocate(size);
  bytes.write(text, heap, size, "utf8");
  setLong(view, heap, size, arena);
}

export function storeBytes(value: Uint8Array, view: number, arena: Arena): void {
  const { u8, u32 } = arena.memory, at = view >>> 2, { length } = value;
  if (length <= INLINE_BYTES) {
    u32[at] = length;
    u32[at + 1] = u32[at + 2] = u32[at + 3] = 0;
    u8.set(value, view + 4);
    return;
  }
  const heap = arena.allocate(length);
  u8.set(value, heap);
  setLong(view, heap, length, arena);
}

function setLong(view: number, heap: number, length: number, { memory: { u32 } }: Arena): void {
  const at = view >>> 2;
  u32[at] = length;
  u32[at + 1] = u32[heap >>> 2]!; // what an arena gives is aligned
  u32[at + 2] = heap;
  u32[at + 3] = 0;
}
