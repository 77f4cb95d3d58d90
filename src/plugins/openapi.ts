import swagger from '@fastify/swagger';
import fp from 'fastify-plugin';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { version } from '../settings/version.js';

declare module 'fastify' {
  interface FastifySchema {
    /** Bodies by media type that are streamed, so documented here and checked by the handler. */
    requestContent?: Record<string, { schema: object }>;
  }
}

/** The OpenAPI document, generated from the routes' schemas. */
export const openapiPlugin = fp(
  async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'hemoserve',
          description: 'Class probabilities of blood-cell crops.',
          version,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              description: 'An API key or a token; each operation lists the scope that it takes',
            },
          },
        },
        tags: [
          { name: 'classification', description: 'Crops in, class probabilities out' },
          { name: 'slides', description: 'The crops of one specimen, and their differential' },
          { name: 'models', description: 'The model registry' },
          { name: 'inference protocol', description: 'The same models by the Open Inference Protocol v2' },
          { name: 'operation', description: 'Health and metrics' },
        ],
      },
      transform: (document) => {
        const { requestContent, ...schema } = document.schema ?? {};
        const transformed = jsonSchemaTransform({ ...document, schema });
        if (requestContent) transformed.schema.body = { content: requestContent };
        return transformed;
      },
      transformObject: (document) => {
        const transformed = jsonSchemaTransformObject(document);
        // The provider describes each named schema as input too; here they are only answers.
        const schemas = 'components' in transformed ? (transformed.components?.schemas ?? {}) : {};
        for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
        // Relative to this document's address, which may have a prefix of a proxy.
        return { ...transformed, servers: [{ url: './' }] };
      },
    });
  },
  { name: 'openapi' },
);
