import { fetchBlob } from '../api/client.ts';
import { tellError } from '../ui/notices.tsx';

/** What a slide can be exported as: the service's formats. */
export const FORMATS = [
  { name: 'csv', extension: 'csv', title: 'CSV' },
  { name: 'json', extension: 'json', title: 'JSON' },
  { name: 'fhir', extension: 'fhir.json', title: 'FHIR R4' },
  { name: 'oru_r01', extension: 'oru.hl7', title: 'HL7 ORU^R01' },
  { name: 'oul_r22', extension: 'oul.hl7', title: 'HL7 OUL^R22' },
  { name: 'law', extension: 'law.hl7', title: 'HL7 IHE LAW' },
  { name: 'astm', extension: 'astm', title: 'ASTM LIS2-A2' },
] as const;

/** Saves a slide in a format, as a file of this computer. */
export async function saveSlide(
  slideId: string,
  { name, extension }: (typeof FORMATS)[number],
): Promise<void> {
  try {
    saveFile(
      await fetchBlob(`/v1/slides/${encodeURIComponent(slideId)}?format=${name}`),
      `${slideId}.${extension}`,
    );
  } catch (error) {
    tellError(error);
  }
}

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  // No file system takes a colon.
  link.download = name.replaceAll(':', '_');
  link.click();
  // Once the browser has begun to save it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
