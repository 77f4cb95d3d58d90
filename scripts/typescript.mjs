// Lets Node run the TypeScript sources as they are, in worker threads too, where `--import tsx` does nothing:
//
//     node --import ./scripts/typescript.mjs src/main.ts
import { register } from 'tsx/esm/api';

register();
