/** Messages of Protobuf and SQL's values. Their code is loaded when one of them is called. */
import type { ScalarFunction } from "../../plan/function.ts";
import { lazily } from "../lazy.ts";

/** `message A { int32 a = 1; string b = 2; }` of proto3. */
const DESCRIPTOR = "X'0A2C0A07612E70726F746F22190A014112090A016118012001280512090A0162180220012809620670726F746F33'";

export const protobufFunctions: readonly ScalarFunction[] = [
  lazily({
    name: "from_protobuf", usage: "from_protobuf(data, messageName, descriptor[, options])", description: "A binary message of Protobuf as a struct; the descriptor is a path to a FileDescriptorSet, or its bytes.",
    cases: [[`from_protobuf(X'0801120178', 'A', ${DESCRIPTOR})`, "{1, x}"], [`from_protobuf(X'08', 'A', ${DESCRIPTOR}, map('mode', 'PERMISSIVE'))`, "NULL"], [`from_protobuf(X'08', 'A', ${DESCRIPTOR})`, "MALFORMED_PROTOBUF_MESSAGE"], ["from_protobuf(X'', 'A', '/no/such/file')", "PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND"]],
  }, async () => (await import("./protobuf.ts")).bindFromProtobuf),
  lazily({
    name: "to_protobuf", usage: "to_protobuf(struct, messageName, descriptor[, options])", description: "A struct as a binary message of Protobuf.",
    cases: [[`hex(to_protobuf(named_struct('a', 1, 'b', 'x'), 'A', ${DESCRIPTOR}))`, "0801120178"], [`to_protobuf(named_struct('c', 1), 'A', ${DESCRIPTOR})`, "NO_SQL_TYPE_IN_PROTOBUF_SCHEMA"]],
  }, async () => (await import("./protobuf.ts")).bindToProtobuf),
];
