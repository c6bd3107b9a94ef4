import { describe, expect, it } from '@jest/globals';
import { writeClause } from './write-clause.js';

describe('writeClause', () => {
  it.each([
    ['CREATE (n)', 'CREATE'],
    ['match (n) set n.x = 1', 'SET'],
    ['MATCH (n) DETACH DELETE n', 'DELETE'],
    ['MATCH (n) REMOVE n:Label', 'REMOVE'],
    ['MATCH (n)\nMERGE(n)-[:X]->(n)', 'MERGE'],
    ['EXPLAIN MATCH (n) DELETE n', 'DELETE'],
    ['MATCH (n) FOREACH (i IN [1] | SET n.x = i)', 'FOREACH'],
    ['CALL { CREATE (n) } RETURN 1', 'CREATE'],
    ['/* a */ DROP INDEX x', 'DROP'],
    ["RETURN 'it\\'s' SET n.x = 'y'", 'SET'],
    ['RETURN `a``b` MERGE (n)', 'MERGE'],
    ["LOAD CSV FROM 'file:///etc/hosts' AS line RETURN line", 'LOAD'],
    ["// it's a comment\nCREATE (n)", 'CREATE'],
  ])('finds the clause of %s', (statement, clause) => {
    expect(writeClause(statement)).toBe(clause);
  });

  it.each([
    'MATCH (n) RETURN n',
    "RETURN 'CREATE (n)' AS x",
    'RETURN "SET" AS `MERGE`',
    'MATCH (n:Set) WHERE n.delete = $create RETURN n.set AS resets',
    'RETURN {set: 1, merge : 2} AS m',
    '// DELETE everything\nMATCH (n) /* MERGE */ RETURN n.offset, n.created_at',
    "RETURN 'it\\'s; DELETE' AS x",
  ])('finds none in %s', (statement) => {
    expect(writeClause(statement)).toBeUndefined();
  });
});
