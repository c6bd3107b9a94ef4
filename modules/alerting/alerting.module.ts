import { Module } from '@nestjs/common';
import { CONFIG } from '../../src/config/config.module.js';
import type { Config } from '../../src/config/env.js';
import { Postgres } from '../../src/platform/postgres/postgres.js';
import { DeliverOutbox } from './application/deliver-outbox.js';
import { ProcessAlerts } from './application/process-alerts.js';
import { createRenderer } from './domain/render.js';
import { AlertReader } from './infrastructure/alert-reader.js';
import { loadRules, loadTemplates } from './infrastructure/definitions.js';
import { pause } from './infrastructure/pause.js';
import { PostgresIncidentStore } from './infrastructure/postgres-incident-store.js';
import { PostgresOutboxStore } from './infrastructure/postgres-outbox-store.js';
import { SlackWebGateway } from './infrastructure/slack-web-gateway.js';

type SlackConfig = Pick<Config, 'SLACK_BOT_TOKEN' | 'SLACK_API_URL'>;
type LinkConfig = Pick<Config, 'PRODUCT_BASE_URL'>;

/** Delivery as the configuration asks for it: to Slack with a token, into the outbox only without. */
export function createDeliverOutbox(postgres: Postgres, config: SlackConfig): DeliverOutbox {
  const token = config.SLACK_BOT_TOKEN;
  const slack =
    token === undefined ? undefined : new SlackWebGateway({ token, apiUrl: config.SLACK_API_URL });
  return new DeliverOutbox(new PostgresOutboxStore(postgres), slack, pause);
}

/** The alert step with the rules and templates of this project, which it reads and compiles once. */
export function createProcessAlerts(
  postgres: Postgres,
  deliver: DeliverOutbox,
  config: LinkConfig,
): ProcessAlerts {
  const render = createRenderer(loadTemplates(), config.PRODUCT_BASE_URL);
  return new ProcessAlerts(loadRules(), new PostgresIncidentStore(postgres), render, deliver);
}

@Module({
  providers: [
    { provide: DeliverOutbox, inject: [Postgres, CONFIG], useFactory: createDeliverOutbox },
    { provide: ProcessAlerts, inject: [Postgres, DeliverOutbox, CONFIG], useFactory: createProcessAlerts },
    {
      provide: AlertReader,
      inject: [Postgres],
      useFactory: (postgres: Postgres) => new AlertReader(postgres),
    },
  ],
  exports: [DeliverOutbox, ProcessAlerts, AlertReader],
})
export class AlertingModule {}
