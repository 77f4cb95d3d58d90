import { code, table } from './markdown.js';

/** The parts of an OpenAPI document that the tables are made of. */
export interface OpenapiDocument {
  paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  summary: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { content: Record<string, unknown> }>;
}

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description?: string;
  schema: { type: string; default?: string | number; minimum?: number; maximum?: number };
}

/** Every route: what it is for, the media types of its body and of its answer, and its statuses. */
export function routesTable(document: OpenapiDocument): string {
  return table(
    ['Route', 'What it does', 'Body', 'Answer', 'Statuses'],
    operations(document).map(([route, { summary, requestBody, responses }]) => [
      code(route),
      summary,
      codes(Object.keys(requestBody?.content ?? {})),
      codes(Object.keys((responses['200'] ?? responses['201'])?.content ?? {})),
      Object.keys(responses).join(', '),
    ]),
  );
}

/** The parameters of the routes that have some. */
export function parametersTable(document: OpenapiDocument): string {
  return table(
    ['Route', 'Parameter', 'Where', 'Default', 'Accepted', 'Meaning'],
    operations(document).flatMap(([route, { parameters = [] }]) =>
      parameters.map(({ name, in: place, required, description = '', schema }) => [
        code(route),
        code(name) + (required ? ' (required)' : ''),
        place,
        schema.default === undefined ? '' : code(schema.default),
        schema.maximum === undefined ? 'text' : `${schema.minimum} to ${schema.maximum}`,
        description,
      ]),
    ),
  );
}

function operations(document: OpenapiDocument): [route: string, operation: Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

function codes(values: string[]): string {
  return values.map(code).join(', ');
}
