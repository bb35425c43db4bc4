/** The part of the WebAssembly interface that is used, typed here since neither the language library nor Node's types have it without the browser's. */
export interface WasmMemory { readonly buffer: ArrayBuffer }
interface WasmApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}
export const wasm = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
