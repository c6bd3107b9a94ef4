import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ZodError } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { TemplateTexts } from '../domain/render.js';
import { rulesFile, type Rule } from '../domain/rule.js';

const at = (relativePath: string) => new URL(relativePath, import.meta.url);

/** The rules of definitions/rules.yaml. Throws an AppError of class configuration that names the field at fault. */
export function loadRules(file: URL = at('../definitions/rules.yaml')): Rule[] {
  const parsed = rulesFile.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data.rules;
  throw new AppError({
    class: 'configuration',
    source: 'alerting',
    code: 'invalid_alert_rules',
    message: `Alert rules: ${describe(parsed.error)}.`,
    cause: parsed.error,
  });
}

const describe = (error: ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`).join('; ');

/** The texts of templates/slack. */
export function loadTemplates(): TemplateTexts {
  const read = (name: keyof TemplateTexts) =>
    readFileSync(at(`../../../templates/slack/${name}.hbs`), 'utf8');
  return { stalled_deal: read('stalled_deal'), stalled_digest: read('stalled_digest') };
}
