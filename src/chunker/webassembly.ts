// The part of the host's WebAssembly that the kernel needs: the standard library's types leave it to the DOM's.

export interface WasmModule {
  readonly wasmModule: never
}

interface WebAssemblyHost {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => WasmModule
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  Instance: new (module: WasmModule, imports: object) => { readonly exports: Record<string, unknown> }
}

/** Undefined where the host has none. */
export const webAssembly = (globalThis as { WebAssembly?: WebAssemblyHost }).WebAssembly
