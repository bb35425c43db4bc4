/** The footer of a file that is written. Numbers of members as in metadata.ts. */
import type { Annotation } from "./metadata.ts";
import type { WrittenChunk } from "./leaf-writer.ts";
import { SCHEMA_KEY } from "./schema-key.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import type { WriteLeaf, WriteNode } from "./write-schema.ts";

export interface WrittenGroup { readonly chunks: readonly WrittenChunk[]; readonly offset: number; readonly rows: number }

const CREATED_BY = "millrace version 1 (build 1)";

export function footerBytes({ nodes, leaves }: { readonly nodes: readonly WriteNode[]; readonly leaves: readonly WriteLeaf[] }, groups: readonly WrittenGroup[], rows: number, codec: number, schema: string): Uint8Array {
  return ThriftWriter.bytesOf(file => {
    const flat: (WriteNode | undefined)[] = [undefined], visit = (node: WriteNode): void => {
      flat.push(node);
      node.children.forEach(visit);
    };
    nodes.forEach(visit);
    file.i32(1, 1).structs(2, flat, node => (node === undefined ? file.text(4, "spark_schema").i32(5, nodes.length) : writeElement(file, node))).i64(3, rows);
    file.structs(4, groups, group => {
      let at = group.offset;
      file.structs(1, group.chunks, chunk => {
        writeChunk(file, chunk, codec, at);
        at += chunk.bytes;
      });
      file.i64(2, group.chunks.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0)).i64(3, group.rows).i64(5, group.offset).i64(6, group.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0));
    });
    file.structs(5, [[SCHEMA_KEY, schema]] as const, ([key, value]) => file.text(1, key).text(2, value)).text(6, CREATED_BY);
    // Statistics follow the orders of the types.
    file.structs(7, leaves, () => file.struct(1, () => { /* no members */ }));
  });
}

function writeElement(file: ThriftWriter, { name, repetition, annotation, children, leaf }: WriteNode): void {
  if (leaf !== undefined) file.i32(1, leaf.physical).i32(2, leaf.length > 0 ? leaf.length : undefined);
  file.i32(3, ["required", "optional", "repeated"].indexOf(repetition)).text(4, name);
  if (leaf === undefined) file.i32(5, children.length);
  if (annotation === undefined) return;
  file.i32(6, convertedType(annotation));
  if (annotation.kind === "decimal") file.i32(7, annotation.scale).i32(8, annotation.precision);
  file.struct(10, () => writeLogical(file, annotation));
}

/** For readers that are older than logical types. */
function convertedType(annotation: Annotation): number | undefined {
  switch (annotation.kind) {
    case "string": return 0;
    case "map": return 1;
    case "list": return 3;
    case "decimal": return 5;
    case "date": return 6;
    case "timestamp": return annotation.utc ? 10 : undefined;
    case "integer": return 15 + Math.log2(annotation.bits / 8);
    default: return undefined;
  }
}

function writeLogical(file: ThriftWriter, annotation: Annotation): void {
  const empty = (): void => { /* no members */ };
  switch (annotation.kind) {
    case "string": file.struct(1, empty); break;
    case "map": file.struct(2, empty); break;
    case "list": file.struct(3, empty); break;
    case "decimal": file.struct(5, () => file.i32(1, annotation.scale).i32(2, annotation.precision)); break;
    case "date": file.struct(6, empty); break;
    case "time": case "timestamp": file.struct(annotation.kind === "time" ? 7 : 8, () => file.boolean(1, annotation.utc).struct(2, () => file.struct(2, empty))); break;
    case "integer": file.struct(10, () => file.byte(1, annotation.bits).boolean(2, annotation.signed)); break;
    case "variant": file.struct(16, () => file.byte(1, annotation.version)); break;
    case "unknown": file.struct(11, empty); break;
  }
}

function writeChunk(file: ThriftWriter, chunk: WrittenChunk, codec: number, at: number): void {
  const { leaf, extremes } = chunk;
  file.i64(2, 0).struct(3, () => {
    file.i32(1, leaf.physical).i32s(2, chunk.encodings).texts(3, leaf.path).i32(4, codec).i64(5, chunk.values).i64(6, chunk.uncompressedBytes).i64(7, chunk.bytes);
    file.i64(9, at + chunk.dictionaryBytes).i64(11, chunk.dictionaryBytes > 0 ? at : undefined);
    file.struct(12, () => file.i64(3, chunk.nulls).bytes(5, extremes?.max).bytes(6, extremes?.min));
    const pages = [...chunk.pageCounts].map(([encoding, count]) => ({ kind: 0, encoding, count }));
    file.structs(13, chunk.dictionaryBytes > 0 ? [{ kind: 2, encoding: 0, count: 1 }, ...pages] : pages, page => file.i32(1, page.kind).i32(2, page.encoding).i32(3, page.count));
    file.i64(14, chunk.bloom?.offset).i32(15, chunk.bloom?.bytes.length);
  });
}
