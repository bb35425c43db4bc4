/**
 * What a FileDescriptorSet says (https://protobuf.dev/reference/protobuf/google.protobuf/#file-descriptor-set): messages with their fields and enums, of
 * proto2, proto3 and editions. How fields behave is settled here, from the syntax or from features.
 */
import { AnalysisError } from "../../base/errors.ts";
import { WireMessage } from "./wire-message.ts";

export type ProtoType =
  | "double" | "float" | "int64" | "uint64" | "int32" | "fixed64" | "fixed32" | "bool" | "string" | "group" | "message" | "bytes" | "uint32" | "enum" | "sfixed32" | "sfixed64" | "sint32" | "sint64";
/** By their numbers in descriptors. */
const TYPES: readonly (ProtoType | undefined)[] = [undefined, "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "group", "message", "bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64"];

export interface ProtoEnum {
  readonly fullName: string;
  readonly name: string;
  /** The first name of a number counts. */
  readonly byNumber: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
  readonly first: number;
  /** Numbers that it lacks are not values of a field. */
  readonly isClosed: boolean;
}

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  readonly type: ProtoType;
  readonly isRepeated: boolean;
  readonly isRequired: boolean;
  /** Whether it can be told from a default that the field is absent. */
  readonly hasPresence: boolean;
  readonly isPacked: boolean;
  /** Text must be UTF-8. */
  readonly checksUtf8: boolean;
  /** As the descriptor writes it. */
  readonly defaultText: string | undefined;
  /** Fields of one number exclude one another. */
  readonly oneof: number | undefined;
  /** Set once all files are read. */
  message: ProtoMessage | undefined;
  enumeration: ProtoEnum | undefined;
  readonly typeName: string;
  readonly fullName: string;
}

export interface ProtoMessage {
  readonly name: string;
  readonly fullName: string;
  readonly isMapEntry: boolean;
  readonly fields: readonly ProtoField[];
}

/** Features that decide how fields are read and written; of proto2 and proto3 they are fixed. */
interface Features { readonly presence: number; readonly enumType: number; readonly repeated: number; readonly utf8: number; readonly encoding: number }
const PROTO2: Features = { presence: 1, enumType: 2, repeated: 2, utf8: 3, encoding: 1 };
const PROTO3: Features = { presence: 2, enumType: 1, repeated: 1, utf8: 2, encoding: 1 };
const EDITIONS: Features = { presence: 1, enumType: 1, repeated: 1, utf8: 2, encoding: 1 };
const IMPLICIT = 2, LEGACY_REQUIRED = 3, CLOSED = 2, PACKED = 1, VERIFY = 2, DELIMITED = 2;
const MAX_DEPTH = 64;

export const descriptorError = (condition: string, sqlState: string, message: string, messageParameters: Record<string, string> = {}): AnalysisError => new AnalysisError({ condition, sqlState, message, messageParameters });

/**
 * The first message of that name, or full name, on the top level of the files in turn.
 * @throws AnalysisError CANNOT_PARSE_PROTOBUF_DESCRIPTOR, PROTOBUF_MESSAGE_NOT_FOUND, PROTOBUF_DEPENDENCY_NOT_FOUND
 */
export function protoMessage(descriptorSet: Uint8Array, messageName: string): ProtoMessage {
  let files: WireMessage[];
  const found = new Files();
  try {
    files = WireMessage.of(descriptorSet).messages(1);
    const names = new Set(files.map(file => file.text(1)));
    for (const file of files) for (const dependency of file.texts(3)) if (!names.has(dependency)) {
      throw descriptorError("PROTOBUF_DEPENDENCY_NOT_FOUND", "42K0G", `Could not find dependency: ${dependency}.`, { dependencyName: dependency });
    }
    for (const file of files) found.add(file);
    found.link();
  } catch (error) {
    if (error instanceof AnalysisError) throw error;
    throw descriptorError("CANNOT_PARSE_PROTOBUF_DESCRIPTOR", "22018", "Error parsing descriptor bytes into Protobuf FileDescriptorSet.");
  }
  const message = found.top.find(one => one.name === messageName || one.fullName === messageName);
  if (message === undefined) throw descriptorError("PROTOBUF_MESSAGE_NOT_FOUND", "42K0G", `Unable to locate Message ${messageName} in Descriptor.`, { messageName });
  return message;
}

