export const SCHEMA: URL;
export function generateSchema(): Promise<string>;
