/** A text as a ClickHouse literal. For what declarations say, never for data: data travels as parameters and bytes. */
export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** A name as ClickHouse quotes it. */
export const identifier = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