class Files {
  readonly top: ProtoMessage[] = [];
  readonly #messages = new Map<string, ProtoMessage>();
  readonly #enums = new Map<string, ProtoEnum>();
  readonly #fields: ProtoField[] = [];

  add(file: WireMessage): void {
    const space = file.text(2), syntax = file.text(12), base = syntax === "proto3" ? PROTO3 : syntax === "editions" ? EDITIONS : PROTO2;
    const features = featuresOf(file.message(8)?.message(50), base), isEdition = syntax === "editions";
    for (const one of file.messages(5)) this.#enum(one, space, features);
    for (const one of file.messages(4)) this.top.push(this.#message(one, space, features, isEdition, 0));
  }

  link(): void {
    for (const field of this.#fields) {
      if (field.type !== "message" && field.type !== "group" && field.type !== "enum") continue;
      const name = field.typeName.replace(/^\./, "");
      field.message = this.#messages.get(name);
      field.enumeration = this.#enums.get(name);
      if (field.message === undefined && field.enumeration === undefined) throw new Error(`no type ${name}`);
    }
  }

  #enum(from: WireMessage, space: string, outer: Features): void {
    const name = from.text(1), values = from.messages(2).map(value => [value.text(1), value.int(2)] as const), byNumber = new Map<number, string>();
    for (const [value, number] of values) if (!byNumber.has(number)) byNumber.set(number, value);
    const fullName = joined(space, name), features = featuresOf(from.message(3)?.message(7), outer);
    this.#enums.set(fullName, { name, fullName, byNumber, byName: new Map(values), first: values[0]?.[1] ?? 0, isClosed: features.enumType === CLOSED });
  }

  #message(from: WireMessage, space: string, outer: Features, isEdition: boolean, depth: number): ProtoMessage {
    if (depth > MAX_DEPTH) throw new Error("messages are nested too deep");
    const name = from.text(1), fullName = joined(space, name), options = from.message(7), features = featuresOf(options?.message(12), outer), isMapEntry = options?.flag(7) === true;
    for (const one of from.messages(4)) this.#enum(one, fullName, features);
    for (const one of from.messages(3)) this.#message(one, fullName, features, isEdition, depth + 1);
    const message: ProtoMessage = { name, fullName, isMapEntry, fields: from.messages(2).map(one => this.#field(one, fullName, features, isEdition, isMapEntry)) };
    this.#messages.set(fullName, message);
    return message;
  }

  #field(from: WireMessage, message: string, outer: Features, isEdition: boolean, inMapEntry: boolean): ProtoField {
    const options = from.message(8), features = featuresOf(options?.message(21), outer), label = from.int(4), name = from.text(1), number = from.int(3);
    const declared = TYPES[from.int(5)];
    if (declared === undefined || number < 1) throw new Error(`the field ${name} has no good type`);
    const type: ProtoType = declared === "message" && isEdition && features.encoding === DELIMITED && !inMapEntry ? "group" : declared;
    const isRepeated = label === 3, isMessage = type === "message" || type === "group", oneof = from.has(9) ? from.int(9) : undefined, scalar = !isMessage && type !== "string" && type !== "bytes";
    const field: ProtoField = {
      name, number, type, isRepeated, isRequired: label === 2 || (isEdition && features.presence === LEGACY_REQUIRED && !isRepeated),
      hasPresence: !isRepeated && (isMessage || oneof !== undefined || features.presence !== IMPLICIT),
      isPacked: isRepeated && scalar && (options?.has(2) === true ? options.flag(2) : features.repeated === PACKED),
      checksUtf8: features.utf8 === VERIFY, defaultText: from.has(7) ? from.text(7) : undefined, oneof: from.flag(17) ? undefined : oneof,
      message: undefined, enumeration: undefined, typeName: from.text(6), fullName: `${message}.${name}`,
    };
    this.#fields.push(field);
    return field;
  }
}

const joined = (space: string, name: string): string => (space === "" ? name : `${space}.${name}`);

function featuresOf(from: WireMessage | undefined, outer: Features): Features {
  if (from === undefined) return outer;
  const own = (number: number, otherwise: number): number => from.int(number) || otherwise;
  return { presence: own(1, outer.presence), enumType: own(2, outer.enumType), repeated: own(3, outer.repeated), utf8: own(4, outer.utf8), encoding: own(5, outer.encoding) };
}
