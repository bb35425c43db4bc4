/** What docs/compatibility.md says beside the counts: differences that are meant, and parts that are not built. */
export interface Entry { readonly what: string; readonly says: string }
export const DELIBERATE: readonly Entry[] = [];
export const MISSING: readonly Entry[] = [];
