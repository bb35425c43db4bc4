/** What is known of the tables of apache-arrow and flechette: the names under which their buffers lie. */

/** The least that a table of a library is. */
export interface LibraryTable {
  readonly schema: { readonly fields: readonly LibraryField[] };
  /** apache-arrow: record batches. */
  readonly batches?: readonly { readonly data: LibraryData }[];
  /** flechette: columns, each in as many pieces. */
  readonly children?: readonly { readonly data: readonly LibraryData[] }[];
}
export interface LibraryField { readonly name: string; readonly nullable: boolean; readonly type: LibraryType }
/** Parameters under the names of both: flechette says signed, dictionary and stride where apache-arrow says isSigned, dictionary and byteWidth or listSize. */
export interface LibraryType {
  readonly typeId: number;
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly signed?: boolean;
  readonly unit?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly stride?: number;
  readonly timezone?: string | null;
  readonly children?: readonly LibraryField[] | null;
  readonly dictionary?: LibraryType;
  readonly indices?: LibraryType;
}
export interface LibraryData {
  readonly length: number;
  readonly nullCount: number;
  /** Of a slice: the first bit of `nullBitmap`, and of the values of booleans. */
  readonly offset?: number;
  readonly nullBitmap?: ArrayBufferView | null;
  readonly validity?: ArrayBufferView | null;
  readonly valueOffsets?: ArrayBufferView | null;
  readonly offsets?: ArrayBufferView | null;
  readonly sizes?: ArrayBufferView | null;
  readonly values?: ArrayBufferView | null;
  readonly children?: readonly LibraryData[] | null;
  /** Buffers of views: of apache-arrow, of flechette. */
  readonly variadicBuffers?: readonly ArrayBufferView[];
  readonly data?: readonly ArrayBufferView[];
  readonly dictionary?: { readonly data: readonly LibraryData[] } | null;
}

export function isLibraryTable(value: unknown): value is LibraryTable {
  if (typeof value !== "object" || value === null || !("schema" in value)) return false;
  const { schema, batches, children } = value as { schema?: { fields?: unknown }; batches?: unknown; children?: unknown };
  return typeof schema === "object" && Array.isArray(schema?.fields) && (Array.isArray(batches) || Array.isArray(children));
}
