/** What a scan of a relation that is defined by itself (WITH RECURSIVE) holds in place of a table. */
import type { StructType } from "../types/data-type.ts";
import type { Origin } from "./expressions.ts";
import type { ResolvedRelation } from "./resolved.ts";

/** Inside a recursive definition: the rows of the level before. */
export class RecursionReference {
  readonly isStreaming = false;
  readonly name: string;
  readonly schema: StructType;

  constructor(name: string, schema: StructType) {
    this.name = name;
    this.schema = schema;
  }

  get description(): string { return `RecursionReference ${this.name}`; }
}

/** A recursive relation: the rows of `anchor`, then of `step` over the rows of the level before, until there are none. */
export class Recursion {
  readonly isStreaming = false;
  readonly name: string;
  readonly schema: StructType;
  readonly anchor: ResolvedRelation;
  readonly step: ResolvedRelation;
  /** The table of the scans in `step` that mean the level before. */
  readonly reference: RecursionReference;
  /** Levels allowed; -1: any number. Of the definition, or left to the session. */
  readonly maxLevels: number | undefined;
  readonly origin: Origin | undefined;
  /** Whether the session's limit of rows holds; a LIMIT of the query takes its place. */
  readonly hasRowLimit: boolean;

  constructor(parts: { readonly name: string; readonly schema: StructType; readonly anchor: ResolvedRelation; readonly step: ResolvedRelation; readonly reference: RecursionReference; readonly maxLevels: number | undefined; readonly origin: Origin | undefined; readonly hasRowLimit?: boolean }) {
    this.name = parts.name;
    this.schema = parts.schema;
    this.anchor = parts.anchor;
    this.step = parts.step;
    this.reference = parts.reference;
    this.maxLevels = parts.maxLevels;
    this.origin = parts.origin;
    this.hasRowLimit = parts.hasRowLimit ?? true;
  }

  withoutRowLimit(): Recursion { return new Recursion({ ...this, hasRowLimit: false }); }

  get description(): string { return `Recursion ${this.name}`; }
}
