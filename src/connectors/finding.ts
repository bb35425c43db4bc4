/** What a check of a connection found: one line each, in the order in which a person would ask. */
export interface Finding {
  readonly what: "address" | "encryption" | "login" | "object" | "right" | "right to read" | "right to write" | "upsert" | "changes";
  /** False: it doesn't work. Null: it would, for those who don't need this. */
  readonly isGood: boolean | null;
  readonly detail: string;
}

export const good = (what: Finding["what"], detail: string): Finding => ({ what, isGood: true, detail });
export const bad = (what: Finding["what"], detail: string): Finding => ({ what, isGood: false, detail });
export const note = (what: Finding["what"], detail: string): Finding => ({ what, isGood: null, detail });
