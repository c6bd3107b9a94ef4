export { AlertingModule, createDeliverOutbox, createProcessAlerts } from './alerting.module.js';
export { DeliverOutbox, type DeliveryCounts } from './application/deliver-outbox.js';
export { ProcessAlerts, type AlertCounts } from './application/process-alerts.js';
export { renderPreview } from './domain/preview.js';
export { AlertReader, type AlertMessage } from './infrastructure/alert-reader.js';
