/** Names of relations have done their work once names are resolved. */
import type { ResolvedRelation } from "../plan/resolved.ts";

export const removeAlias = (plan: ResolvedRelation): ResolvedRelation => plan.kind === "subquery_alias" ? plan.input : plan;
