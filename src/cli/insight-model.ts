import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { DecideModel, type DetailedModel, type ModelView } from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table, thousands } from './output.js';

const versionNumber = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A version number.');
  return Number(text);
};

const DECISIONS = {
  approve: 'put a suggested version in force; the one before is superseded',
  reject: 'turn a suggested version down; its weights are not suggested again',
  revoke: 'take the version in force back: the one before it, or weights.yaml, holds again',
} as const;
type Decision = keyof typeof DECISIONS;

/** `insight model`: versions of the affinity weights, and what people decide about them. */
export function addModels(insight: Command): void {
  const model = insight
    .command('model')
    .description('versions of the affinity weights, and decisions about them');
  model
    .command('list')
    .description('every version, the newest first')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOption) => {
      const models = await withModules((modules) => modules.get(DecideModel).list());
      if (json) printJson({ models });
      else print(models.length > 0 ? describeModels(models) : 'No version yet: weights.yaml holds.');
    });
  model
    .command('show')
    .description('one version with the evidence that it was suggested on')
    .argument('<version>', 'its number', versionNumber)
    .option(...JSON_OPTION)
    .action(async (version: number, { json }: JsonOption) => {
      const shown = await withModules((modules) => modules.get(DecideModel).show(version));
      if (json) printJson(shown);
      else print(describeModel(shown));
    });
  for (const decision of ['approve', 'reject', 'revoke'] as const) addDecision(model, decision);
}

function addDecision(model: Command, decision: Decision): void {
  model
    .command(decision)
    .description(DECISIONS[decision])
    .argument('<version>', 'its number', versionNumber)
    .option('--reason <text>', 'why; kept with the decision', '')
    .option(...JSON_OPTION)
    .action(async (version: number, { json, reason }: JsonOption & { reason: string }) => {
      const request = { decision, version, reason, by: `cli:${userInfo().username}` };
      const result = await withModules((modules) =>
        modules.get(DecideModel).execute(request, new Date().toISOString()),
      );
      if (json) printJson(result);
      else {
        print(describeModels([result.model]));
        print(
          result.changed ? 'The graph hears of it with the next run: cli run' : 'It was decided so before.',
        );
      }
    });
}

function describeModels(models: readonly ModelView[]): string {
  return table(
    [
      'version',
      'status',
      'semantic',
      'goal alignment',
      'cultural momentum',
      'historical',
      'authenticity',
      'deals',
      'in force since',
      'last decision',
    ],
    models.map(({ version, status, weights, n, activatedAt, decisions }) => {
      const last = decisions.at(-1);
      return [
        version,
        status,
        weights.semantic.toFixed(4),
        weights.goal_alignment.toFixed(4),
        weights.cultural_momentum.toFixed(4),
        weights.historical.toFixed(4),
        weights.authenticity.toFixed(4),
        thousands(n),
        status === 'active' ? (activatedAt?.slice(0, 16) ?? 'unknown') : '',
        last ? `${last.decision} by ${last.by}${last.reason && `: ${last.reason}`}` : '',
      ];
    }),
    [0, 2, 3, 4, 5, 6, 7],
  );
}

function describeModel(model: DetailedModel): string {
  const history = model.decisions.map(
    ({ decision, by, at, reason }) => `${at}  ${decision} by ${by}${reason && `: ${reason}`}`,
  );
  return [
    describeModels([model]),
    ...(history.length > 0 ? ['Decisions', ...history] : []),
    model.evidence === null
      ? 'This version was made in the graph: there is no evidence for it here.'
      : `Evidence (docs/models.md says what it means)\n${JSON.stringify(model.evidence, null, 2)}`,
  ].join('\n');
}
