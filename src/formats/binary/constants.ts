/** Values that a decoder knows before it reads: defaults of fields and symbols of enums. Their bytes lie in the arena of the batch. */
import type { Arena } from "../../memory/arena.ts";

export interface Constant { readonly bytes: Uint8Array; pointer: number }

export class Constants {
  readonly #all: Constant[] = [];
  #arena: Arena | undefined;

  add(bytes: Uint8Array): Constant {
    const constant = { bytes, pointer: 0 };
    this.#all.push(constant);
    if (this.#arena !== undefined) this.#place(constant, this.#arena);
    return constant;
  }

  begin(arena: Arena): void {
    this.#arena = arena;
    for (const constant of this.#all) this.#place(constant, arena);
  }

  #place(constant: Constant, arena: Arena): void {
    constant.pointer = arena.allocate(constant.bytes.length);
    arena.memory.u8.set(constant.bytes, constant.pointer);
  }
}
