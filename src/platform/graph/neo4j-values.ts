import neo4j from 'neo4j-driver';

/**
 * A value of neo4j-driver (read with `useBigInt`) as plain data in the form the embedded engine gives: safe integers
 * as number, instants as UTC ISO text without trailing zeros, nodes and relationships as their properties with
 * `_labels` or `_type`, bytes as base64.
 */
export function fromNeo4jValue(value: unknown): unknown {
  if (typeof value === 'bigint') return safeInteger(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromNeo4jValue);
  if (neo4j.isDateTime(value)) {
    const seconds = value
      .toStandardDate()
      .toISOString()
      .replace(/\.\d+Z$/, '');
    const fraction = String(value.nanosecond).padStart(9, '0').replace(/0+$/, '');
    return `${seconds}${fraction === '' ? '' : '.'}${fraction}Z`;
  }
  if (neo4j.isNode(value)) return { _labels: [...value.labels].sort(), ...properties(value.properties) };
  if (neo4j.isRelationship(value)) return { _type: value.type, ...properties(value.properties) };
  if (neo4j.isPath(value)) {
    const steps = value.segments.map((segment) => ({ edge: segment.relationship, end: segment.end }));
    return {
      nodes: [value.start, ...steps.map((step) => step.end)].map(fromNeo4jValue),
      edges: steps.map((step) => fromNeo4jValue(step.edge)),
    };
  }
  if (value instanceof Int8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Object.getPrototypeOf(value) === Object.prototype) return properties(value);
  return String(value); // dates, local times, durations, points: their ISO or literal text
}

function properties(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromNeo4jValue(item)]));
}

function safeInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
