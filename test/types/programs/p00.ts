// Nothing but imports: what the others are measured above.
import { session } from "millrace";
import { count } from "millrace/functions";

export const empty = session();
export { count };
