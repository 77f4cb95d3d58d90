/**
 * Makes the tables and plots of the documents again from the results in bench/published; measures nothing.
 *
 *     npm run bench:tables
 */
import { writeSection } from './docs.js';
import { SECTIONS } from './sections.js';

for (const section of SECTIONS) writeSection(section);
