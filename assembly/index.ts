export * from "./event-time";
