import { z } from 'zod';
import { HL7_MESSAGES } from '../hl7/messages.js';
import { tlsFilesSchema } from '../tls-files.js';

const text = z.string().min(1);
const milliseconds = (max: number) => z.int().min(1).max(max);
const retry = (giveUpAfterHours: number) =>
  z
    .strictObject({
      firstWaitMs: milliseconds(3_600_000).default(1_000).describe('After the first failure; then doubled'),
      maxWaitMs: milliseconds(86_400_000).default(60_000).describe('Longest wait between attempts'),
      giveUpAfterHours: z
        .number()
        .positive()
        .max(8_760)
        .default(giveUpAfterHours)
        .describe('Then it is a dead letter'),
    })
    .prefault({});

/** A secret is never in the file of the destinations itself. */
export const secretSchema = z
  .union([z.strictObject({ file: text }), z.strictObject({ environment: z.string().regex(/^\w+$/) })], {
    error: 'expected {file: PATH} or {environment: NAME}, which have the secret',
  })
  .describe('A file, or an environment variable, that has the secret');

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected the URL of an HTTP server' });
/** What a client secret or an assertion is sent to. */
const tokenUrl = z.url().refine((url) => /^https:|^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url), {
  message: 'expected https, or a loopback address',
});

const common = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'expected lower-case letters, digits and -, at most 32')
    .describe('Its name in the outbox, in metrics and in the log; messages that wait belong to it'),
  connectTimeoutMs: milliseconds(60_000).default(5_000),
  answerTimeoutMs: milliseconds(600_000).default(30_000).describe('From the sent message to its answer'),
  retry: retry(168),
};

const oauth2 = {
  type: z.literal('oauth2'),
  tokenUrl,
  clientId: text,
  scope: text.optional(),
};

const authorizationSchema = z.union(
  [
    z.strictObject({ type: z.literal('none') }),
    z.strictObject({ type: z.literal('basic'), user: text, password: secretSchema }),
    z.strictObject({ type: z.literal('bearer'), token: secretSchema }),
    z.strictObject({ ...oauth2, secret: secretSchema.describe('Client secret') }),
    z.strictObject({
      ...oauth2,
      key: secretSchema.describe('Private key, a PEM (PKCS #8) or a JWK: SMART Backend Services'),
      algorithm: z.enum(['RS384', 'ES384', 'RS256', 'ES256']).default('RS384'),
      keyId: text.optional().describe('Of a PEM; a JWK has its own'),
    }),
  ],
  {
    error:
      'expected {type: none}, {type: basic, user, password}, {type: bearer, token}, ' +
      '{type: oauth2, tokenUrl, clientId, secret} or {type: oauth2, tokenUrl, clientId, key}',
  },
);

const mllpSchema = z.strictObject({
  ...common,
  type: z.literal('mllp'),
  format: z.enum(HL7_MESSAGES).default('ORU_R01'),
  host: text,
  port: z.int().min(1).max(65_535),
  receiver: z
    .strictObject({ application: z.string().default(''), facility: z.string().default('') })
    .optional()
    .describe('MSH-5 and MSH-6; those of the settings unless given'),
  tls: tlsFilesSchema.extend({ serverName: text.optional() }).optional().describe('{} is TLS as it is'),
});

const analyzerSchema = z.strictObject({
  ...common,
  type: z.literal('analyzer'),
  host: text,
  port: z.int().min(1).max(65_535),
  application: text.describe('MSH-3 of its queries'),
  facility: z.string().default('').describe('MSH-4 of its queries; any unless given'),
  tls: mllpSchema.shape.tls,
  // Nobody waits at the analyzer for longer.
  retry: retry(1),
});

const fhirSchema = z.strictObject({
  ...common,
  type: z.literal('fhir'),
  url: httpUrl.describe("The server's base"),
  authorization: authorizationSchema.default({ type: 'none' }),
  tls: tlsFilesSchema.optional(),
});

const webhookSchema = z.strictObject({
  ...common,
  type: z.literal('webhook'),
  format: z.enum(['JSON', 'FHIR']).default('JSON'),
  url: httpUrl,
  secret: secretSchema.describe('Key of the signature: `whsec_` and Base64, or text; at least 24 bytes'),
  tls: tlsFilesSchema.optional(),
});

const destinationSchema = z.discriminatedUnion('type', [
  mllpSchema,
  fhirSchema,
  webhookSchema,
  analyzerSchema,
]);

/** The file of HEMOSERVE_DESTINATIONS. */
export const destinationsSchema = z.strictObject({
  $schema: z.string().optional(),
  destinations: z
    .array(destinationSchema)
    .min(1)
    .superRefine((list, { addIssue }) => {
      const names = list.map(({ name }) => name);
      names.forEach((name, index) => {
        if (names.indexOf(name) === index) return;
        addIssue({ code: 'custom', message: `there are two destinations ${name}`, path: [index, 'name'] });
      });
      const analyzers = list.map((one) =>
        one.type === 'analyzer' ? `${one.application}^${one.facility}` : undefined,
      );
      analyzers.forEach((analyzer, index) => {
        if (analyzer === undefined || analyzers.indexOf(analyzer) === index) return;
        addIssue({
          code: 'custom',
          message: 'another analyzer asks under this name',
          path: [index, 'application'],
        });
      });
    }),
});

export type Secret = z.infer<typeof secretSchema>;
export type Destination = z.infer<typeof destinationSchema>;
/** An analyzer that is sent its orders when it asks for them (IHE LAW), and no reports. */
export type AnalyzerDestination = z.infer<typeof analyzerSchema>;
export type ReportDestination = Exclude<Destination, AnalyzerDestination>;
