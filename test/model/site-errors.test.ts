import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AppError } from '../../src/errors/app-error.ts';
import { parseSite, renderMistakes } from '../../src/model/parse-site.ts';

const folder = new URL('../golden/site-errors/', import.meta.url);
const update = process.env.UPDATE_GOLDEN === '1';

/** What a user of `validate` sees: the headline, every mistake, the exit status. */
function renderOutcome(text: string): string {
  try {
    const { warnings } = parseSite(text, { file: 'site.yaml' });
    return `accepted\n${renderMistakes(warnings, 'site.yaml', text)}`;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return `${error.code}, exit ${error.exitStatus}: ${error.message}\n${renderMistakes(error.mistakes, 'site.yaml', text)}`;
  }
}

describe('a mistake in a site file is reported with its place, what was seen and what was expected', () => {
  for (const scenario of readdirSync(folder).sort()) {
    test(scenario.replaceAll('-', ' '), () => {
      const text = readFileSync(new URL(`${scenario}/site.yaml`, folder), 'utf8');
      const expected = new URL(`${scenario}/error.txt`, folder);
      const seen = renderOutcome(text);
      assert.match(seen, /^site-(invalid|unreadable), exit 2: /, 'the file is refused');
      if (update) writeFileSync(expected, seen);
      assert.ok(existsSync(expected), `${scenario}/error.txt is missing; make it with UPDATE_GOLDEN=1 and read it`);
      assert.equal(seen, readFileSync(expected, 'utf8'));
    });
  }
});
