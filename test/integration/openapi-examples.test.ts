import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { OperationsModule } from '../../modules/operations/index.js';

/** What a route declares with @ApiResponse, by status. */
const declared = z.record(z.string(), z.looseObject({ standardSchema: z.instanceof(z.ZodType).optional() }));
const examplesOf = z.object({ examples: z.array(z.unknown()).min(1) });

interface Route {
  name: string;
  schema: z.ZodType;
}

/** The routes of the API below a tag, with the schema of what they answer. */
function routesOf(tags: readonly string[]): Route[] {
  const { controllers = [] } = OperationsModule.register({ role: 'all', imports: [], providers: [] });
  return controllers.flatMap((controller) => {
    const tagged = z.array(z.string()).catch([]).parse(Reflect.getMetadata('swagger/apiUseTags', controller));
    if (!tagged.some((tag) => tags.includes(tag))) return [];
    return Object.getOwnPropertyNames(controller.prototype).flatMap((method): Route[] => {
      const handler: unknown = Reflect.get(controller.prototype as object, method);
      if (typeof handler !== 'function' || !Reflect.hasMetadata('swagger/apiResponse', handler)) return [];
      const schema = declared.parse(Reflect.getMetadata('swagger/apiResponse', handler))['200']
        ?.standardSchema;
      if (!schema) throw new Error(`${controller.name}.${method} does not say what it answers`);
      return [{ name: `${controller.name}.${method}`, schema }];
    });
  });
}

const routes = routesOf(['insights', 'entities']);

describe('the examples of the API description', () => {
  it('are about every route of insights, models, deals and entities', () => {
    expect(routes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'EntitiesController.benchmarks',
        'EntitiesController.badges',
        'InsightsController.predictiveness',
        'InsightsController.stageTime',
        'InsightsController.stallBacktest',
        'ModelsController.list',
        'ModelsController.show',
        'ModelsController.decide',
        'DealsController.list',
      ]),
    );
  });

  it.each(routes)('are valid answers of $name, to the last field', ({ schema }) => {
    const { examples } = examplesOf.parse(z.globalRegistry.get(schema));
    for (const example of examples) expect(schema.parse(example)).toEqual(example);
  });
});
