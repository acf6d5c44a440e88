import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

/** JSON Schema of what `GET /status` answers, for whoever reads it by a program. */
export const STATUS_SCHEMA_FILE = 'docs/operations/status.schema.json';

// What times look like is in their pattern.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateFormats: false });
const isStatus = ajv.compile(JSON.parse(readFileSync(STATUS_SCHEMA_FILE, 'utf8')) as object);

export function expectToFitSchema(status: unknown): void {
  isStatus(status);
  expect(isStatus.errors).toBeNull();
}

/** The text of the file, from the schemas of the OpenAPI document. */
export async function statusSchemaOf(schemas: Readonly<Record<string, object>>): Promise<string> {
  const converted = JSON.stringify(schemas, (_key, value: unknown) => jsonSchema(value));
  const { Status, ...others } = JSON.parse(converted.replaceAll('#/components/schemas/', '#/$defs/')) as typeof schemas;
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:azaan-relay:schema:status',
    title: 'GET /status',
    ...Status,
    $defs: Object.fromEntries(Object.entries(others).filter(([name]) => name.startsWith('Status'))),
  };
  const options = await resolveConfig(STATUS_SCHEMA_FILE);
  return format(JSON.stringify(schema), { ...options, filepath: STATUS_SCHEMA_FILE });
}

/** One schema of OpenAPI 3.0 as JSON Schema 2020-12, with no other members than those it names. */
function jsonSchema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value)) return value;
  const { type, nullable, example, enum: values, ...others } = value as Readonly<Record<string, unknown>>;
  return {
    type: nullable === true ? [type, 'null'] : type,
    ...others,
    ...(example === undefined ? {} : { examples: [example] }),
    // The compiler has the members of a union in an order of its own.
    ...(Array.isArray(values) ? { enum: values.toSorted() } : {}),
    ...(type === 'object' ? { additionalProperties: false } : {}),
  };
}
