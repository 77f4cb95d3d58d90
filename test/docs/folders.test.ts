import { expect, it } from 'vitest';
import { FOLDERS, foldersInGit } from '../../scripts/generated/folders.js';
import { root } from '../support/fixtures.js';

it('docs/architecture.md has a line for each folder, and for no others', () => {
  const lines = Object.values(FOLDERS).flatMap((group) => Object.keys(group));
  expect(lines.toSorted()).toEqual(foldersInGit(root));
});
