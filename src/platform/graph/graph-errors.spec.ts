import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../kernel/errors.js';
import { fromGrafeo, fromNeo4j } from './graph-errors.js';

const failure = (fields: object): Error => Object.assign(new Error('what the server said'), fields);

describe('fromNeo4j', () => {
  it.each([
    ['ServiceUnavailable', 'transient', 'graph_unavailable'],
    ['SessionExpired', 'transient', 'graph_unavailable'],
    ['Neo.TransientError.Transaction.DeadlockDetected', 'transient', 'graph_conflict'],
    ['Neo.TransientError.General.MemoryPoolOutOfMemoryError', 'transient', 'graph_unavailable'],
    ['Neo.ClientError.Cluster.NotALeader', 'transient', 'graph_unavailable'],
    ['Neo.ClientError.Transaction.TransactionTimedOut', 'transient', 'graph_timeout'],
    ['Neo.ClientError.Schema.ConstraintValidationFailed', 'rejected', 'graph_constraint'],
    ['Neo.ClientError.Schema.ConstraintCreationFailed', 'configuration', 'graph_schema'],
    ['Neo.ClientError.Statement.AccessMode', 'rejected', 'graph_read_only'],
    ['Neo.ClientError.Statement.TypeError', 'rejected', 'graph_data'],
    ['Neo.ClientError.Statement.SyntaxError', 'bug', 'graph_statement'],
    ['Neo.ClientError.Security.Unauthorized', 'configuration', 'graph_auth'],
    ['Neo.ClientError.Security.Forbidden', 'configuration', 'graph_forbidden'],
    ['Neo.ClientError.Database.DatabaseNotFound', 'configuration', 'graph_database_missing'],
    ['Something.New', 'bug', 'unexpected'],
  ])('%s is %s %s', (code, kind, appCode) => {
    expect(fromNeo4j(failure({ code }))).toMatchObject({ class: kind, code: appCode, source: 'graph' });
  });

  it('takes anything thrown, and an AppError as it is', () => {
    const known = new AppError({ class: 'rejected', source: 'graph', code: 'graph_row_shape', message: 'x' });
    expect(fromNeo4j(known)).toBe(known);
    expect(fromNeo4j('text')).toMatchObject({ class: 'bug', code: 'unexpected', message: 'Neo4j: text' });
  });
});

describe('fromGrafeo', () => {
  it.each([
    ['40000', 'transient', 'graph_conflict'],
    ['G2000', 'rejected', 'graph_constraint'],
    ['G1001', 'rejected', 'graph_constraint'],
    ['22012', 'rejected', 'graph_data'],
    ['42001', 'bug', 'graph_statement'],
    ['50000', 'bug', 'unexpected'],
  ])('%s is %s %s', (gqlStatus, kind, code) => {
    expect(fromGrafeo(failure({ gqlStatus }))).toMatchObject({ class: kind, code, source: 'graph' });
  });

  it('tells a stopped statement from bad data of the same status', () => {
    const error = Object.assign(new Error('Query error: GRAFEO-Q003: timeout error'), { gqlStatus: '22000' });
    expect(fromGrafeo(error)).toMatchObject({ class: 'transient', code: 'graph_timeout' });
  });
});
