/** Where the services are kept between runs. */
export const cache: string;
/** The folder with the broker's jars in libs/. */
export const kafkaJars: string;
export function installKafka(): void;
export function installJavaCompiler(): void;
export function postgresPrograms(): string | undefined;
export function installPostgres(): void;
export const registryFolder: string;
export const registryJar: string;
export function installRegistry(): void;
