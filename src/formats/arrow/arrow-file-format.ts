/** Arrow's files and streams as a format of files. */
import { struct } from "../../types/data-type.ts";
import type { RandomAccessFormat } from "../file-format.ts";
import { ArrowFile, readLayout } from "./arrow-file.ts";
import { arrowWriting } from "./arrow-writer.ts";
import { sqlFieldOf } from "./arrow-schema.ts";

export const arrowFileFormat: RandomAccessFormat = {
  kind: "random access",
  name: "arrow",
  endings: [".arrow", ".feather", ".arrows"],
  async schemaOf(file) { return struct((await readLayout(file)).fields.map(one => ({ ...sqlFieldOf(one), nullable: true }))); },
  async open(file, wanted) { return new ArrowFile(file, await readLayout(file), wanted); },
  writing: arrowWriting,
};
